"""Following up without an account: the receipt number goes in by POST only, and opens one report to one browser."""

from datetime import datetime
from typing import Any

import msgspec
import pytest

from tests.conftest import Cast
from tests.pages import Browser, upload
from tests.stories import opened, reported
from tongbao.incidents.actions import cases, log, submissions
from tongbao.incidents.actions.submissions import submit
from tongbao.incidents.actions.triage import IncidentDraft
from tongbao.incidents.models import LogEntry, Participant, Submission
from tongbao.incidents.rules.intake import Draft
from tongbao.journal.models import JournalEntry
from tongbao.kernel.markings import TLP

pytestmark = pytest.mark.usefixtures("noon")


def handed_in(cast: Cast, who: str = "anonymous", summary: str = "收到可疑簡訊") -> tuple[Submission, str]:
    taken = submit(Draft(summary=summary), key=f"k:{summary}", door=Submission.Door.WEB, actor=getattr(cast, who))
    return taken.submission, taken.receipt


def follow(cast: Cast, number: str, language: str = "en") -> Browser:
    page = Browser(cast.browser(language=language)).get("/follow-up/")
    return page.send(page.form(field="receipt"), receipt=number)


def test_it_shows_where_a_report_stands(cast: Cast) -> None:
    row, number = handed_in(cast)
    page = follow(cast, " ".join(number[i : i + 4] for i in range(0, 16, 4)))
    assert page.at == "/follow-up/case/"
    assert page.has("收到可疑簡訊", "waits for a decision", "You can add to it.")
    submissions.reject(row.public_id, reason="非資安事件，請洽 1999。", version=1, actor=cast.officer)
    page.get("/follow-up/case/")
    assert page.has("no case", "Why no case was opened", "非資安事件，請洽 1999。")


def test_it_puts_the_number_into_no_address(cast: Cast) -> None:
    """By POST only: an address stands in histories, logs and referrers."""
    _, number = handed_in(cast)
    page = Browser(cast.browser()).get(f"/follow-up/?receipt={number}")
    assert page.at.startswith("/follow-up/?")
    assert not page.has("收到可疑簡訊")
    assert page.form(field="receipt")["method"] == "post"
    assert number not in follow(cast, number).response.content.decode()


def test_it_opens_a_report_to_one_browser_until_it_is_told_to_forget(cast: Cast) -> None:
    _, number = handed_in(cast)
    page = follow(cast, number)
    assert Browser(cast.browser()).get("/follow-up/case/").status == 404
    page.send(page.form("/follow-up/leave/"))
    assert page.at == "/follow-up/"
    assert page.get("/follow-up/case/").status == 404


@pytest.mark.parametrize(
    "number", ["", "1234", "1234567890123456", "12345678901234567", "٠" * 16, "' OR 1=1", "x" * 41]
)
def test_it_says_the_same_of_every_wrong_number(number: str, cast: Cast) -> None:
    handed_in(cast)
    page = follow(cast, number)
    assert page.status == 422
    assert set(page.errors()) == {"receipt"}
    assert page.value("receipt").strip() == number.strip()


def test_it_stops_guessing(cast: Cast, settings: Any) -> None:
    settings.TONGBAO = msgspec.structs.replace(settings.TONGBAO, receipts_per_network=3)
    _, number = handed_in(cast)
    for guess in range(3):
        assert follow(cast, f"{guess:016d}").status == 422
    stopped = follow(cast, number)
    assert stopped.status == 429
    assert int(stopped.response.headers["Retry-After"]) == 1200
    assert stopped.has("Please wait", "20 minutes")
    other = Browser(cast.browser())
    other.client.defaults["REMOTE_ADDR"] = "198.51.100.9"
    other.get("/follow-up/")
    assert other.send(other.form(field="receipt"), receipt=number).at == "/follow-up/case/"


def test_it_believes_no_forged_address(cast: Cast, settings: Any) -> None:
    """Without a trusted proxy what a client says of its own network does not count."""
    settings.TONGBAO = msgspec.structs.replace(settings.TONGBAO, receipts_per_network=1)
    browser = cast.browser()
    for guess in range(2):
        answer = browser.post(
            "/follow-up/", {"receipt": f"{guess:016d}"}, headers={"X-Forwarded-For": f"203.0.{guess}.1"}
        )
    assert answer.status_code == 429


def test_it_carries_a_talk_with_the_office(cast: Cast) -> None:
    row, number = handed_in(cast)
    incident = opened(cast, row)
    page = follow(cast, number)
    assert page.has(f"Case {incident.reference}", "No messages yet.")
    assert not page.has(incident.number), "official numbers count; participants know the case by its reference"
    page.send(page.form(field="text"), text=" ")
    assert page.errors()["text"]
    page.send(page.form(field="text"), text="附上截圖", attachments=upload("截圖.txt", b"picture"))
    assert page.has("You", "附上截圖", "截圖.txt")
    entry = LogEntry.objects.get(text="附上截圖")
    assert (entry.by_office, entry.author) == (False, None)
    thread = Participant.objects.get(incident=incident)
    log.message(incident.public_id, thread=thread.public_id, words="謝謝，請勿點選連結", actor=cast.officer)
    log.note(incident.public_id, words="內部研判", actor=cast.officer)
    page.get("/follow-up/case/")
    assert page.has("National Coordination Office", "謝謝，請勿點選連結")
    assert not page.has("內部研判")
    assert not page.has("林值勤"), "the office speaks, not a person"


