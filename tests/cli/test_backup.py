"""Backup and restore: everything comes back, on either database, or nothing has happened."""

import errno
import io
import os
import stat
import tarfile
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import IO, Any

import msgspec
import pyrage
import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.contrib.sessions.models import Session
from django.db import connection
from django.db.models import Model
from django.test import Client

from tests.cli.houses import NOON, PASSWORD, House, Houses, Upload, people
from tongbao.files import steps, store
from tongbao.files.models import StoredFile
from tongbao.incidents import queries as cases
from tongbao.incidents.actions.submissions import submit
from tongbao.incidents.actions.triage import IncidentDraft, open_incident
from tongbao.incidents.models import Incident, Submission
from tongbao.incidents.queries import Filters
from tongbao.incidents.rules.intake import Draft
from tongbao.journal import chain, queries, seal
from tongbao.journal.models import JournalEntry
from tongbao.kernel import clock
from tongbao.parties.standing import actor_of
from tongbao.policy.actors import ANONYMOUS
from tongbao.search import find
from tongbao.search.models import SearchDoc
from tongbao.wiring import backup
from tongbao.wiring.backup import BackupError

IDENTITY = pyrage.x25519.Identity.generate()
PUBLIC, SECRET = str(IDENTITY.to_public()), str(IDENTITY)


def taken(house: House, path: Path) -> dict[str, Any]:
    """A backup of ``house`` to the age key."""
    with house.inside(backup_recipient=PUBLIC), clock.at(NOON + timedelta(hours=1)):
        return backup.write(path)


def given_back(house: House, path: Path, **keys: str) -> dict[str, Any]:
    with house.inside(), clock.at(NOON + timedelta(hours=2)):
        return backup.restore(path, **(keys or {"identity": SECRET}))


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The backup that spoilt ones are made from."""
    return {}


def sample(houses: Houses, kept: dict[str, bytes], tmp_path: Path) -> Path:
    """A good backup file."""
    path = tmp_path / "good.tongbao"
    if not kept:
        taken(houses.filled(), path)
        kept["good"] = path.read_bytes()
    path.write_bytes(kept["good"])
    return path


def rows(house: House) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table that is kept, the journal's last entries aside."""
    with house.inside():
        return {
            model._meta.label_lower: list(
                model._default_manager.order_by("pk").values_list(*(f.attname for f in model._meta.concrete_fields))
            )
            for model in backup._tables()
            if model._meta.app_label != "journal"
        }


def untouched(house: House) -> bool:
    """Whether nothing is in an instance: no row, no file, no seal, no key."""
    with house.inside():
        backup._require_empty()
        left = [path for path in house.data.rglob("*") if path.is_file() and "sqlite3" not in path.name]
    return not left


# --- there and back ---


def ways() -> list[Any]:
    """From which database to which; the other one only when there is a server."""
    crossing = pytest.mark.skipif(
        not os.environ.get("TONGBAO_DATABASE_URL"), reason="needs both databases: run with --pg"
    )
    return [
        pytest.param("", "", id="same"),
        pytest.param("sqlite", "postgresql", id="sqlite-to-postgresql", marks=crossing),
        pytest.param("postgresql", "sqlite", id="postgresql-to-sqlite", marks=crossing),
    ]


@pytest.mark.parametrize(("there", "here"), ways())
def test_it_brings_everything_back(houses: Houses, tmp_path: Path, there: str, here: str) -> None:
    path = tmp_path / "b.tongbao"
    old, new = houses.filled(there), houses.empty(here)
    said = taken(old, path)
    assert (said["file"], said["bytes"], said["files"]) == (str(path), path.stat().st_size, 1)
    assert given_back(new, path) == said
    assert rows(new) == rows(old)
    with new.inside(), clock.at(NOON + timedelta(hours=3)):
        _the_journal_goes_on(said)
        _everybody_gets_in(old.known)
        _the_desk_works(old.known)


def _the_journal_goes_on(said: dict[str, Any]) -> None:
    """It verifies against the seals that came along, and notes what has happened."""
    ours = backup.settings.TONGBAO
    verdict = chain.verify(queries.rows(), seals=seal.read(ours.seals), head=queries.head())
    assert (verdict.first_break, verdict.checked) == (None, said["journal"] + 1)
    last = JournalEntry.objects.order_by("-seq").first()
    assert last is not None
    assert (last.event, last.actor, queries.facts(last)["journal"]) == (
        "backup.restored",
        "system:backup",
        said["journal"],
    )
    assert stat.S_IMODE((ours.data / "seal-key").stat().st_mode) == 0o600


