"""Cases from RTIR, TheHive and DFIR-IRIS: shown first, then taken over, once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from tests.conftest import NOON, Cast
from tests.pages import Browser, upload
from tests.standards.exports import HIVE, IRIS, TICKET, exported
from tongbao.incidents import importing
from tongbao.incidents.actions import cases, imports
from tongbao.incidents.models import CaseImport, Incident, LogEntry, Observable, Origin
from tongbao.incidents.rules import imports as rules
from tongbao.journal.models import JournalEntry
from tongbao.kernel import clock
from tongbao.kernel.markings import TLP
from tongbao.kernel.refusals import Conflict, Forbidden, Invalid, NotFound, TooLarge
from tongbao.parties.models import Organisation, Tenure
from tongbao.policy import actors
from tongbao.standards import casefiles

pytestmark = pytest.mark.usefixtures("noon")


def kept(cast: Cast, product: str = "rtir", *raw: dict[str, Any], tlp: int = TLP.AMBER, who: str = "officer") -> Any:
    content = exported(*(raw or (TICKET,)))
    return imports.receive_import(content, name="export.json", product=product, tlp=tlp, actor=getattr(cast, who))


def taken(cast: Cast, product: str, *raw: dict[str, Any], tlp: int = TLP.AMBER) -> list[Incident]:
    importing.apply(kept(cast, product, *raw, tlp=tlp).public_id, actor=cast.officer)
    return list(Incident.objects.order_by("id"))


def judged(*raw: dict[str, Any], product: Any = "rtir", tlp: TLP = TLP.AMBER, person: bool = True) -> list[rules.Row]:
    read = casefiles.read(product, exported(*raw))
    return rules.judge(read, held=frozenset(), chosen=tlp, person=person, now=NOON)


def fates(*raw: dict[str, Any], **given: Any) -> list[tuple[str, dict[str, str]]]:
    return [(row.fate, {each.path: each.code for each in row.problems}) for row in judged(*raw, **given)]


def test_it_changes_nothing_by_looking(cast: Cast) -> None:
    rows = importing.looked(kept(cast), cast.officer)
    assert [row.fate for row in rows] == ["create"]
    assert not Incident.objects.exists()


def test_it_takes_a_closed_ticket_over_with_its_times_and_without_duties(cast: Cast) -> None:
    (incident,) = taken(cast, "rtir", TICKET)
    assert (incident.state, incident.finding, incident.type) == ("closed", "incident", "fraud/phishing")
    assert incident.opened_at == incident.aware_at == datetime(2024, 3, 1, 2, tzinfo=UTC)
    assert incident.closed_at == datetime(2024, 3, 4, 8, 30, tzinfo=UTC)
    assert incident.profile == "TW-2021", "the law of that day"
    assert incident.outcome.startswith("resolved")
    assert not incident.obligations.exists()
    newest, *rest = incident.log.all()
    assert newest.text == "– 由 RTIR 匯入 / taken over from RTIR: #4711 (id 4711) –"
    assert newest.at == NOON
    assert {each.kind for each in rest} == {"note"}
    assert datetime(2024, 3, 1, 2, tzinfo=UTC) in {each.at for each in rest}
    assert any("請看這個網址" in each.text for each in rest)
    values = set(Observable.objects.values_list("value", flat=True))
    assert {"203.0.113.80", "login.bank-secure.example", "citizen@mail.example"} <= values
    assert set(incident.addresses.values_list("value", flat=True)) == {"203.0.113.80", "login.bank-secure.example"}
    assert not incident.participants.exists(), "nobody takes part because a ticket says so"


def test_it_starts_the_clocks_of_an_open_case_at_the_time_that_the_source_says(cast: Cast) -> None:
    (incident,) = taken(cast, "thehive", HIVE | {"tlp": 2, "tlpLabel": "AMBER"})
    assert (incident.state, incident.closed_at) == ("open", None)
    assert incident.aware_at == datetime(2024, 3, 1, 2, tzinfo=UTC)
    assert incident.profile == "TW-2021"
    office = Organisation.objects.get(code="NCO")
    draft = cases.IncidentDraft(title=incident.title, level=3, owner=office.public_id)
    edited = cases.edit_incident(incident.public_id, draft, version=incident.version, actor=cast.officer)
    assert edited.level == 3, "it is a case like any other"


def test_it_takes_everything_over_once(cast: Cast) -> None:
    first = kept(cast, "rtir", TICKET)
    assert importing.apply(first.public_id, actor=cast.officer) == {"create": 1, "same": 0, "refuse": 0}
    assert importing.apply(first.public_id, actor=cast.officer) == {"create": 0, "same": 1, "refuse": 0}
    row = importing.looked(first, cast.officer)[0]
    again = msgspec.structs.replace(row, fate="create")
    assert imports.take_over(first.public_id, again, actor=cast.officer) is None, "somebody was faster"
    later = kept(cast, "rtir", TICKET | {"Subject": "Other words"}, TICKET | {"id": 9, "EffectiveId": {"id": "9"}})
    assert importing.apply(later.public_id, actor=cast.officer) == {"create": 1, "same": 1, "refuse": 0}
    assert Origin.objects.count() == 2
    assert Incident.objects.count() == 2


def test_it_leaves_out_what_it_cannot_read_and_takes_the_rest(cast: Cast) -> None:
    found = taken(cast, "rtir", TICKET | {"Subject": ""}, TICKET | {"id": 5, "EffectiveId": {"id": "5"}})
    assert [each.taken_over.ref for each in found] == ["5"]
    row = importing.looked(CaseImport.objects.get(), cast.officer)[0]
    assert {each.path: each.code for each in row.problems} == {"[0].title": "required"}
    with pytest.raises(Invalid):
        imports.take_over(CaseImport.objects.get().public_id, row, actor=cast.officer)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"id": "", "EffectiveId": None}, {"[0].id": "required"}),
        ({"id": "x" * 81, "EffectiveId": None}, {"[0].id": "too-long"}),
        ({"Created": None}, {"[0].opened_at": "required"}),
        ({"Created": "1999-12-31T23:59:59Z"}, {"[0].opened_at": "time-too-old"}),
        (
            {"Created": "2031-01-01T00:00:00Z"},
            {"[0].opened_at": "time-in-future", "[0].closed_at": "closed-before-opened"},
        ),
        ({"Resolved": "2024-02-01T00:00:00Z"}, {"[0].closed_at": "closed-before-opened"}),
        ({"Subject": "a\u0000b"}, {"[0].title": "text-control"}),
        ({"CustomFields": {"Description": ["x" * 20_001]}}, {"[0].summary": "too-long"}),
        ({"CustomFields": {"IP": ["192.0.2.1"] * 5001}}, {"[0].named": "too-many"}),
    ],
)
def test_it_says_where_and_why_a_case_is_left_out(changes: dict[str, Any], expected: dict[str, str]) -> None:
    (found,) = fates(TICKET | changes)
    assert found == ("refuse", expected)


def test_it_takes_the_first_of_two_with_one_key() -> None:
    assert fates(TICKET, TICKET) == [("create", {}), ("refuse", {"[1].id": "code-twice"})]


def test_it_marks_as_chosen_or_as_the_source_says_where_that_is_narrower() -> None:
    assert [row.tlp for row in judged(TICKET, tlp=TLP.GREEN)] == [TLP.GREEN]
    assert [row.tlp for row in judged(HIVE, product="thehive", tlp=TLP.GREEN)] == [TLP.AMBER_STRICT]
    assert [row.tlp for row in judged(HIVE, product="thehive", tlp=TLP.RED)] == [TLP.RED]
    assert fates(TICKET, tlp=TLP.RED, person=False) == [("refuse", {"[0].tlp": "import-red"})]


def test_it_keeps_what_is_marked_more_narrowly_apart(cast: Cast) -> None:
    (incident,) = taken(cast, "thehive", HIVE)
    assert incident.tlp == TLP.AMBER_STRICT
    (narrow,) = LogEntry.objects.filter(tlp=TLP.RED)
    assert narrow.text == "c2.evil-host.example"
    assert not Observable.objects.filter(value="c2.evil-host.example").exists(), "for the named in person alone"
    assert not incident.addresses.filter(value="c2.evil-host.example").exists()
    assert not LogEntry.objects.visible_to(cast.handler).filter(pk=narrow.pk).exists()


def test_it_names_whoever_takes_a_red_case_over(cast: Cast) -> None:
    (incident,) = taken(cast, "rtir", TICKET, tlp=TLP.RED)
    assert Incident.objects.visible_to(cast.officer).filter(pk=incident.pk).exists()
    assert not Incident.objects.visible_to(cast.handler).filter(pk=incident.pk).exists()
    assert not any(each.tlp < TLP.RED for each in incident.log.all())
    shown = importing.shown(*_seen(cast, "handler"))
    assert [(each.row.fate, each.incident) for each in shown] == [("create", None)], "as if it were not there"


def _seen(cast: Cast, who: str) -> tuple[CaseImport, list[rules.Row], Any]:
    file_ = kept(cast, "rtir", TICKET, who=who)
    return file_, importing.looked(file_, getattr(cast, who)), getattr(cast, who)


def test_it_cuts_nothing_off(cast: Cast) -> None:
    long = {"Type": "Comment", "Creator": "ana", "Content": "字" * 45_000, "Created": "2024-03-02T00:00:00Z"}
    raw = TICKET | {"Subject": "題" * 300, "Transactions": [long]}
    (incident,) = taken(cast, "rtir", raw)
    assert incident.title.endswith("…")
    assert incident.summary.startswith("題" * 300)
    assert sum(each.text.count("字") for each in incident.log.all()) == 45_000


def test_it_takes_a_case_of_iris_over(cast: Cast) -> None:
    (incident,) = taken(cast, "dfir-iris", IRIS)
    assert [each.name for each in incident.systems.all()] == ["WEB-01"]
    assert "url" in set(incident.observables.values_list("kind", flat=True))
    assert incident.closed_at == datetime(2024, 5, 10, tzinfo=UTC)


def test_it_journals_the_file_and_each_case(cast: Cast) -> None:
    (incident,) = taken(cast, "rtir", TICKET)
    events = list(JournalEntry.objects.order_by("seq").values_list("event", flat=True))
    assert events[-3:] == ["case-import.imported", "incident.taken-over", "case-import.imported"]
    assert JournalEntry.objects.get(event="incident.taken-over").subject_id == incident.public_id


def test_it_hides_a_file_from_everybody_else(cast: Cast) -> None:
    file_ = kept(cast)
    for who in ("handler", "auditor", "admin", "constituent"):
        assert not CaseImport.objects.own(getattr(cast, who)).exists()
    assert not CaseImport.objects.visible_to(cast.handler).exists()
    assert CaseImport.objects.visible_to(cast.auditor).exists(), "that there was a file"
    with pytest.raises(NotFound):
        importing.apply(file_.public_id, actor=cast.handler)
    with pytest.raises(Forbidden):
        kept(cast, who="constituent")


@pytest.mark.parametrize(
    ("content", "given", "code"),
    [
        (b"\xff\xfe", {}, "text-encoding"),
        (b"[\x00]", {}, "text-control"),
        (b"[]", {"product": "otrs"}, "choice-unknown"),
        (b"[]", {"tlp": 9}, "choice-unknown"),
    ],
)
def test_it_keeps_no_file_that_it_could_not_show(cast: Cast, content: bytes, given: dict[str, Any], code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        imports.receive_import(content, **({"name": "x", "product": "rtir", "tlp": 2} | given), actor=cast.officer)
    assert [each.code for each in refusal.value.problems] == [code]
    with pytest.raises(TooLarge):
        imports.receive_import(b" " * (imports.MOST_BYTES + 1), name="x", product="rtir", tlp=2, actor=cast.officer)


def test_it_lets_a_command_take_cases_over(cast: Cast) -> None:
    by = actors.system("command")
    file_ = imports.receive_import(exported(TICKET), name="x.json", product="rtir", tlp=TLP.GREEN, actor=by)
    assert importing.apply(file_.public_id, actor=by)["create"] == 1
    assert Incident.objects.visible_to(cast.handler).get().tlp == TLP.GREEN


@pytest.mark.parametrize("language", ["en", "zh-hant"])
def test_it_shows_and_applies_on_pages_without_script(cast: Cast, language: str) -> None:
    page = Browser(cast.browser("officer", language)).get("/incidents/import/")
    page.send(
        page.form(field="product"), product="rtir", tlp="1", file=upload("舊案.json", exported(TICKET, {"id": 1}))
    )
    assert page.status == 200, page.text()
    assert page.has("Phishing page of a bank", "#4711", "TLP:GREEN")
    page.send(page.form("/apply/"))
    assert page.has("1 taken over, 0 there already, 1 left out" if language == "en" else "匯入 1 件")
    assert Incident.objects.get().tlp == TLP.GREEN
    assert page.click("Phishing page of a bank").has("RTIR, 4711" if language == "en" else "由 RTIR 匯入，原編號 4711")


def test_it_says_on_the_page_what_is_wrong_with_a_file(cast: Cast) -> None:
    page = Browser(cast.browser("officer")).get("/incidents/import/")
    page.send(page.form(field="product"), product="thehive", tlp="2", file=upload("x.json", b"{"))
    assert page.has("The file cannot be used", "JSON")
    page.get("/incidents/import/")
    page.send(page.form(field="product"), product="thehive", tlp="2", file=upload("x.json", b"\xff"))
    assert page.status == 422


# --- many at once ---


def many(count: int) -> list[dict[str, Any]]:
    return [TICKET | {"id": n, "EffectiveId": {"id": str(n)}} for n in range(1, count + 1)]


def test_many_cases_are_the_workers_to_take_over_and_the_page_says_how_far(cast: Cast, monkeypatch: Any) -> None:
    monkeypatch.setattr(importing, "AT_ONCE", 2)
    monkeypatch.setattr(importing, "RENEWED", 1)
    file_ = kept(cast, "rtir", *many(4), TICKET | {"id": 9, "EffectiveId": {"id": "9"}, "Subject": ""})
    desk = Browser(cast.browser("officer")).get(f"/incidents/import/{file_.public_id}/")
    desk.send(desk.form("/apply/"))
    assert desk.has("this page says how far it is", "0 of 5 cases have been dealt with.")
    assert Incident.objects.count() == 0
    with pytest.raises(Conflict):
        importing.apply(file_.public_id, actor=cast.officer)
    steps = iter([False, False, True])
    assert importing.work(lambda: next(steps)) == 3, "the worker is asked to end"
    assert desk.get(desk.at).has("3 of 5 cases have been dealt with.")
    assert importing.work() == 1
    file_.refresh_from_db()
    assert (file_.wanted_at, file_.position, file_.lease) == (None, 5, "")
    entry = JournalEntry.objects.filter(event="case-import.imported").order_by("-seq")[0]
    assert '"create":4' in entry.text
    assert '"refuse":1' in entry.text
    assert Browser(cast.browser("officer", "zh-hant")).get(desk.at).has("套用時間")
    assert importing.work() == 0
    assert JournalEntry.objects.filter(event="incident.taken-over", actor=cast.officer.reference).count() == 4


def test_a_worker_that_dies_is_followed_by_another_and_no_case_comes_twice(cast: Cast, monkeypatch: Any) -> None:
    file_ = kept(cast, "rtir", *many(3))
    imports.want_import(file_.public_id, actor=cast.officer)
    real = imports.take_over

    def dies(public_id: str, row: Any, *, actor: Any) -> Any:
        if Incident.objects.count() == 2:
            raise KeyboardInterrupt
        return real(public_id, row, actor=actor)

    monkeypatch.setattr(imports, "take_over", dies)
    with pytest.raises(KeyboardInterrupt):
        importing.work()
    monkeypatch.setattr(imports, "take_over", real)
    assert importing.work() == 0, "its lease still holds"
    with clock.at(NOON + importing.HOLD + timedelta(seconds=1)):
        assert importing.work() == 1
    assert Incident.objects.count() == 3
    assert '"create":3' in JournalEntry.objects.filter(event="case-import.imported").order_by("-seq")[0].text


def test_it_is_given_up_where_nobody_may_open_cases_any_more_and_says_so(cast: Cast) -> None:
    file_ = kept(cast, "rtir", *many(2))
    imports.want_import(file_.public_id, actor=cast.officer)
    imports.want_import(file_.public_id, actor=cast.officer)
    Tenure.objects.filter(person__user=cast.officer.user).update(ends_at=NOON)
    assert importing.work() == 0
    file_.refresh_from_db()
    assert (file_.stopped, file_.wanted_at) == ("forbidden", None)
    assert Incident.objects.count() == 0
    Tenure.objects.filter(person__user=cast.officer.user).update(ends_at=None)
    desk = Browser(cast.browser("officer")).get(f"/incidents/import/{file_.public_id}/")
    assert desk.has("It was given up before its end", "may not open cases any more")
    desk.send(desk.form("/apply/"))
    assert Incident.objects.count() == 2


def test_one_that_cannot_be_finished_keeps_no_other_back(cast: Cast, monkeypatch: Any) -> None:
    first, second = kept(cast, "rtir", *many(1)), kept(cast, "rtir", TICKET | {"id": 77, "EffectiveId": {"id": "77"}})
    for each in (first, second):
        imports.want_import(each.public_id, actor=cast.officer)
    real = imports.take_over

    def fails(public_id: str, row: Any, *, actor: Any) -> Any:
        if public_id == first.public_id:
            raise ValueError
        return real(public_id, row, actor=actor)

    monkeypatch.setattr(imports, "take_over", fails)
    assert [importing.work(), importing.work()] == [0, 1]
    first.refresh_from_db()
    assert first.stopped == "fault"


def test_a_case_that_its_reader_may_not_see_is_as_if_it_were_not_there(cast: Cast) -> None:
    """A colleague has taken the same ticket over for named persons: nothing says so."""
    importing.apply(kept(cast, "rtir", TICKET, tlp=TLP.RED).public_id, actor=cast.officer)
    theirs = kept(cast, "rtir", TICKET, who="handler")
    (row,) = importing.looked(theirs, cast.handler)
    assert row.fate == "create"
    assert importing.apply(theirs.public_id, actor=cast.handler) == {"create": 1, "same": 0, "refuse": 0}
    assert importing.looked(theirs, cast.handler)[0].fate == "same"
    assert importing.looked(kept(cast), cast.officer)[0].fate == "same"
    assert Origin.objects.count() == 2
