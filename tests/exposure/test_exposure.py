"""An incident abroad: what our own data say, to each reader what that reader may see; and asking in one step."""

from datetime import timedelta
from typing import Any

import pytest

from tests.conftest import NOON, Cast
from tests.observations.feeds import CITY, HOSTER, POWER, deliver, named, ssh
from tests.pages import Browser
from tests.stories import opened
from tongbao.engines.observables import Seen
from tongbao.exposure import actions, queries, rules
from tongbao.exposure.queries import Exposure
from tongbao.exposure.rules import Sign
from tongbao.incidents.actions import log
from tongbao.incidents.models import Incident, LogEntry, Participant
from tongbao.jobs.pump import pump
from tongbao.kernel.markings import TLP, Track
from tongbao.kernel.refusals import Conflict, Forbidden, Invalid, NotFound
from tongbao.notices import actions as answering
from tongbao.notices.models import Notice, Receipt
from tongbao.notices.rules import Grade
from tongbao.observations.models import Finding
from tongbao.parties.models import Organisation
from tongbao.wiring import worker

pytestmark = pytest.mark.usefixtures("noon")
LINK = "https://update.bad-vendor.example/a"


def abroad(cast: Cast, **changes: Any) -> Incident:
    """A case about an incident at a foreign vendor; it names our addresses and a link."""
    made = opened(cast, title="國外廠商遭入侵", **changes)
    log.note(made.public_id, words=f"C2 {LINK}, victims {POWER} and {HOSTER}", actor=cast.officer)
    return made


def look(cast: Cast, text: str, who: str = "officer") -> Exposure:
    return queries.exposure(getattr(cast, who), rules.asked(text))


def signs(found: Exposure) -> dict[str, dict[Sign, int]]:
    return {each.organisation.code: each.signs for each in found.organisations}


def test_it_reads_values_and_words_out_of_a_list() -> None:
    asked = rules.asked("hxxp://a[.]example/x\nOpenSSH 7.4\nab\n127.0.0.1\nOPENSSH 7.4", (Seen("ipv4", "192.0.2.1"),))
    assert [each.value for each in asked.values][:3] == ["192.0.2.1", "http://a.example/x", "a.example"]
    assert (asked.words, asked.left, asked.harmless > 0) == (("openssh 7.4",), 1, True)
    many = rules.asked("\n".join(f"h{n}.bad-vendor.example" for n in range(300)))
    assert (len(many.values), many.left) == (200, 100)


def test_it_answers_from_findings_cases_reports_and_networks(cast: Cast) -> None:
    deliver(ssh(POWER, CITY), named("scan_ssh"), actor=cast.officer)
    other = opened(cast, owner=Organisation.objects.get(code="GREENHILL").public_id)
    log.note(other.public_id, words=LINK, actor=cast.officer)
    found = look(cast, f"{POWER} {HOSTER}\n{LINK}\nOpenSSH_7.4\nnobody-has-this")
    assert signs(found) == {
        "SUNPOWER": {Sign.FINDING: 1, Sign.NETWORK: 1, Sign.PRODUCT: 1},
        "HARBOUR": {Sign.PRODUCT: 1},
        "FARHILL": {Sign.NETWORK: 1},
        "GREENHILL": {Sign.CASE: 2},  # the link and its host
    }
    lines = {each.value: (each.seen, each.open, each.cases, len(each.homes)) for each in found.lines}
    assert lines[POWER] == (1, 1, 0, 1)
    assert lines[LINK] == (0, 0, 1, 0)
    assert lines["openssh_7.4"] == (2, 2, 0, 2)
    assert lines["nobody-has-this"] == (0, 0, 0, 0)
    assert found.exposed
    assert not look(cast, "203.0.114.9\nnobody-has-this").exposed


def test_it_counts_only_what_the_reader_may_see(cast: Cast) -> None:
    deliver(ssh(POWER), named("scan_ssh"), actor=cast.officer)
    hidden = opened(cast, tlp=TLP.AMBER)
    log.note(hidden.public_id, words=LINK, actor=cast.officer)
    before = look(cast, f"{POWER}\n{LINK}")
    assert {each.value: each.cases for each in before.lines}[LINK] == 1
    Incident.objects.filter(pk=hidden.pk).update(track=Track.NATIONAL_SECURITY)
    Finding.objects.update(track=Track.NATIONAL_SECURITY)
    Organisation.objects.filter(code="SUNPOWER").update(track=Track.NATIONAL_SECURITY)
    after = look(cast, f"{POWER}\n{LINK}")
    assert all((each.seen, each.cases, each.homes) == (0, 0, set()) for each in after.lines)
    assert after.organisations == []


