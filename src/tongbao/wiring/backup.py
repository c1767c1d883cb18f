"""Backup and restore: one consistent, encrypted file, the same for both databases.

The file is a tar archive of ``manifest.json``, one ``tables/<label>.jsonl`` per table (a JSON array per row, in
the order of the manifest's columns), ``files/...`` by digest, ``archive/...`` (events), ``seals/...`` and the sealing
key, encrypted with age. Rows are read in one snapshot, so writers go on; a backup taken on SQLite restores into
PostgreSQL.
"""

import io
import os
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import IO, Any

import msgspec
import pyrage
from django.apps import apps
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.color import no_style
from django.db import DatabaseError, connection, models, transaction
from msgspec import Struct
from msgspec.structs import replace

from tongbao import __version__
from tongbao.files import store
from tongbao.journal import chain, queries, seal
from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.kernel import clock
from tongbao.kernel.refusals import Refusal, Unavailable
from tongbao.policy import actors
from tongbao.wiring import backup_events
from tongbao.wiring.backup_events import Kept

FORMAT = 1
BATCH = 1000
LEFT_OUT = {"sessions.session", "policy.attempts", "policy.salt", "jobs.heartbeat"}
"""Tables whose rows must not outlive the machine: running sessions, counted attempts."""

MADE_BY_ITSELF = {"auth.permission", "contenttypes.contenttype", "jobs.schedule", "operations.operation"}
"""Tables that migrating and a first worker fill: an instance that has nothing else is empty."""

_CHUNK = 64 * 1024
_NOT_A_BACKUP = (
    *(tarfile.TarError, msgspec.MsgspecError, ValidationError, DatabaseError, Refusal),
    *(ArithmeticError, LookupError, TypeError, ValueError),
)
"""What reading raises when the archive holds something else than what we write."""


class BackupError(Exception):
    """What keeps a backup from being written or restored; ``code`` for programs, the text for people."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class Table(Struct, frozen=True):
    """One table of the archive: the model's label, its columns, how many rows."""

    label: str
    columns: tuple[str, ...]
    rows: int


class Manifest(Struct, frozen=True):
    format: int
    version: str
    taken_at: str
    tables: tuple[Table, ...]
    files: int
    journal: tuple[int, str]
    archive: Kept = Kept()


def write(path: Path, *, passphrase: str = "") -> dict[str, Any]:
    """Write a backup to ``path`` (which must not exist), to the configured recipient or under ``passphrase``."""
    if path.exists():
        raise BackupError("exists", f"{path} exists already")
    _require_key(passphrase)
    draft = path.with_name(path.name + ".part")
    try:
        with draft.open("xb") as out, tempfile.TemporaryFile(dir=path.parent) as plain:
            manifest = _pack(plain)
            plain.seek(0)
            _encrypt(plain, out, passphrase)
            out.flush()
            os.fsync(out.fileno())
        draft.replace(path)
    except FileExistsError:
        raise BackupError("exists", f"{draft} exists already: another backup is running, or was killed") from None
    except (OSError, pyrage.EncryptError) as error:
        draft.unlink(missing_ok=True)
        raise BackupError("unwritable", f"{path}: {_said(error)}") from None
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    _note(Event.BACKUP_TAKEN, manifest)
    return _summary(path, manifest)


def restore(path: Path, *, identity: str = "", passphrase: str = "") -> dict[str, Any]:
    """Restore into an empty, migrated instance; all or nothing. The journal is verified afterwards.

    Raises BackupError for a file that cannot be read, an instance that is not empty, a journal that breaks.
    """
    _require_empty()
    try:
        sealed = path.open("rb")
    except OSError as error:
        raise BackupError("unreadable", f"{path}: {_said(error)}") from None
    try:
        with sealed, tempfile.TemporaryFile() as plain:
            _decrypt(sealed, plain, identity, passphrase)
            plain.seek(0)
            with tarfile.open(fileobj=plain, mode="r:") as archive:
                manifest = _unpack(archive)
    except OSError as error:
        raise BackupError("unwritable", _said(error)) from None
    except Unavailable as refusal:
        raise BackupError("unwritable", refusal.code) from None
    except _NOT_A_BACKUP as error:
        raise BackupError("unreadable", f"{path}: {type(error).__name__}: {_said(error)}") from None
    _note(Event.BACKUP_RESTORED, manifest)
    return _summary(path, manifest)


def _said(error: Exception) -> str:
    """What was wrong, in one line."""
    words = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return " ".join(words.split())[:300]


def _tables() -> list[type[models.Model]]:
    """Every table that is kept, automatic join tables included, in a fixed order."""
    found = apps.get_models(include_auto_created=True)
    kept = [model for model in found if model._meta.managed and model._meta.label_lower not in LEFT_OUT]
    return sorted(kept, key=lambda model: model._meta.label_lower)