def _everybody_gets_in(known: dict[str, str]) -> None:
    """Passwords, keys and second factors hold; running sessions are gone."""
    assert not Session.objects.exists()
    browser = Client(HTTP_ACCEPT_LANGUAGE="en")
    browser.post("/account/login/", {"login": "chang@sunpower.example", "password": PASSWORD})
    assert browser.get("/my/inbox/").status_code == 200
    officer = Client(HTTP_ACCEPT_LANGUAGE="en")
    answer = officer.post("/account/login/", {"login": "lin@nco.example", "password": PASSWORD})
    assert answer.headers["Location"].startswith("/account/2fa/authenticate/")
    assert Authenticator.objects.get().user == people()["lin"]
    code = next(format_hotp_value(hotp_value(known["totp"], step)) for step in yield_hotp_counters_from_time())
    officer.post("/account/2fa/authenticate/", {"code": code})
    assert officer.get("/console/").status_code == 200
    program = Client(headers={"authorization": f"Bearer {known['bearer']}"})
    assert program.get(f"/api/incidents/{known['case']}").status_code == 200


def _the_desk_works(known: dict[str, str]) -> None:
    """What was stored is found and read; what is new gets the next key, number and file."""
    officer = actor_of(people()["lin"])
    assert [each.public_id for each in cases.search(officer, Filters(text="勒索"))] == [known["case"]]
    for words in ("ransomware", "加密", "203.0.113.66"):
        assert next(find.Question(words).candidates("submission")), words
    (stored,) = StoredFile.objects.all()
    assert store.path_of(stored.blob.sha256).read_text() == "03:12 加密開始\n"
    assert stat.S_IMODE(store.path_of(stored.blob.sha256).stat().st_mode) == 0o600
    page = Client()
    page.force_login(people()["chang"], backend="allauth.account.auth_backends.AuthenticationBackend")
    download = page.get(f"/files/{stored.public_id}/")
    assert b"".join(download).decode() == "03:12 加密開始\n"
    highest = Incident.objects.order_by("-pk")[0]
    made = open_incident(IncidentDraft(title="the next one"), actor=officer)
    assert made.pk > highest.pk
    assert (highest.number, made.number) == ("TB-2026-00001", "TB-2026-00002")
    again = submit(
        Draft(summary="檔案伺服器遭加密 ransomware", level=3, addresses="203.0.113.66"),
        key="one",
        door=Submission.Door.WEB,
        uploads=steps.receive([Upload()]),
        actor=actor_of(people()["chang"]),
    )
    assert (again.repeat, again.receipt) == (True, known["receipt"])
    for model in backup._tables():
        _insert_after_restore(model)


def _insert_after_restore(model: type[Model]) -> None:
    """On PostgreSQL the counter behind each key stands behind the highest key that was restored."""
    key = model._meta.auto_field
    if connection.vendor != "postgresql" or key is None:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", [model._meta.db_table, key.column])
        (sequence,) = cursor.fetchone()
        cursor.execute(f"SELECT last_value, is_called FROM {sequence}")
        last, called = cursor.fetchone()
    highest = model._default_manager.order_by("-pk").values_list("pk", flat=True).first()
    assert last + called > (highest or 0), model


@pytest.mark.once
@pytest.mark.once
def test_it_takes_a_passphrase_as_well(houses: Houses, tmp_path: Path) -> None:
    """For an office without a key: the slow way, and the same file as to a key."""
    path, new = tmp_path / "b.tongbao", houses.empty()
    old = houses.filled()
    with old.inside():
        said = backup.write(path, passphrase="a long passphrase 密")
    with pytest.raises(BackupError) as refusal:
        given_back(new, path, passphrase="another passphrase")
    assert refusal.value.code == "undecipherable"
    with pytest.raises(BackupError) as refusal:
        given_back(new, path, identity=SECRET)
    assert refusal.value.code == "undecipherable"
    assert untouched(new)
    with new.inside():
        assert backup.restore(path, passphrase="a long passphrase 密") == said
    assert rows(new) == rows(old)