def test_it_hands_the_reporter_the_files_of_the_talk_and_no_others(cast: Cast, settings: Any, tmp_path: Any) -> None:
    settings.TONGBAO = msgspec.structs.replace(settings.TONGBAO, data_dir=str(tmp_path))
    row, number = handed_in(cast)
    incident = opened(cast, row)
    officer = Browser(cast.browser("officer")).get(f"/incidents/{incident.public_id}/")
    thread = Participant.objects.get(incident=incident)
    officer.send(
        officer.form(f"/threads/{thread.public_id}/message/"),
        message__text="請見說明",
        message__attachments=upload("說明.txt", b"how to"),
    )
    officer.send(officer.form("/note/"), note__text="內部", note__attachments=upload("內部.txt", b"secret"))
    page = follow(cast, number)
    (address,) = page.links("說明.txt")
    answer = page.client.get(address)
    assert b"".join(answer.streaming_content) == b"how to"  # type: ignore[attr-defined]
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    (secret,) = officer.links("內部.txt")
    hidden = page.get(secret.replace("/files/", "/follow-up/files/"))
    assert hidden.status == 404
    said = hidden.text()
    assert page.get(f"/follow-up/files/{'a' * 20}/").text() == said
    assert Browser(cast.browser()).get(address).status == 404, "the number is what opens it"
    reads = JournalEntry.objects.filter(event="file.read")
    assert [each.actor for each in reads] == [f"receipt:{row.public_id}"]


def test_it_ends_with_the_participation(cast: Cast) -> None:
    from tongbao.incidents.actions import participants

    row, number = handed_in(cast)
    incident = opened(cast, row)
    page = follow(cast, number)
    assert page.page.find("textarea") is not None
    thread = Participant.objects.get(incident=incident)
    participants.remove_participant(incident.public_id, thread=thread.public_id, reason="離題", actor=cast.officer)
    page.get("/follow-up/case/")
    assert not page.page.find("textarea")
    page.post("/follow-up/case/", {"text": "還在嗎"})
    assert page.errors()[""] == "This report is not a case yet. You can write once it is."


def test_it_hides_a_case_that_was_narrowed_to_named_persons(cast: Cast) -> None:
    """As from every organisation that takes part: a TLP:RED case is for those named, whatever was written before."""
    row, number = handed_in(cast)
    incident = opened(cast, row)
    thread = Participant.objects.get(incident=incident)
    log.message(incident.public_id, thread=thread.public_id, words="先前的訊息", actor=cast.officer)
    page = follow(cast, number)
    assert page.has("先前的訊息", incident.reference)
    red = IncidentDraft(title="案件", tlp=TLP.RED)
    cases.edit_incident(incident.public_id, red, version=incident.version, actor=cast.officer)
    page.get("/follow-up/case/")
    assert page.has("收到可疑簡訊")
    for words in ("先前的訊息", incident.reference):
        assert not page.has(words), words


def test_it_notes_the_reading_of_a_restricted_entry(cast: Cast) -> None:
    row, number = handed_in(cast)
    incident = opened(cast, row, tlp=TLP.AMBER_STRICT)
    thread = Participant.objects.get(incident=incident)
    log.message(incident.public_id, thread=thread.public_id, words="限閱", tlp=TLP.AMBER_STRICT, actor=cast.officer)
    assert follow(cast, number).has("限閱")
    (entry,) = JournalEntry.objects.filter(event="access.read")
    assert entry.actor == f"receipt:{row.public_id}"


def test_it_sends_a_constituent_to_the_own_case(cast: Cast) -> None:
    """A constituent's report becomes a case of the organisation: its thread is read signed in."""
    row, number = handed_in(cast, "constituent", "勒索軟體")
    opened(cast, row)
    page = follow(cast, number)
    assert page.has("a case was opened", "It belongs to a case of your organisation: sign in to read and write there.")
    assert not page.page.find("textarea")


def test_it_follows_a_report_into_the_case_that_it_was_merged_into(cast: Cast, noon: datetime) -> None:
    row, number = handed_in(cast)
    first, second = opened(cast, row), opened(cast, reported(cast))
    cases.merge_incident(
        first.public_id, into=second.public_id, reason="同一攻擊", version=first.version, actor=cast.officer
    )
    page = follow(cast, number)
    assert page.has(second.reference)
    page.send(page.form(field="text"), text="補充")
    assert LogEntry.objects.get(text="補充").incident == second


def test_it_speaks_chinese(cast: Cast) -> None:
    _, number = handed_in(cast)
    page = follow(cast, number, "zh-hant")
    assert page.has("收到可疑簡訊")
    assert page.page.html["lang"] == "zh-Hant"  # type: ignore[index]
    assert not page.has("Received")
