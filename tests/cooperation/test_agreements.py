"""Agreements: made, amended edition by edition, ended; what is in force for whom and when."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.conftest import NOON, Cast
from tests.pages import Browser
from tongbao.cooperation import actions, queries
from tongbao.cooperation.models import Agreement
from tongbao.cooperation.rules import Standing, Terms
from tongbao.journal.models import JournalEntry
from tongbao.kernel import clock
from tongbao.kernel.markings import TLP, Track
from tongbao.kernel.refusals import Conflict, Forbidden, Invalid, NotFound
from tongbao.parties.models import Organisation

pytestmark = pytest.mark.usefixtures("noon")


def terms(**changes: Any) -> Terms:
    given = {"name_zh": "銀行資安協議", "name_en": "Bank agreement", "ceiling": TLP.GREEN}
    return Terms(**given | {"valid_from": date(2026, 11, 1)} | changes)


def made(cast: Cast, code: str = "GREENHILL", **changes: Any) -> Agreement:
    home = Organisation.objects.get(code=code)
    return actions.make_agreement(home.public_id, terms(**changes), actor=cast.liaison)


def test_it_is_made_amended_and_ended_on_the_pages(cast: Cast) -> None:
    page = Browser(cast.browser("liaison")).get("/agreements/").click("New agreement")
    page.send(page.form(), partner="GREENHILL", name_zh="銀行資安協議", name_en="Bank agreement")
    assert "valid_from" in page.errors()
    page.send(page.form(), valid_from="2026-11-01", topics=["incident"], ceiling="1", retention_days="30")
    assert page.has("Bank agreement", "in force", "Green Hill Bank", "incidents", "TLP:GREEN", "Edition 1")
    page.click("Amend")
    page.send(page.form(), ceiling="2")
    assert page.has("TLP:AMBER", "Edition 2")
    held = Agreement.objects.get(name_en="Bank agreement")
    assert [each.number for each in held.editions.all()] == [2, 1]
    page.send(page.form("/end/"), reason="不再續約")
    assert page.has("The agreement has ended.", "不再續約", "ended")
    events = JournalEntry.objects.filter(subject_id=held.public_id).order_by("seq").values_list("event", flat=True)
    assert list(events) == ["agreement.made", "agreement.amended", "agreement.ended"]
    with pytest.raises(Conflict, match="agreement-ended"):
        actions.amend_agreement(held.public_id, terms(), version=2, actor=cast.liaison)


def test_it_lets_nobody_overwrite_what_somebody_else_has_amended(cast: Cast) -> None:
    held = made(cast)
    actions.amend_agreement(held.public_id, terms(ceiling=TLP.AMBER), version=1, actor=cast.liaison)
    with pytest.raises(Conflict, match="changed-meanwhile"):
        actions.amend_agreement(held.public_id, terms(), version=1, actor=cast.officer)
    same = actions.amend_agreement(held.public_id, terms(ceiling=TLP.AMBER), version=2, actor=cast.officer)
    assert same.version == 2, "the same terms are no new edition"


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"name_en": ""}, "name_en"),
        ({"ceiling": 9}, "ceiling"),
        ({"track": Track.NATIONAL_SECURITY.value}, "track"),
        ({"topics": ("nonsense",)}, "topics"),
        ({"categories": ("nonsense",)}, "categories"),
        ({"retention_days": 0}, "retention_days"),
        ({"valid_until": date(2026, 10, 31)}, "valid_until"),
        ({"caveats": "x" * 4001}, "caveats"),
    ],
)
def test_it_refuses_terms_that_do_not_hold_together(changes: dict[str, Any], path: str, cast: Cast) -> None:
    with pytest.raises(Invalid) as refused:
        made(cast, **changes)
    assert [each.path for each in refused.value.problems] == [path]


def test_it_holds_on_its_own_days_in_the_zone_of_the_office(cast: Cast) -> None:
    """Both days count, from midnight in Taipei."""
    held = made(cast, valid_from=date(2026, 11, 10), valid_until=date(2026, 11, 20))
    key = held.partner_id
    midnight = datetime(2026, 11, 9, 16, 0, tzinfo=UTC)
    for moment, standing in (
        (midnight - timedelta(seconds=1), Standing.FUTURE),
        (midnight, Standing.FORCE),
        (midnight + timedelta(days=11, seconds=-1), Standing.FORCE),
        (midnight + timedelta(days=11), Standing.EXPIRED),
    ):
        assert held.standing_at(moment) is standing
        assert (key in queries.in_force([key], moment)) is (standing is Standing.FORCE)


def test_it_ends_at_a_moment(cast: Cast) -> None:
    held = made(cast)
    with clock.at(NOON + timedelta(hours=1)):
        actions.end_agreement(held.public_id, reason="x", actor=cast.officer)
    assert held.partner_id in queries.in_force([held.partner_id], NOON + timedelta(minutes=59))
    assert queries.in_force([held.partner_id], NOON + timedelta(hours=1)) == {}


def test_it_reads_what_is_in_force_for_many_in_one_query(cast: Cast) -> None:
    made(cast)
    made(cast, ceiling=TLP.AMBER)
    keys = list(Organisation.objects.values_list("pk", flat=True))
    with CaptureQueriesContext(
        connection,
    ) as asked:
        found = queries.in_force(keys, NOON)
    assert len(asked) == 1
    bank = Organisation.objects.get(code="GREENHILL").pk
    assert [pact.ceiling for pact in found[bank]] == [TLP.AMBER, TLP.GREEN], "the widest first"


def test_it_is_seen_by_its_partner_and_by_no_other(cast: Cast) -> None:
    held = made(cast)
    own = Browser(cast.browser("stranger")).get("/my/sharing/").click("Bank agreement")
    assert own.has("Bank agreement", "TLP:GREEN")
    for who in ("partner", "constituent", "bureau"):
        assert Browser(cast.browser(who)).get(f"/my/agreements/{held.public_id}/").status == 404
        assert not Browser(cast.browser(who)).get("/my/sharing/").has("Bank agreement")
    assert Browser(cast.browser("partner")).get("/my/sharing/").has("Information exchange with CSIRT Arcadia")
    assert Browser(cast.browser("stranger")).get("/agreements/").status == 403


def test_it_hides_those_of_the_other_track(cast: Cast) -> None:
    hidden = Agreement.objects.get(track=Track.NATIONAL_SECURITY)
    assert not Browser(cast.browser("officer")).get("/agreements/").has("Memorandum")
    assert Browser(cast.browser("officer")).get(f"/agreements/{hidden.public_id}/").status == 404
    assert Browser(cast.browser("bureau")).get("/my/sharing/").has("Memorandum")
    with pytest.raises(NotFound):
        actions.end_agreement(hidden.public_id, reason="x", actor=cast.officer)


@pytest.mark.parametrize("who", ["handler", "auditor", "analyst", "admin"])
def test_it_is_made_by_role(who: str, cast: Cast) -> None:
    home = Organisation.objects.get(code="GREENHILL").public_id
    actor = cast.auditor if who == "analyst" else getattr(cast, who)
    with pytest.raises(Forbidden):
        actions.make_agreement(home, terms(), actor=actor)