def test_it_reads_an_identity_file_with_comments(houses: Houses, tmp_path: Path, kept: dict[str, bytes]) -> None:
    """As ``age-keygen`` writes it."""
    path = sample(houses, kept, tmp_path)
    file = f"# created: 2026-11-23T04:00:00Z\n# public key: {PUBLIC}\n{SECRET}\n"
    given_back(houses.empty(), path, identity=file)


def test_it_keeps_nothing_readable(houses: Houses, tmp_path: Path, kept: dict[str, bytes]) -> None:
    """Neither in the backup nor beside it, and nothing is left of the work on it."""
    path = sample(houses, kept, tmp_path)
    content = path.read_bytes()
    assert content.startswith(b"age-encryption.org/v1\n")
    assert "加密".encode() not in content
    assert b"chang@sunpower.example" not in content
    assert [each.name for each in tmp_path.iterdir()] == ["good.tongbao"]


def test_it_is_consistent_while_others_write(
    houses: Houses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, django_db_blocker: Any
) -> None:
    """A report comes in between any two tables that are read: the copy holds all of it or nothing of it."""
    path, old, new = tmp_path / "b.tongbao", houses.filled(), houses.empty()
    wanted, done, stop = threading.Semaphore(0), threading.Semaphore(0), threading.Event()

    def write() -> None:
        with django_db_blocker.unblock(), old.inside():
            number = 0
            while wanted.acquire() and not stop.is_set():
                number += 1
                submit(Draft(summary=f"單 {number}"), key=f"w{number}", door=Submission.Door.WEB, actor=ANONYMOUS)
                done.release()

    writer = threading.Thread(target=write)
    dump = backup._dump

    def interrupted(*args: Any) -> int:
        wanted.release()
        assert done.acquire(timeout=20)
        return dump(*args)

    monkeypatch.setattr(backup, "_dump", interrupted)
    with old.inside(backup_recipient=PUBLIC):
        begun = Submission.objects.count()
        writer.start()
        try:
            said = backup.write(path)
        finally:
            stop.set()
            wanted.release()
            writer.join(20)
        ended = Submission.objects.count()
    assert ended - begun == len(backup._tables())
    given_back(new, path)
    with new.inside():
        found = Submission.objects.count()
        assert found == begun
        assert SearchDoc.objects.filter(kind="submission").count() == found
        assert JournalEntry.objects.filter(event="submission.received").count() == found
        assert queries.head()[0] == said["journal"] + 1


# --- what cannot be restored ---


@pytest.mark.parametrize("part", [0, 1, 10, 100, 180, 250, 0.5, -1])
def test_it_refuses_a_file_cut_short(houses: Houses, tmp_path: Path, kept: dict[str, bytes], part: float) -> None:
    path, new = sample(houses, kept, tmp_path), houses.empty()
    content = kept["good"]
    path.write_bytes(content[: int(part * len(content)) if isinstance(part, float) else part])
    with pytest.raises(BackupError) as refusal:
        given_back(new, path)
    assert refusal.value.code == "undecipherable"
    assert untouched(new)


@pytest.mark.parametrize("place", [0, 30, 100, 170, 250, 0.3, 0.6, 0.999])
def test_it_refuses_a_file_with_a_wrong_bit(
    houses: Houses, tmp_path: Path, kept: dict[str, bytes], place: float
) -> None:
    path, new = sample(houses, kept, tmp_path), houses.empty()
    content = bytearray(kept["good"])
    content[int(place * len(content)) if isinstance(place, float) else place] ^= 1
    path.write_bytes(content)
    with pytest.raises(BackupError) as refusal:
        given_back(new, path)
    assert refusal.value.code == "undecipherable"
    assert untouched(new)


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        ({"identity": str(pyrage.x25519.Identity.generate())}, "undecipherable"),
        ({"identity": "not a key"}, "undecipherable"),
        ({"identity": PUBLIC}, "undecipherable"),
        ({"passphrase": "a passphrase"}, "undecipherable"),
        ({"identity": ""}, "identity"),
    ],
)
def test_it_refuses_the_wrong_key(
    houses: Houses, tmp_path: Path, kept: dict[str, bytes], keys: dict[str, str], code: str
) -> None:
    path, new = sample(houses, kept, tmp_path), houses.empty()
    with pytest.raises(BackupError) as refusal:
        given_back(new, path, **keys)
    assert refusal.value.code == code
    assert untouched(new)


