"""What is written in the frame of an operation; shifts; the journal, health and files by program."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.conf import settings as django_settings

from tests.api.conftest import Make, Program, opened, places, refused
from tests.files import samples
from tongbao.files import steps, store, sweeps
from tongbao.incidents.models import LogEntry
from tongbao.jobs.models import Parked
from tongbao.journal.models import JournalEntry
from tongbao.journal.record import verb
from tongbao.kernel import clock
from tongbao.operations.models import Operation
from tongbao.parties.models import Shift
from tongbao.policy.actors import ANONYMOUS


def test_it_keeps_the_record_of_an_operation(program: Make, noon: datetime) -> None:
    officer = program("officer")
    (frame,) = officer.read("/operations")["items"]
    path = f"/operations/{frame['id']}"
    assert (frame["code"], frame["kind"], frame["ends_at"]) == ("TB", "routine", None)
    fact = officer.does(f"{path}/facts", {"text": "Two sites are dark.", "source": "telephone"}, 201)
    assert [(each["text"], each["tlp"]) for each in fact["facts"]] == [("Two sites are dark.", "TLP:AMBER")]
    decided = officer.does(f"{path}/decisions", {"text": "Tell all.", "reason": "spreads", "tlp": "GREEN"}, 201)
    assert decided["decisions"][0]["tlp"] == "TLP:GREEN"
    added = officer.does(f"{path}/tasks", {"title": "Call the ministry"}, 201)
    (made,) = [each["id"] for each in added["tasks"] if each["title"] == "Call the ministry"]
    task = f"/tasks/{made}"
    with clock.at(noon + timedelta(hours=1)):
        done = officer.does(f"{task}/done", {"outcome": "Called."})
    assert (done["done_at"], done["outcome"]) == ("2026-11-23T05:00:00Z", "Called.")
    assert officer.does(f"{task}/done", {"outcome": "Again."}) == done
    assert done in officer.read(path)["tasks"]

    for what, body, wrong in (
        ("facts", {"text": "", "source": " "}, {"text": "required", "source": "required"}),
        ("facts", {"text": "x" * 4001, "source": "x"}, {"text": "too-long"}),
        ("facts", {"text": "x", "source": "x", "tlp": "PINK"}, {"tlp": "choice-unknown"}),
        ("decisions", {"text": "x", "reason": "x" * 4001}, {"reason": "too-long"}),
        ("tasks", {"title": ""}, {"title": "required"}),
    ):
        assert places(officer.post(f"{path}/{what}", body)) == wrong
    absent = f"/operations/{'a' * 20}"
    refused(officer.get(absent), 404, "not-found")
    refused(officer.post(f"{absent}/facts", {"text": "x", "source": "x"}), 404, "not-found")
    refused(officer.post(f"/tasks/{'a' * 20}/done", {}), 404, "not-found")
    for who in ("constituent", "admin"):
        refused(program(who).get(path), 403, "forbidden")
        refused(program(who).post(f"{path}/facts", {"text": "x", "source": "x"}), 403, "forbidden")
    refused(program("auditor").post(f"{path}/tasks", {"title": "x"}), 403, "forbidden")
    Operation.objects.update(ends_at=noon)
    refused(officer.post(f"{path}/facts", {"text": "x", "source": "x"}), 409, "operation-ended")


def test_it_keeps_shifts(program: Make) -> None:
    officer = program("officer")
    assert officer.does("/shift/start") == {"on_duty": True}
    officer.does("/shift/start")
    assert Shift.objects.filter(ends_at=None).count() == 1
    assert officer.does("/shift/end") == {"on_duty": False}
    officer.does("/shift/end")
    assert not Shift.objects.filter(ends_at=None).exists()
    refused(program("constituent").post("/shift/start"), 403, "forbidden")
    refused(program("auditor").post("/shift/end"), 403, "forbidden")


def test_it_reads_the_journal(program: Make) -> None:
    """Only those who audit, and only entries about things that they may see."""
    officer, auditor = program("officer"), program("auditor")
    case, red = opened(officer), opened(officer, tlp=4)
    refused(officer.get("/journal"), 403, "forbidden")
    (entry,) = auditor.read(f"/journal?event=incident.opened&subject={case}")["items"]
    assert entry["subject"] == ["incident", case]
    assert entry["actor"].startswith("token:")
    assert entry["facts"]["number"] == "TB-2026-00001"
    assert auditor.read(f"/journal?subject={red}")["items"] == []
    assert JournalEntry.objects.filter(subject_id=red).exists()
    assert auditor.read("/journal?event=nonsense")["items"] == []


def test_it_says_how_the_product_is(program: Make, noon: datetime) -> None:
    found = program("officer").read("/health")
    assert {part["name"] for part in found["parts"]} == {"worker", "ticker", "mail", "handlers", "archive"}
    assert found["ok"] is False
    assert {part["why"] for part in found["parts"] if part["name"] in {"worker", "ticker"}} == {"silent"}
    refused(program("constituent").get("/health"), 403, "forbidden")


def test_it_takes_up_what_a_handler_failed_on(program: Make, noon: datetime) -> None:
    parked = Parked.objects.create(cursor="answers", seq=1, error="RuntimeError")
    admin, path = program("admin"), f"/health/parked/{parked.pk}/again"
    expected = {"key": parked.pk, "handler": "answers", "seq": 1, "error": "RuntimeError", "again": False}
    assert admin.read("/health")["parked"] == [expected]
    for who in ("constituent", "officer"):
        refused(program(who).post(path), 403, "forbidden")
    admin.does(path)
    admin.does(path)
    parked.refresh_from_db()
    assert parked.again
    assert JournalEntry.objects.filter(event="event.taken-up").count() == 1
    refused(admin.post("/health/parked/999999/again"), 404, "not-found")


def test_it_hands_out_files(program: Make, tmp_path: Path, settings: Any) -> None:
    """The copy without metadata to whoever sees the entry; the original to those who may; both are noted."""
    settings.TONGBAO = msgspec.structs.replace(django_settings.TONGBAO, data_dir=str(tmp_path))
    officer, handler = program("officer"), program("handler")
    case = opened(officer)
    note = officer.does(f"/incidents/{case}/notes", {"text": "see the picture"}, 201)
    entry = LogEntry.objects.get(public_id=note["id"])

    @verb
    def attach() -> str:
        return steps.keep(
            [samples.jpeg()], name="照片.jpg", media_type="image/jpeg", subject=entry, actor=ANONYMOUS
        ).public_id

    file = f"/files/{attach()}"
    refused(handler.get(file), 409, "file-being-cleaned")
    assert sweeps.clean_pending() == 1
    clean, original = handler.get(file), officer.get(f"{file}/original")
    assert samples.SECRET not in content(clean)
    assert content(original) == samples.jpeg()
    assert clean.headers["Content-Type"] == "application/octet-stream"
    assert clean.headers["Content-Disposition"].startswith("attachment;")
    head = officer.ask("head", f"{file}/original")
    assert head.headers["Content-Length"] == str(len(samples.jpeg()))
    assert content(head) == b""
    refused(handler.get(f"{file}/original"), 403, "forbidden")
    hidden, absent = program("stranger").get(file), program("stranger").get(f"/files/{'a' * 20}")
    refused(hidden, 404, "not-found")
    assert hidden.content == absent.content
    read = JournalEntry.objects.filter(event="file.read").order_by("seq").values_list("text", flat=True)
    assert [msgspec.json.decode(each)["facts"]["original"] for each in read] == [False, True, True]
    for path in store.root().glob("??/??/*"):
        path.unlink()
    refused(officer.get(f"{file}/original"), 503, "file-missing")


def test_it_takes_a_wrongly_classified_file_away(program: Make, tmp_path: Path, settings: Any) -> None:
    """The administrator purges by id what nobody should have sent; only a tombstone is left."""
    settings.TONGBAO = msgspec.structs.replace(django_settings.TONGBAO, data_dir=str(tmp_path))
    officer, admin = program("officer"), program("admin")
    note = officer.does(f"/incidents/{opened(officer)}/notes", {"text": "plan"}, 201)

    @verb
    def attach() -> str:
        entry = LogEntry.objects.get(public_id=note["id"])
        return steps.keep([b"secret plan"], name="計畫.txt", media_type="", subject=entry, actor=ANONYMOUS).public_id

    file = f"/files/{attach()}"
    assert places(admin.post(f"{file}/purge", {"reason": ""})) == {"reason": "required"}
    refused(officer.post(f"{file}/purge", {"reason": "spillage"}), 403, "forbidden")
    gone = admin.does(f"{file}/purge", {"reason": "spillage"})
    assert gone["reason"] == "spillage"
    assert gone == admin.does(f"{file}/purge", {"reason": "again"})
    refused(officer.get(file), 409, "file-purged")
    absent, hidden = (officer.post(f"/files/{each}/purge", {"reason": "x"}) for each in ("a" * 20, gone["id"]))
    assert absent.content == hidden.content


def content(response: Any) -> bytes:
    """The bytes handed out. The file alone is closed: a closed response closes the database too."""
    found: bytes = b"".join(response.streaming_content)
    if response.file_to_stream is not None:
        response.file_to_stream.close()
    return found


@pytest.mark.parametrize("who", ["officer", "constituent", "admin", "auditor", "reviewer"])
def test_it_shows_each_role_what_it_may_do(program: Make, who: str) -> None:
    """``/me`` is what decides: what it names is allowed, what it does not name is refused."""
    speaker = program(who)
    may = set(speaker.read("/me")["may"])
    for path, can in (
        ("/health", "jobs:health:read"),
        ("/journal", "journal:entry:read"),
        ("/notices", "notices:notice:read"),
        ("/operations", "operations:operation:read"),
    ):
        assert (speaker.get(path).status_code == 200) is (can in may), (who, path)


def test_it_gives_programs_without_a_file_nothing(officer: Program) -> None:
    refused(officer.get(f"/files/{'a' * 20}/original"), 404, "not-found")