def _pack(out: IO[bytes]) -> Manifest:
    with (
        tarfile.open(fileobj=out, mode="w:") as archive,
        tempfile.TemporaryDirectory() as scratch,
        ExitStack() as stack,
    ):
        tables, head = [], (0, chain.GENESIS)
        _pack_seals(archive)  # before the rows: no seal may name an entry that the backup lacks
        with _snapshot():
            head, events = queries.head(), backup_events.named()
            held = stack.enter_context(backup_events.held(events))
            for model in _tables():
                file = Path(scratch) / "table"
                columns = tuple(field.attname for field in model._meta.concrete_fields)
                rows = _dump(model, columns, file)
                tables.append(Table(model._meta.label_lower, columns, rows))
                archive.add(file, f"tables/{model._meta.label_lower}.jsonl")
        files, kept = _pack_files(archive), backup_events.pack(archive, events, held)
        taken = clock.now().isoformat()
        manifest = Manifest(FORMAT, __version__, taken, tuple(tables), files, head, kept)
        content = msgspec.json.encode(manifest)
        entry = tarfile.TarInfo("manifest.json")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return manifest


def _dump(model: type[models.Model], columns: tuple[str, ...], file: Path) -> int:
    count = 0
    with file.open("wb") as out:
        for row in model._default_manager.order_by("pk").values_list(*columns).iterator(BATCH):
            out.write(msgspec.json.encode(row) + b"\n")
            count += 1
    return count


@contextmanager
def _snapshot() -> Iterator[None]:
    """One consistent view of all tables, without holding up writers."""
    if connection.vendor == "postgresql":
        with transaction.atomic():
            connection.cursor().execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
        return
    with connection.cursor() as cursor:
        cursor.execute("BEGIN DEFERRED")  # atomic() would take the write lock here
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")


def _pack_seals(archive: tarfile.TarFile) -> None:
    ours = settings.TONGBAO
    for path in sorted(ours.seals.glob("*.json")) if ours.seals.exists() else []:
        archive.add(path, f"seals/{path.name}", recursive=False)
    if (ours.data / "seal-key").exists():
        archive.add(ours.data / "seal-key", "seal-key")


def _pack_files(archive: tarfile.TarFile) -> int:
    """Files by digest, after the rows: every row's bytes are there. How many."""
    count = 0
    for digest in sorted(store.digests(before=float("inf"))):
        try:
            archive.add(store.path_of(digest), f"files/{digest}", recursive=False)
            count += 1
        except FileNotFoundError:
            continue  # purged just now
    return count


def _require_key(passphrase: str) -> None:
    """Say that there is nothing to encrypt to before anything is read."""
    if not settings.TONGBAO.backup_recipient and not passphrase:
        raise BackupError("recipient", "set TONGBAO_BACKUP_RECIPIENT, or give a passphrase")


def _encrypt(plain: IO[bytes], out: IO[bytes], passphrase: str) -> None:
    recipient = settings.TONGBAO.backup_recipient
    if recipient:
        try:
            pyrage.encrypt_io(plain, out, [pyrage.x25519.Recipient.from_str(recipient)])
        except pyrage.RecipientError:
            raise BackupError("recipient", "TONGBAO_BACKUP_RECIPIENT is not an age public key") from None
    else:
        out.write(pyrage.passphrase.encrypt(plain.read(), passphrase))


def _decrypt(sealed: IO[bytes], plain: IO[bytes], identity: str, passphrase: str) -> None:
    try:
        if passphrase:
            plain.write(pyrage.passphrase.decrypt(sealed.read(), passphrase))
        elif identity:
            secret = next((line for line in identity.splitlines() if line.startswith("AGE-SECRET-KEY-")), "")
            pyrage.decrypt_io(sealed, plain, [pyrage.x25519.Identity.from_str(secret)])
        else:
            raise BackupError("identity", "give the identity file or the passphrase file")
    except (pyrage.DecryptError, pyrage.IdentityError) as error:
        raise BackupError("undecipherable", f"the backup cannot be decrypted: {error}") from None
    except OSError as error:
        if error.errno is not None:  # the disk's fault; the library raises its own without a number
            raise
        raise BackupError("undecipherable", f"the backup is damaged or cut short: {error}") from None


def _require_empty() -> None:
    executor_tables = set(connection.introspection.table_names())
    if "accounts_user" not in executor_tables:
        raise BackupError("not-migrated", "run `tongbao migrate` first")
    for model in _tables():
        label = model._meta.label_lower
        if label in MADE_BY_ITSELF:
            continue
        if model._default_manager.exists():
            raise BackupError("not-empty", f"the instance is not empty: {label} has rows")