def test_it_refuses_a_file_that_is_not_there(houses: Houses, tmp_path: Path) -> None:
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(BackupError) as refusal:
            given_back(houses.empty(), path)
        assert refusal.value.code == "unreadable"
        assert str(path) in str(refusal.value)


def test_it_restores_into_an_empty_instance_only(houses: Houses, tmp_path: Path, kept: dict[str, bytes]) -> None:
    path, used = sample(houses, kept, tmp_path), houses.filled()
    before = rows(used)
    with pytest.raises(BackupError) as refusal:
        given_back(used, path)
    assert refusal.value.code == "not-empty"
    assert "accounts.apitoken" in str(refusal.value)
    assert rows(used) == before
    with pytest.raises(BackupError) as refusal:
        given_back(houses.bare(), path)
    assert refusal.value.code == "not-migrated"


def test_it_restores_once(houses: Houses, tmp_path: Path, kept: dict[str, bytes]) -> None:
    path, new = sample(houses, kept, tmp_path), houses.empty()
    given_back(new, path)
    with pytest.raises(BackupError) as refusal:
        given_back(new, path)
    assert refusal.value.code == "not-empty"


# --- archives that somebody else has made: whoever has the public key can ---

Members = dict[str, bytes]


def opened(content: bytes) -> Members:
    """The members of a backup."""
    plain = pyrage.decrypt(content, [IDENTITY])
    with tarfile.open(fileobj=io.BytesIO(plain)) as archive:
        return {each.name: archive.extractfile(each).read() for each in archive.getmembers()}  # type: ignore[union-attr]


