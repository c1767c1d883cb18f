"""Beside a report: what it names, what it might be. On a case: playbooks, splitting, evidence, inquiries."""

import io
from datetime import timedelta
from typing import Any

import pytest
import pyzipper

from tests.conftest import NOON, Cast
from tests.pages import Browser, upload
from tests.portal.test_entrances import citizen
from tests.stories import opened, reported, settled
from tongbao.engines.observables import Seen
from tongbao.files import steps as files
from tongbao.incidents import evidence, playbooks, suggesting
from tongbao.incidents.actions import cases, inquiries, log, participants, splitting, supplements, triage
from tongbao.incidents.actions import playbooks as beginning
from tongbao.incidents.actions.splitting import Split
from tongbao.incidents.models import Incident, Inquiry, LogEntry, Participant, Submission
from tongbao.incidents.rules import likeness
from tongbao.journal.models import JournalEntry
from tongbao.kernel import clock
from tongbao.kernel.markings import TLP
from tongbao.kernel.refusals import Conflict, Forbidden, Invalid, NotFound
from tongbao.operations.models import Task
from tongbao.profiles import load

pytestmark = pytest.mark.usefixtures("noon")
LINK = "http://bank.evil.example/login"


def told(cast: Cast, submission: Submission) -> suggesting.Suggestions:
    return suggesting.for_report(cast.officer, submission, supplements.current(submission))


# --- suggestions ---


def test_it_finds_the_case_that_names_the_same_link(cast: Cast) -> None:
    incident = opened(cast, citizen(0).submission)
    second = citizen(1).submission
    found = told(cast, second)
    assert [(each.incident, each.alike.values[0].value) for each in found.cases] == [(incident, LINK)]
    assert found.cases[0].alike.reasons == ("time",)
    assert found.type == "fraud/phishing", "what the words speak of"
    page = Browser(cast.browser("officer", "zh-hant")).get(f"/submissions/{second.public_id}/")
    assert page.has(incident.number, "hxxp://bank[.]evil[.]example/login")


def test_it_suggests_kind_and_owner_for_an_officer_to_confirm(cast: Cast) -> None:
    draft = {"summary": "收到假冒青山銀行的釣魚簡訊", "contact_email": "abc@greenhill.example"}
    row = reported(cast, "anonymous", **draft)
    found = told(cast, row)
    assert (found.type, found.owner) == ("fraud/phishing", cast.country.organisations["GREENHILL"])
    page = Browser(cast.browser("officer")).get(f"/submissions/{row.public_id}/")
    assert page.has("Suggested, and to be confirmed by you")
    assert page.value("type") == "fraud/phishing"
    assert row.owner is None, "nothing is decided by it"


def test_it_tells_nothing_by_what_accuses_nobody(cast: Cast) -> None:
    opened(cast, citizen(0, "https://www.google.com/ 8.8.8.8").submission)
    found = told(cast, citizen(1, "https://www.google.com/ 8.8.8.8").submission)
    assert found.cases == []
    assert {each.warning for each in found.named} == {"platform", "resolver"}


def test_it_sees_a_campaign(cast: Cast) -> None:
    for number in range(3):
        opened(cast, title=f"案 {number}", addresses="203.0.113.66")
    found = told(cast, reported(cast, "anonymous", addresses="203.0.113.66"))
    assert found.campaign is not None
    assert (found.campaign.value, found.campaign.cases) == ("203.0.113.66", 3)


def test_it_suggests_nothing_that_is_hidden(cast: Cast) -> None:
    opened(cast, title="紅色", tlp=TLP.RED, addresses="203.0.113.66")
    row = reported(cast, "anonymous", addresses="203.0.113.66")
    mine = suggesting.for_report(cast.handler, row, row.draft)
    assert (mine.cases, mine.named[0].cases) == ([], 0)
    assert len(told(cast, row).cases) == 1, "the officer opened it"


def test_it_ranks_links_above_hosts_and_time_alone_as_nothing() -> None:
    url, host = Seen("url", "http://a.example/"), Seen("domain", "a.example")
    rows = [likeness.Case(n, None, NOON) for n in (1, 2, 3)]
    found = likeness.ranked(rows, {1: [host], 2: [url, host]}, owner=None, at=NOON)
    assert [(each.key, each.score) for each in found] == [(2, 10), (1, 4)]
    old = [likeness.Case(1, 7, NOON - timedelta(days=30))]
    assert likeness.ranked(old, {}, owner=7, at=NOON) == []


def test_it_knows_every_type_that_it_suggests() -> None:
    for each in suggesting.vocabulary():
        assert load.taxonomy().type(each.type) is not None, each.type


# --- playbooks ---