def test_it_asks_those_concerned_in_one_step(cast: Cast) -> None:
    deliver(ssh(POWER, CITY), named("scan_ssh"), actor=cast.officer)
    case = abroad(cast)
    desk = Browser(cast.browser("officer")).get(f"/incidents/{case.public_id}/exposed/")
    assert desk.has("Something of ours has to do with it", "its network or domain holds a value", "2")
    homes = [Organisation.objects.get(code=code).public_id for code in ("SUNPOWER", "FARHILL")]
    desk.send(desk.form(field="answer_by"), words="")
    assert set(desk.errors()) == {"words"}
    desk.send(desk.form(field="answer_by"), words="A vendor's update server was taken over.", organisations=homes)
    notice = Notice.objects.get(template="exposure_inquiry")
    told = set(notice.receipts.values_list("organisation__code", flat=True))
    assert told == {"SUNPOWER", "FARHILL"}
    assert "hxxps://update[.]bad-vendor[.]example/a" in notice.body_zh
    assert case.title not in notice.body_zh + notice.title_zh
    assert not Participant.objects.filter(incident=case, organisation__code="SUNPOWER").exists()
    assert cast.browser("constituent").get(f"/my/cases/{case.public_id}/").status_code == 404

    receipt = Receipt.objects.get(notice=notice, organisation__code="SUNPOWER")
    said = {"code": "exposed", "words": "Two servers", "grade": Grade.SIGNED_IN}
    answering.answer(receipt.public_id, **said, actor=cast.constituent)
    pump(worker.HANDLERS, worker.read_journal)
    assert LogEntry.objects.filter(incident=case, text__contains="Two servers").exists()


def test_it_looks_for_a_list_and_keeps_nothing_in_chinese(cast: Cast) -> None:
    deliver(ssh(POWER), named("scan_ssh"), actor=cast.officer)
    page = Browser(cast.browser("officer", "zh-hant")).get("/exposed/")
    page.send(page.form(field="what"), what="")
    assert set(page.errors()) == {"what"}
    page.send(page.form(field="what"), what=f"{POWER}\nOpenSSH")
    assert page.has("我方資料顯示有關聯", "198[.]51[.]100[.]23", "openssh")
    assert cast.browser("constituent").get("/exposed/").status_code == 403


@pytest.mark.parametrize(
    ("changes", "places"),
    [
        ({"organisations": []}, {"organisations": "nobody-chosen"}),
        ({"organisations": ["a" * 20]}, {"organisations": "organisation-unknown"}),
        ({"words": " "}, {"words": "required"}),
        ({"answer_by": NOON - timedelta(hours=1)}, {"answer_by": "time-not-later"}),
        ({"tlp": 9}, {"tlp": "choice-unknown"}),
    ],
)
def test_it_refuses_what_cannot_be_asked(cast: Cast, changes: dict[str, Any], places: dict[str, str]) -> None:
    given = _given() | changes
    with pytest.raises(Invalid) as refused:
        actions.ask_exposed(abroad(cast).public_id, **given, actor=cast.officer)
    assert {each.path: each.code for each in refused.value.problems} == places


def _given() -> dict[str, Any]:
    home = Organisation.objects.get(code="SUNPOWER").public_id
    return {"organisations": [home], "words": "x", "tlp": TLP.GREEN, "answer_by": NOON + timedelta(days=2)}


def test_it_tells_nothing_more_widely_than_it_is_marked(cast: Cast) -> None:
    case = abroad(cast, tlp=TLP.AMBER_STRICT)
    with pytest.raises(Invalid):
        actions.ask_exposed(case.public_id, **_given(), actor=cast.officer)
    notice = actions.ask_exposed(case.public_id, **_given() | {"tlp": TLP.AMBER_STRICT}, actor=cast.officer)
    assert notice.tlp == TLP.AMBER_STRICT
    other = abroad(cast)
    log.note(other.public_id, words="203.0.113.99 only here", tlp=TLP.AMBER_STRICT, actor=cast.officer)
    wide = actions.ask_exposed(other.public_id, **_given(), actor=cast.officer)
    assert "203[.]0[.]113[.]66" in wide.body_en
    assert "203[.]0[.]113[.]99" not in wide.body_en
    Incident.objects.filter(pk=other.pk).update(tlp=TLP.GREEN)
    log.note(other.public_id, words="203.0.113.98 for the few", tlp=TLP.AMBER, actor=cast.officer)
    green = actions.ask_exposed(other.public_id, **_given(), actor=cast.officer)
    assert "203[.]0[.]113[.]98" not in green.body_en, "marked more narrowly than its case"


def test_it_asks_only_of_an_open_case_that_one_may_tell_of(cast: Cast) -> None:
    case = abroad(cast)
    with pytest.raises(Forbidden):
        actions.ask_exposed(case.public_id, **_given(), actor=cast.auditor)
    with pytest.raises(NotFound):
        actions.ask_exposed(case.public_id, **_given(), actor=cast.stranger)
    Incident.objects.filter(pk=case.pk).update(state="closed")
    with pytest.raises(Conflict):
        actions.ask_exposed(case.public_id, **_given(), actor=cast.officer)


def test_it_asks_the_database_a_bounded_number_of_questions(cast: Cast, django_assert_max_num_queries: Any) -> None:
    text = "\n".join(f"h{n}.bad-vendor.example" for n in range(50))
    with django_assert_max_num_queries(60):
        look(cast, text)