def closed(members: Members) -> bytes:
    """A backup of these members."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w:") as archive:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return pyrage.encrypt(plain.getvalue(), [IDENTITY.to_public()])


def manifest(members: Members, **changes: Any) -> None:
    read = msgspec.json.decode(members["manifest.json"])
    members["manifest.json"] = msgspec.json.encode(read | changes)


def tables(members: Members, change: Callable[[dict[str, Any]], None]) -> None:
    read = msgspec.json.decode(members["manifest.json"])["tables"]
    change({table["label"]: table for table in read})
    manifest(members, tables=read)


def lines(members: Members, label: str, change: Callable[[list[Any]], None]) -> None:
    """Change the rows of a table."""
    name = f"tables/{label}.jsonl"
    read = [msgspec.json.decode(line) for line in members[name].splitlines()]
    change(read)
    members[name] = b"".join(msgspec.json.encode(each) + b"\n" for each in read)


def spoil(name: str, members: Members) -> None:  # noqa: C901 - one case after the other
    """One fault, by name."""
    seal_name = next(each for each in members if each.startswith("seals/"))
    file_name = next(each for each in members if each.startswith("files/"))
    match name:
        case "no manifest":
            del members["manifest.json"]
        case "manifest is no JSON":
            members["manifest.json"] = b"{"
        case "manifest of another shape":
            members["manifest.json"] = b"{}"
        case "a later format":
            manifest(members, format=2)
        case "a table that is not known":
            tables(members, lambda found: found["accounts.user"].update(label="accounts.robot"))
        case "a column that is not known":
            tables(members, lambda found: found["accounts.user"]["columns"].append("colour"))
        case "a column too few":
            tables(members, lambda found: found["accounts.user"]["columns"].pop())
        case "a table is missing":
            del members["tables/accounts.user.jsonl"]
        case "a row is missing":
            lines(members, "notices.receipt", list.clear)
        case "a row too many":
            lines(members, "notices.letter", lambda found: found.append([1, "a" * 20, "t", "b", "2026-11-23T04:00Z"]))
        case "a row is no list":
            lines(members, "accounts.user", lambda found: found.__setitem__(0, 5))
        case "a row is no JSON":
            members["tables/accounts.user.jsonl"] = b"\xff\n"
        case "a value of another type":
            lines(members, "incidents.incident", lambda found: found[0].__setitem__(0, "x"))
        case "a number that no column holds":
            lines(members, "incidents.incident", lambda found: found[0].__setitem__(0, 10**30))
        case "a key that is there twice":
            lines(members, "accounts.user", lambda found: found.__setitem__(1, found[0]))
        case "a reference to nothing":
            lines(members, "parties.person", lambda found: found[0].__setitem__(-1, 999_999))
        case "a journal entry is changed":
            lines(members, "journal.journalentry", lambda found: found[3].__setitem__(3, "user:somebody"))
        case "a journal entry is missing":
            lines(members, "journal.journalentry", lambda found: found.pop(3))
            tables(
                members,
                lambda found: found["journal.journalentry"].update(rows=found["journal.journalentry"]["rows"] - 1),
            )
        case "the journal ends elsewhere":
            manifest(members, journal=[5, "0" * 64])
        case "a seal is forged":
            members[seal_name] = members[seal_name].replace(b'"seq":', b'"seq":1')
        case "a seal is no JSON":
            members[seal_name] = b"{"
        case "a file has other bytes":
            members[file_name] = b"other bytes"
        case "a file without bytes":
            members[file_name] = b""
        case "a file whose name is no digest":
            members["files/notes.txt"] = b"x"
        case _:
            raise AssertionError(name)


def _rows_of(found: dict[str, Any]) -> int:
    """How many journal entries there are."""
    counted: int = found["journal.journalentry"]["rows"]
    return counted


FAULTS = {
    "no manifest": "unreadable",
    "manifest is no JSON": "unreadable",
    "manifest of another shape": "unreadable",
    "a later format": "format",
    "a table that is not known": "tables",
    "a column that is not known": "columns",
    "a column too few": "unreadable",
    "a table is missing": "unreadable",
    "a row is missing": "unreadable",
    "a row too many": "unreadable",
    "a row is no list": "unreadable",
    "a row is no JSON": "unreadable",
    "a value of another type": "unreadable",
    "a number that no column holds": "unreadable",
    "a key that is there twice": "unreadable",
    "a reference to nothing": "unreadable",
    "a journal entry is changed": "journal",
    "a journal entry is missing": "journal",
    "the journal ends elsewhere": "journal",
    "a seal is forged": "journal",
    "a seal is no JSON": "journal",
    "a file has other bytes": "unreadable",
    "a file without bytes": "unreadable",
    "a file whose name is no digest": "unreadable",
}


@pytest.mark.once
def test_it_refuses_what_is_no_backup_and_leaves_nothing(
    houses: Houses, tmp_path: Path, kept: dict[str, bytes]
) -> None:
    """After every one of these the target is as empty as before; at last the good file still goes in."""
    path, new = sample(houses, kept, tmp_path), houses.empty()
    for name, code in FAULTS.items():
        members = opened(kept["good"])
        spoil(name, members)
        path.write_bytes(closed(members))
        with pytest.raises(BackupError) as refusal:
            given_back(new, path)
        assert refusal.value.code == code, (name, refusal.value)
        assert "\n" not in str(refusal.value)
        assert untouched(new), name
    path.write_bytes(pyrage.encrypt(b"not an archive", [IDENTITY.to_public()]))
    with pytest.raises(BackupError) as refusal:
        given_back(new, path)
    assert refusal.value.code == "unreadable"
    assert untouched(new)
    path.write_bytes(kept["good"])
    given_back(new, path)


def test_it_places_files_nowhere_else(houses: Houses, tmp_path: Path, kept: dict[str, bytes]) -> None:
    """Names in an archive cannot reach out of the folders that they belong to."""
    path, new = sample(houses, kept, tmp_path), houses.empty()
    outside = tmp_path / "outside"
    outside.mkdir()
    members = opened(kept["good"])
    good = len(members)
    for index, name in enumerate(
        (f"/{outside}/a", "../../a", "a/../../../b", "sub/c.json", ".", "..", "tongbao.sqlite3")
    ):
        members[f"seals/{name}"] = members[f"other{index}"] = b"planted"
    members[f"{outside}/d"] = members["seal-key/e"] = members["tables/../../f"] = b"planted"
    assert len(members) > good + 10
    path.write_bytes(closed(members))
    given_back(new, path)
    assert not list(outside.iterdir())
    found = {each.name for each in new.data.rglob("*") if each.is_file() and each.read_bytes() == b"planted"}
    assert found == set()
    linked = opened(kept["good"])
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w:") as archive:
        entry = tarfile.TarInfo("seals/link.json")
        entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(entry)
        for name, content in linked.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    path.write_bytes(pyrage.encrypt(plain.getvalue(), [IDENTITY.to_public()]))
    other = houses.empty()
    given_back(other, path)
    assert not (other.data / "seals" / "link.json").exists()


# --- what cannot be written ---


def test_it_never_overwrites(houses: Houses, tmp_path: Path) -> None:
    old, path = houses.filled(), tmp_path / "b.tongbao"
    for name in ("b.tongbao", "b.tongbao.part"):
        (tmp_path / name).write_text("precious")
        with pytest.raises(BackupError) as refusal:
            taken(old, path)
        assert refusal.value.code == "exists"
        assert (tmp_path / name).read_text() == "precious"
        (tmp_path / name).unlink()
    with pytest.raises(BackupError) as refusal:
        taken(old, tmp_path / "no folder" / "b.tongbao")
    assert refusal.value.code == "unwritable"
    assert "no folder" in str(refusal.value)


@pytest.mark.parametrize(
    ("recipient", "code"),
    [("", "recipient"), ("age1nonsense", "recipient"), (SECRET, "recipient")],
    ids=["none", "nonsense", "a secret key"],
)
def test_it_needs_somebody_to_encrypt_to(houses: Houses, tmp_path: Path, recipient: str, code: str) -> None:
    with houses.filled().inside(backup_recipient=recipient), pytest.raises(BackupError) as refusal:
        backup.write(tmp_path / "b.tongbao")
    assert refusal.value.code == code
    assert SECRET not in str(refusal.value)
    assert not list(tmp_path.iterdir())


class FullDisk(io.BytesIO):
    """A file on a disk with little room left."""

    def __init__(self, room: int) -> None:
        super().__init__()
        self.room = room

    def write(self, content: Any) -> int:
        self.room -= len(content)
        if self.room < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(content)


@pytest.mark.parametrize("room", [0, 4096, 20_000])
def test_it_leaves_nothing_on_a_full_disk(
    houses: Houses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    """Wherever the room runs out: in the working copy or in the backup itself."""
    old, path = houses.filled(), tmp_path / "b.tongbao"
    with old.inside():
        entries = JournalEntry.objects.count()
    with monkeypatch.context() as patch:
        patch.setattr(backup.tempfile, "TemporaryFile", lambda **_: FullDisk(room))
        _refused_for_want_of_room(lambda: taken(old, path))
    real = pyrage.encrypt_io

    def encrypt(plain: IO[bytes], out: IO[bytes], recipients: list[Any]) -> None:
        real(plain, FullDisk(room), recipients)

    with monkeypatch.context() as patch:
        patch.setattr(backup.pyrage, "encrypt_io", encrypt)
        _refused_for_want_of_room(lambda: taken(old, path))
    assert not list(tmp_path.iterdir())
    with old.inside():
        assert JournalEntry.objects.count() == entries


def test_it_restores_nothing_onto_a_full_disk(
    houses: Houses, tmp_path: Path, kept: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, new = sample(houses, kept, tmp_path), houses.empty()
    with monkeypatch.context() as patch:
        patch.setattr(backup.tempfile, "TemporaryFile", lambda **_: FullDisk(4096))
        _refused_for_want_of_room(lambda: given_back(new, path))

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    for module, name in ((store, "_put"), (backup.os, "fsync"), (backup, "_place")):
        with monkeypatch.context() as patch:
            patch.setattr(module, name, full)
            _refused_for_want_of_room(lambda: given_back(new, path))
        assert untouched(new), name
    given_back(new, path)


def _refused_for_want_of_room(work: Callable[[], Any]) -> None:
    with pytest.raises(BackupError) as refusal:
        work()
    assert refusal.value.code == "unwritable"
    assert "space" in str(refusal.value) or "disk-full" in str(refusal.value)


@pytest.fixture(autouse=True)
def _unhurried_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """What must be on disk is asked for, not waited for."""
    monkeypatch.setattr(os, "fsync", lambda *_: None)
