"""How serious a case is, on the pages: looked at before it is recorded, under every law that looks at it."""

from datetime import datetime

import pytest

from tests.conftest import Cast
from tests.pages import Browser
from tests.stories import opened, reported, tell
from tongbao.incidents.models import Classification, Incident, Obligation
from tongbao.parties.models import Coverage

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def case(cast: Cast) -> Incident:
    return opened(cast, reported(cast, level=2))


def page(cast: Cast, who: str = "officer", language: str = "en") -> Browser:
    return Browser(cast.browser(who, language))


def form_of(browser: Browser, case: Incident, regime: str = "TW") -> Browser:
    return browser.get(f"/incidents/{case.public_id}/classification/{regime}/")


def record(browser: Browser) -> Browser:
    """Press the button that records what was shown."""
    form = browser.form(field="words")
    button = form.find("button", formaction=True)
    assert button is not None, browser.text()
    form["action"] = button["formaction"]
    return browser.send(form)


def check(browser: Browser, **values: str) -> Browser:
    return browser.send(browser.form(field="words"), **values)


CORE_CI = {"cell__availability__core_ci": "minor"}


def test_it_shows_what_would_follow_and_records_nothing_yet(cast: Cast, case: Incident) -> None:
    browser = form_of(page(cast), case)
    assert "record/" not in str(browser.page), "nothing can be recorded unseen"
    before = Classification.objects.count(), Obligation.objects.count()
    check(browser, **CORE_CI)
    outcome = browser.section("What would follow")
    assert "incident level 3 (major)" in outcome
    assert "Until now: incident level 2" in outcome
    assert "impaired or stopped; the degree is minor" in outcome
    assert "Art. 2" in outcome
    assert "starts anew" in outcome, "the report is due once more when the level changes"
    assert "not verified" in outcome
    assert (Classification.objects.count(), Obligation.objects.count()) == before


def test_it_records_what_was_shown_with_who_and_why(cast: Cast, case: Incident) -> None:
    browser = check(form_of(page(cast), case), words="調度系統備援失效", tolerable="30", outage="240", **CORE_CI)
    record(browser)
    assert browser.at == f"/incidents/{case.public_id}/classification/"
    assert browser.has("The classification is recorded.", "incident level 3 (major)", "調度系統備援失效", "林值勤")
    found = case.classifications.current().get(regime="TW")
    assert (found.rank, found.by, found.basis.tolerable, found.basis.outage) == (3, "office", 30, 240)
    assert case.obligations.filter(duty="report", restarted=True).exists()
    past = browser.section("What was found before")
    assert "incident level 2" in past
    assert "holds now" in past
    browser.get(f"/incidents/{case.public_id}/")
    assert "incident level 3 (major)" in browser.section("How serious it is")
    assert "Art. 2" in browser.section("How serious it is")


def test_it_shows_a_changed_form_before_it_records_it(cast: Cast, case: Incident) -> None:
    browser = check(form_of(page(cast), case), **CORE_CI)
    form = browser.form(field="words")
    form["action"] = f"/incidents/{case.public_id}/classification/TW/record/"
    browser.send(form, cell__availability__core_ci="serious")
    assert "incident level 4" in browser.section("What would follow")
    assert case.classifications.current().get().rank == 2


def test_it_asks_for_an_impact_and_keeps_what_was_typed(cast: Cast, case: Incident) -> None:
    browser = check(form_of(page(cast), case), words="不明", outage="-5")
    assert browser.status == 422
    assert browser.value("words") == "不明"
    assert "outage" in browser.errors()
    check(browser, outage="5")
    assert browser.errors() == {"": "Say at least of one thing how badly it is affected."}


def test_it_speaks_the_readers_language(cast: Cast, case: Incident) -> None:
    browser = check(form_of(page(cast, language="zh-hant"), case), **CORE_CI)
    outcome = browser.section("將有何後果")
    assert "第三級事件（重大）" in outcome
    assert "第 2 條" in outcome
    assert "incident level" not in outcome


def test_it_looks_at_a_case_under_two_laws_side_by_side(cast: Cast, case: Incident) -> None:
    Coverage.objects.create(organisation=case.owner, regime="EU-NIS2", entity_type="ESSENTIAL")
    browser = check(form_of(page(cast), case, "EU-NIS2"), fact__severe_disruption="on")
    assert "significant under NIS2" in browser.section("What would follow")
    assert "Art. 23(3)(a)" in browser.section("What would follow")
    assert "new" in browser.section("What would follow")
    record(browser)
    check(form_of(browser, case), **CORE_CI)
    record(browser)
    assert browser.has("significant under NIS2", "incident level 3 (major)", "their levels are not compared")
    taiwan = set(case.obligations.filter(regime="TW").values_list("duty", flat=True))
    union = set(case.obligations.filter(regime="EU-NIS2").values_list("duty", flat=True))
    assert {"early_warning", "notification"} <= union
    assert {"report", "contain"} <= taiwan


def test_it_knows_only_laws_that_cover_the_organisation(cast: Cast, case: Incident) -> None:
    assert form_of(page(cast), case, "EU-NIS2").status == 404
    assert form_of(page(cast), case, "XX").status == 404


def test_it_does_not_record_over_somebody_elses_change(cast: Cast, case: Incident) -> None:
    mine = check(form_of(page(cast), case), **CORE_CI)
    theirs = check(form_of(page(cast), case), cell__integrity__core="minor")
    record(theirs)
    record(mine)
    assert mine.status == 422
    assert case.classifications.current().get().basis.impacts[0].dimension == "integrity"
    check(mine)
    record(mine)
    assert case.classifications.current().get().rank == 3


def test_it_lets_only_handlers_classify(cast: Cast, case: Incident) -> None:
    for who in ("auditor", "constituent", "city"):
        assert form_of(page(cast, who), case).status == 403
    overview = page(cast, "auditor").get(f"/incidents/{case.public_id}/classification/")
    assert "Classify" not in [link.get_text() for link in overview.page.find_all("a")]


def test_it_shows_an_organisation_its_own_level_and_reasons(cast: Cast, case: Incident) -> None:
    own = page(cast, "constituent").get(f"/my/cases/{case.public_id}/")
    assert "incident level 2" in own.section("How serious it was found to be")
    browser = check(form_of(page(cast), case), words="僅供承辦參考", **CORE_CI)
    record(browser)
    own.get(own.at)
    said = own.section("How serious it was found to be")
    assert "incident level 3 (major)" in said
    assert "Art. 2" in said
    assert "僅供承辦參考" not in own.text(), "what officers write for each other stays with them"


def test_it_shows_other_participants_no_level(cast: Cast) -> None:
    case = opened(cast, reported(cast, level=3), addresses="203.0.113.66")
    tell(cast, case)
    for who, shown in (("hoster", False), ("reviewer", True)):
        own = page(cast, who).get(f"/my/cases/{case.public_id}/")
        assert own.status == 200
        assert ("incident level 3" in own.text()) == shown, who


def test_it_keeps_the_moment_of_awareness_as_the_law_that_governs(cast: Cast, noon: datetime) -> None:
    old = opened(cast, reported(cast, "city", level=1), aware_at=datetime.fromisoformat("2026-01-04T23:59+08:00"))
    browser = form_of(page(cast), old)
    assert browser.value("cell-confidentiality-sensitive") == ""
    assert browser.has("regulation of 2021")
    check(browser, cell__confidentiality__sensitive="serious")
    assert "incident level 4" in browser.section("What would follow")