def test_its_playbooks_fit_every_class_and_speak_both_languages() -> None:
    for each in load.taxonomy().classes:
        assert playbooks.fitting(f"{each.code}/x", ""), each.code
    for book in playbooks.every().values():
        assert [each for each in (*book.tasks, *book.letters) if not (each.label.en and each.label.zh)] == []
        for letter in book.letters:
            assert letter.to in Participant.Role.values
            assert "{reference}" in letter.text.en
            assert "{reference}" in letter.text.zh
    assert playbooks.fitting("fraud/phishing", "")[0].code == "phishing"
    assert playbooks.fitting("", "biological")[0].code == "homeland"


def test_it_makes_the_tasks_of_a_playbook_once(cast: Cast) -> None:
    incident = opened(cast, type="fraud/phishing")
    page = Browser(cast.browser("officer", "zh-hant")).get(f"/incidents/{incident.public_id}/")
    page.send(page.form("/playbook/"), playbook="phishing")
    tasks = Task.objects.filter(subject_ref=incident.public_id)
    assert tasks.count() == len(playbooks.every()["phishing"].tasks)
    first = tasks.order_by("due_at")[0]
    assert (first.due_at, first.assignee is not None) == (NOON + timedelta(hours=2), True)
    assert page.has("請主機商")
    assert beginning.begin_playbook(incident.public_id, playbook="phishing", actor=cast.officer) == []
    with pytest.raises(Invalid):
        beginning.begin_playbook(incident.public_id, playbook="nonsense", actor=cast.officer)
    with pytest.raises(Forbidden):
        beginning.begin_playbook(incident.public_id, playbook="phishing", actor=cast.auditor)


# --- splitting ---


def two_in_one(cast: Cast) -> tuple[Incident, Submission, Submission]:
    first, second = reported(cast, "city", summary="甲"), reported(cast, "anonymous", summary="乙")
    incident = opened(cast, first)
    Browser(cast.browser("officer")).get("/console/triage/")
    triage.merge_submission(second.public_id, into=incident.public_id, version=1, actor=cast.officer)
    incident.refresh_from_db()
    return incident, first, second


def test_it_splits_a_case_and_links_the_halves(cast: Cast) -> None:
    incident, _, second = two_in_one(cast)
    page = Browser(cast.browser("officer")).get(f"/incidents/{incident.public_id}/")
    page.send(
        page.form("/split/"), split__submissions=second.public_id, split__title="另一件", split__reason="不同攻擊者"
    )
    made = Incident.objects.get(title="另一件")
    second.refresh_from_db()
    assert second.incident == made
    assert Participant.objects.filter(incident=made, submission=second, left_at=None).count() == 1
    assert Participant.objects.filter(incident=incident, submission=second, left_at=None).count() == 0
    assert page.get(f"/incidents/{made.public_id}/").has("不同攻擊者", incident.number)
    assert JournalEntry.objects.filter(event="incident.split", subject_id=incident.public_id).exists()
    assert (made.tlp, made.track) == (incident.tlp, incident.track)


@pytest.mark.parametrize("which", ["none", "all", "foreign"])
def test_it_leaves_at_least_one_report(which: str, cast: Cast) -> None:
    incident, first, second = two_in_one(cast)
    chosen = {"none": (), "all": (first.public_id, second.public_id), "foreign": ("a" * 20,)}[which]
    with pytest.raises((Invalid, Conflict)):
        splitting.split_incident(
            incident.public_id, Split(chosen, "t", "r"), version=incident.version, actor=cast.officer
        )
    assert Incident.objects.count() == 1


# --- what it turned out to be ---


def test_it_says_what_a_case_turned_out_to_be(cast: Cast) -> None:
    incident = settled(cast, opened(cast))
    page = Browser(cast.browser("officer")).get(f"/incidents/{incident.public_id}/")
    page.send(page.form("/close/"), close__outcome="虛驚一場", close__finding="near-miss")
    incident.refresh_from_db()
    assert (incident.state, incident.finding) == ("closed", "near-miss")
    assert page.has("a near miss")
    with pytest.raises(Conflict):
        cases.close_incident(
            incident.public_id, outcome="x", finding="incident", version=incident.version, actor=cast.officer
        )


# --- evidence ---