def _unpack(archive: tarfile.TarFile) -> Manifest:
    member = archive.extractfile("manifest.json") if "manifest.json" in archive.getnames() else None
    if member is None:
        raise BackupError("unreadable", "there is no manifest: not a backup, or cut short")
    manifest = msgspec.json.decode(member.read(), type=Manifest)
    if manifest.format != FORMAT:
        raise BackupError("format", f"this version reads format {FORMAT}, not {manifest.format}")
    with ExitStack() as undo:
        with transaction.atomic(durable=True):
            _load(archive, manifest)
            connection.check_constraints()
            _unpack_files(archive, undo)
            manifest = replace(manifest, archive=_unpack_events(archive, undo))
            _verify(manifest)
        undo.pop_all()
    return manifest


def _verify(manifest: Manifest) -> None:
    try:
        seals = seal.read(settings.TONGBAO.seals)
    except seal.SealError as error:
        raise BackupError("journal", f"a seal does not hold: {error}") from None
    verdict = chain.verify(queries.rows(), seals=seals, head=queries.head())
    if verdict.first_break is not None:
        raise BackupError("journal", f"the journal breaks at entry {verdict.first_break.seq}")
    if queries.head() != manifest.journal:
        raise BackupError("journal", f"the journal does not end at entry {manifest.journal[0]}")


def _load(archive: tarfile.TarFile, manifest: Manifest) -> None:
    known = {model._meta.label_lower: model for model in _tables()}
    if unknown := [table.label for table in manifest.tables if table.label not in known]:
        raise BackupError("tables", f"this version has no table {unknown[0]}")
    for table in manifest.tables:
        known[table.label]._default_manager.all().delete()
    for table in manifest.tables:  # foreign keys are checked at the end, so any order will do
        _load_table(archive, known[table.label], table)
    for statement in connection.ops.sequence_reset_sql(no_style(), list(known.values())):
        connection.cursor().execute(statement)


def _load_table(archive: tarfile.TarFile, model: type[models.Model], table: Table) -> None:
    fields = {field.attname: field for field in model._meta.concrete_fields}
    if unknown := set(table.columns) - set(fields):
        raise BackupError("columns", f"{table.label} has no column {min(unknown)}")
    stream = archive.extractfile(f"tables/{table.label}.jsonl")
    if stream is None:
        raise KeyError(table.label)
    batch, count = [], 0
    for line in stream:
        values = msgspec.json.decode(line)
        batch.append(model(**{name: fields[name].to_python(v) for name, v in zip(table.columns, values, strict=True)}))
        count += 1
        if len(batch) == BATCH:
            model._default_manager.bulk_create(batch)
            batch = []
    model._default_manager.bulk_create(batch)
    if count != table.rows:
        raise BackupError("unreadable", f"{table.label}: {count} rows instead of {table.rows}")


def _unpack_files(archive: tarfile.TarFile, undo: ExitStack) -> None:
    """Files, seals and the sealing key into their places, what is new there with its ``undo``.

    Who holds our public key can make an archive: names in it decide nothing but which digest or seal it is.
    """
    ours = settings.TONGBAO
    for member in archive.getmembers():
        top, _, name = member.name.partition("/")
        source = archive.extractfile(member) if member.isfile() else None
        if source is None:
            continue
        if top == "files":
            _place_file(source, name, member.size, undo)
        elif top == "seals" and name == Path(name).name and name.endswith(".json"):
            _place(source.read(), ours.seals / name, undo)
        elif member.name == "seal-key":
            _place(source.read(), ours.data / "seal-key", undo)


def _unpack_events(archive: tarfile.TarFile, undo: ExitStack) -> Kept:
    try:
        return backup_events.unpack(archive, undo)
    except FileExistsError as error:
        raise BackupError("not-empty", f"the instance is not empty: {error} is another file") from None


def _place_file(source: IO[bytes], digest: str, size: int, undo: ExitStack) -> None:
    path = store.path_of(digest)
    if not path.exists():
        undo.callback(path.unlink, missing_ok=True)
    written = store.write(iter(partial(source.read, _CHUNK), b""), limit=size)
    if written.sha256 != digest:
        undo.callback(store.path_of(written.sha256).unlink, missing_ok=True)
        raise BackupError("unreadable", f"the bytes of file {digest} are not its own")


def _place(content: bytes, target: Path, undo: ExitStack) -> None:
    """A small file that only its owner reads. One that is there already must be the same."""
    if target.exists():
        if target.read_bytes() != content:
            raise BackupError("not-empty", f"the instance is not empty: {target} exists")
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    undo.callback(target.unlink, missing_ok=True)
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


@verb
def _note(event: Event, manifest: Manifest) -> None:
    record(
        event,
        actor=actors.system("backup"),
        subject=("product", "tongbao"),
        taken_at=manifest.taken_at,
        journal=manifest.journal[0],
    )


def _summary(path: Path, manifest: Manifest) -> dict[str, Any]:
    return {
        "file": str(path),
        "bytes": path.stat().st_size,
        "taken_at": manifest.taken_at,
        "version": manifest.version,
        "rows": sum(table.rows for table in manifest.tables),
        "files": manifest.files,
        "archive": manifest.archive.summary(),
        "journal": manifest.journal[0],
    }
