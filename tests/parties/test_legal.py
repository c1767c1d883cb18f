"""How the law stands to an organisation: its responsibility level, and the further laws that cover it."""

from typing import Any

import pytest

from tests.conftest import Cast
from tests.pages import Browser
from tests.stories import handle, opened, reported
from tongbao.journal.models import JournalEntry
from tongbao.kernel.refusals import Conflict, Forbidden, Invalid, NotFound
from tongbao.parties.actions.organisations import place_under_law
from tongbao.parties.models import Organisation

pytestmark = pytest.mark.usefixtures("noon")


def page(cast: Cast, who: str = "officer", language: str = "en", code: str = "SUNPOWER") -> Browser:
    organisation = Organisation.objects.get(code=code)
    return Browser(cast.browser(who, language)).get(f"/organisations/{organisation.public_id}/law/")


def place(cast: Cast, who: str = "officer", **wanted: Any) -> Organisation:
    home = Organisation.objects.get(code=wanted.pop("code", "SUNPOWER"))
    wanted = {"responsibility_level": "", "coverages": {}, "version": home.version} | wanted
    return place_under_law(home.public_id, actor=getattr(cast, who), **wanted)


def test_it_says_how_the_law_stands_to_an_organisation(cast: Cast) -> None:
    browser = page(cast)
    browser.send(browser.form(field="responsibility_level"), responsibility_level="A", coverages__EU__NIS2="ESSENTIAL")
    assert browser.has("responsibility level A (highest)", "European Union, NIS2 Directive", "essential entity")
    home = Organisation.objects.get(code="SUNPOWER")
    assert (home.responsibility_level, home.version) == ("A", 2)
    assert page(cast).value("coverages-EU-NIS2") == "ESSENTIAL"
    assert JournalEntry.objects.filter(event="organisation.edited", subject_id=home.public_id).count() == 1
    own = Browser(cast.browser("org_admin", "zh-hant")).get(f"/organisations/{home.public_id}/")
    assert own.has("責任等級 A 級（最高）"), "an organisation reads how it stands"


def test_it_offers_levels_by_their_full_names(cast: Cast) -> None:
    options = [each.get_text() for each in page(cast).page.select("select[name=responsibility_level] option")]
    assert options[:2] == ["not graded", "responsibility level A (highest)"]
    assert not any(each in {"A", "B"} for each in options)


def test_it_brings_the_duties_of_open_cases_along(cast: Cast) -> None:
    case = opened(cast, reported(cast, level=3))
    assert set(case.obligations.values_list("regime", flat=True)) == {"TW"}
    place(cast, coverages={"EU-NIS2": "ESSENTIAL"})
    handle()
    assert "review" in set(case.obligations.filter(regime="TW").values_list("duty", flat=True))
    browser = Browser(cast.browser("officer")).get(f"/incidents/{case.public_id}/classification/")
    assert browser.has("European Union, NIS2 Directive", "Not assessed yet")
    browser.get(f"/incidents/{case.public_id}/classification/EU-NIS2/")
    browser.send(browser.form(field="words"), fact__considerable_damage="on")
    form = browser.form(field="words")
    button = form.find("button", formaction=True)
    assert button is not None
    form["action"] = button["formaction"]
    browser.send(form)
    assert case.obligations.unsettled().filter(regime="EU-NIS2", duty="notification").exists()
    place(cast, coverages={})
    handle()
    assert not case.obligations.unsettled().filter(regime="EU-NIS2").exists()
    assert case.obligations.filter(regime="EU-NIS2", state="superseded").exists()


@pytest.mark.parametrize(
    ("wanted", "path"),
    [
        ({"responsibility_level": "F"}, "responsibility_level"),
        ({"coverages": {"EU-NIS2": "VITAL"}}, "coverages.EU-NIS2"),
        ({"coverages": {"TW": "GOV"}}, "coverages.TW"),
        ({"coverages": {"XX": "GOV"}}, "coverages.XX"),
    ],
)
def test_it_refuses_what_no_profile_knows(cast: Cast, wanted: dict[str, Any], path: str) -> None:
    with pytest.raises(Invalid) as refusal:
        place(cast, **wanted)
    assert [each.path for each in refusal.value.problems] == [path]


def test_it_is_for_the_office_alone(cast: Cast) -> None:
    with pytest.raises(Forbidden):
        place(cast, "org_admin", responsibility_level="A")
    with pytest.raises(NotFound):
        place(cast, "org_admin", code="HARBOUR")
    assert page(cast, "org_admin").status == 403
    assert "Under the law" not in page(cast, "org_admin").get("../").text()


def test_it_does_not_overwrite_somebody_elses_change(cast: Cast) -> None:
    place(cast, responsibility_level="B")
    with pytest.raises(Conflict):
        place(cast, responsibility_level="A", version=1)
    before = JournalEntry.objects.count()
    place(cast, responsibility_level="B")
    assert JournalEntry.objects.count() == before, "a repeat changes nothing"