def test_it_shows_the_chain_of_custody_and_hands_out_a_locked_archive(cast: Cast) -> None:
    incident = opened(cast)
    log.note(
        incident.public_id, words="映像檔", uploads=files.receive([upload("惡意.exe", b"MZ evil")]), actor=cast.officer
    )
    page = Browser(cast.browser("officer")).get(f"/incidents/{incident.public_id}/evidence/")
    piece = evidence.pieces(cast.officer, incident)[0]
    assert page.has("惡意.exe", piece.file.blob.sha256)
    answer: Any = cast.browser("officer").post(
        f"/incidents/{incident.public_id}/evidence/archive/", {"file": piece.file.public_id}
    )
    with pyzipper.AESZipFile(io.BytesIO(answer.content)) as archive:
        with pytest.raises(RuntimeError):
            archive.read("001-惡意.exe")
        archive.setpassword(evidence.PASSWORD.encode())
        assert archive.read("001-惡意.exe") == b"MZ evil"
        assert piece.file.blob.sha256.encode() in archive.read("SHA256SUMS")
    again = evidence.pieces(cast.officer, incident)[0]
    assert len(again.chain) == len(piece.chain) + 1
    assert cast.browser("handler").post(f"/incidents/{incident.public_id}/evidence/archive/").status_code == 403


# --- who was asked for what ---


def asking(cast: Cast) -> tuple[Incident, Inquiry]:
    incident = opened(cast, reported(cast))
    part = Participant.objects.get(incident=incident, organisation__code="SUNPOWER")
    page = Browser(cast.browser("officer")).get(f"/incidents/{incident.public_id}/")
    page.get(f"/incidents/{incident.public_id}/?letter=general.ask-course")
    assert incident.reference in page.value("ask-text")
    page.send(page.form("/ask/"), ask__threads=part.public_id, ask__due_at="2026-11-24T12:00")
    return incident, Inquiry.objects.get()


def test_it_asks_a_participant_and_sees_what_came_back(cast: Cast) -> None:
    incident, inquiry = asking(cast)
    assert (inquiry.standing, inquiry.due_at) == ("open", NOON + timedelta(days=1))
    own = Browser(cast.browser("constituent", "zh-hant")).get(f"/my/cases/{incident.public_id}/")
    assert own.has(incident.reference)
    own.send(own.form(f"/my/inquiries/{inquiry.public_id}/"), text="始於昨夜", attachments=upload("日誌.txt", b"log"))
    inquiry.refresh_from_db()
    assert inquiry.answer is not None
    assert (inquiry.standing, inquiry.answer.text) == ("answered", "始於昨夜")
    officer = Browser(cast.browser("officer")).get(f"/incidents/{incident.public_id}/")
    assert "始於昨夜" in officer.section("Who was asked for what")
    with pytest.raises(Conflict):
        inquiries.answer(inquiry.public_id, words="再答", actor=cast.constituent)


def test_it_says_what_is_overdue_and_what_came_by_another_way(cast: Cast) -> None:
    incident, inquiry = asking(cast)
    with clock.at(NOON + timedelta(days=2)):
        page = Browser(cast.browser("officer")).get(f"/incidents/{incident.public_id}/")
        assert "overdue" in page.section("Who was asked for what")
        assert "1 question to a participant has no answer yet." in page.section("Close")
        page.send(page.form(f"/{inquiry.public_id}/settle/"), settle__note="來電答覆：已重灌")
        inquiry.refresh_from_db()
        assert (inquiry.standing, inquiry.note) == ("late", "來電答覆：已重灌")


def test_it_asks_each_alone(cast: Cast) -> None:
    """Nobody learns who else was asked, and nobody answers for another."""
    incident, inquiry = asking(cast)
    other = cases_join(cast, incident)
    made = inquiries.ask(
        incident.public_id,
        threads=[other.public_id],
        words="下架",
        due_at=NOON + timedelta(hours=4),
        actor=cast.officer,
    )[0]
    assert list(Inquiry.objects.visible_to(cast.hoster)) == [made]
    assert list(Inquiry.objects.visible_to(cast.constituent)) == [inquiry]
    assert not Inquiry.objects.visible_to(cast.stranger).exists()
    with pytest.raises(NotFound):
        inquiries.answer(inquiry.public_id, words="x", actor=cast.hoster)
    with pytest.raises(NotFound):
        inquiries.answer(inquiry.public_id, words="x", actor=cast.officer)
    hoster = Browser(cast.browser("hoster")).get(f"/my/cases/{incident.public_id}/")
    assert hoster.has("下架")
    assert not hoster.has("貴單位")


@pytest.mark.parametrize("due", [NOON - timedelta(hours=1), NOON.replace(year=2040), NOON.replace(tzinfo=None)])
def test_it_asks_for_a_time_that_comes(due: Any, cast: Cast) -> None:
    incident = opened(cast, reported(cast))
    part = Participant.objects.get(incident=incident, organisation__code="SUNPOWER")
    for threads in ([part.public_id], [], ["a" * 20]):
        with pytest.raises(Invalid):
            inquiries.ask(incident.public_id, threads=threads, words="x", due_at=due, actor=cast.officer)
    assert not LogEntry.objects.filter(kind="message").exists()


def cases_join(cast: Cast, incident: Incident) -> Participant:
    return participants.add_participant(incident.public_id, organisation="FARHILL", role="source", actor=cast.officer)
