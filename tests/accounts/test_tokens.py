"""Keys for programs: shown once, kept as a digest, narrowed to scopes, for a while, never more than their person."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from tests.conftest import NOON, Cast
from tests.pages import Browser
from tongbao.accounts.actions import issue_token, revoke_token
from tongbao.accounts.models import ApiToken
from tongbao.accounts.queries import token_of
from tongbao.journal.models import JournalEntry
from tongbao.kernel import clock
from tongbao.kernel.refusals import Forbidden, Invalid, NotFound, SignInNeeded
from tongbao.parties.actions import seats
from tongbao.parties.models import Seat, Tenure
from tongbao.parties.standing import actor_of
from tongbao.policy.can import Can

pytestmark = pytest.mark.usefixtures("noon")


def issued(cast: Cast, who: str = "constituent", **change: Any) -> tuple[ApiToken, str]:
    given: dict[str, Any] = {"label": "feed", "scopes": [Can.SUBMISSION_CREATE.value], "days": 30}
    return issue_token(actor=getattr(cast, who), **given | change)


def test_it_shows_a_new_key_once(cast: Cast) -> None:
    owner = Browser(cast.browser("constituent")).get("/keys/")
    owner.send(owner.form(field="label"), label="每小時送出偵測結果", days="30", scopes=[Can.SUBMISSION_CREATE.value])
    bearer = owner.page.find(id="bearer").get_text()  # type: ignore[union-attr]
    assert owner.has("The new key, shown only now:", "每小時送出偵測結果")
    assert owner.response.headers["Cache-Control"].startswith("max-age=0")
    assert Client().get("/api/me", headers={"Authorization": f"Bearer {bearer}"}).status_code == 200
    assert bearer not in owner.get("/keys/").response.content.decode()
    owner.send(owner.form("/revoke/"))
    assert owner.has("The key no longer works.", "revoked")
    assert Client().get("/api/me", headers={"Authorization": f"Bearer {bearer}"}).status_code == 401


def test_it_keeps_nothing_that_opens_the_door(cast: Cast) -> None:
    token, bearer = issued(cast)
    secret = bearer.split("_", 2)[2]
    kept = " ".join(str(value) for value in ApiToken.objects.filter(pk=token.pk).values_list()[0])
    assert secret not in kept
    assert not JournalEntry.objects.filter(text__contains=secret).exists()
    assert len(token.digest) == 64


@pytest.mark.parametrize(
    "broken", ["tb_", "tb__", "xx_{id}_{secret}", "tb_{id}", "tb_{id}_", "tb_{id}_{secret}x", "", "tb_%_x"]
)
def test_it_opens_to_no_other_text(broken: str, cast: Cast) -> None:
    token, bearer = issued(cast)
    assert token_of(bearer) == token
    assert token_of(broken.format(id=token.public_id, secret=bearer.split("_", 2)[2])) is None


def test_it_ends_at_its_hour(cast: Cast) -> None:
    _, bearer = issued(cast, days=1)
    with clock.at(NOON + timedelta(days=1) - timedelta(seconds=1)):
        assert token_of(bearer)
    with clock.at(NOON + timedelta(days=1)):
        assert token_of(bearer) is None


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"label": "  "}, "label"),
        ({"label": "x" * 121}, "label"),
        ({"label": "a\0b"}, "label"),
        ({"scopes": []}, "scopes"),
        ({"scopes": [Can.INCIDENT_READ.value]}, "scopes"),
        ({"scopes": ["everything"]}, "scopes"),
        ({"days": 0}, "days"),
        ({"days": 367}, "days"),
    ],
)
def test_it_says_what_is_wrong_with_a_key(change: dict[str, Any], field: str, cast: Cast) -> None:
    with pytest.raises(Invalid) as refused:
        issued(cast, **change)
    assert refused.value.problems[0].path == field
    assert not ApiToken.objects.exists()


def test_it_keeps_what_was_typed_when_a_key_is_refused(cast: Cast) -> None:
    owner = Browser(cast.browser("constituent")).get("/keys/")
    owner.send(owner.form(field="label"), label="feed", days="900", scopes=[Can.SUBMISSION_CREATE.value])
    assert owner.status == 422
    assert "days" in owner.errors()
    assert (owner.value("label"), owner.value("days")) == ("feed", "900")
    assert owner.value("scopes") == Can.SUBMISSION_CREATE.value


def test_it_does_no_more_than_its_scopes(cast: Cast) -> None:
    """An officer's key for reading cases reads cases, and nothing else that the officer may do."""
    _, bearer = issued(cast, "officer", scopes=[Can.INCIDENT_READ.value])
    program = Client(headers={"Authorization": f"Bearer {bearer}"})
    assert program.get("/api/incidents").status_code == 200
    assert program.get("/api/journal").status_code == 403
    body = {"title": "x"}
    assert program.post("/api/incidents", body, content_type="application/json").status_code == 403
    assert JournalEntry.objects.filter(event="access.refused", actor__startswith="token:").count() == 2


def test_it_lets_only_the_owner_revoke(cast: Cast) -> None:
    token, bearer = issued(cast)
    with pytest.raises(NotFound):
        revoke_token(token.public_id, actor=cast.org_admin)
    with pytest.raises(SignInNeeded):
        revoke_token(token.public_id, actor=cast.anonymous)
    assert token_of(bearer)
    first = revoke_token(token.public_id, actor=cast.constituent)
    assert revoke_token(token.public_id, actor=cast.constituent).revoked_at == first.revoked_at
    assert JournalEntry.objects.filter(event="token.revoked").count() == 1


def test_it_issues_no_key_to_somebody_without_a_seat(cast: Cast) -> None:
    from tongbao.parties.models import Tenure

    Tenure.objects.filter(person__user=cast.country.people["stranger"]).update(ends_at=NOON)
    with pytest.raises(Forbidden):
        issued(cast, "stranger")
    assert Browser(cast.browser("stranger")).get("/keys/").status == 403


def test_it_notes_roughly_when_a_key_was_used(cast: Cast) -> None:
    token, bearer = issued(cast)
    program = Client(headers={"Authorization": f"Bearer {bearer}"})
    program.get("/api/me")
    with clock.at(NOON + timedelta(minutes=1)):
        program.get("/api/me")
    token.refresh_from_db()
    assert token.last_used_at == NOON
    with clock.at(NOON + timedelta(minutes=6)):
        program.get("/api/me")
    token.refresh_from_db()
    assert token.last_used_at == NOON + timedelta(minutes=6)


def test_it_signs_nobody_in_on_pages(cast: Cast, noon: datetime) -> None:
    _, bearer = issued(cast)
    response = Client().get("/my/cases/", headers={"Authorization": f"Bearer {bearer}"})
    assert response.headers["Location"].startswith("/account/login/")


def test_it_acts_for_the_organisation_that_it_was_issued_for(cast: Cast) -> None:
    """Somebody with two seats makes a key while acting for one; the key never stands for the other."""
    seat = Seat.objects.get(organisation__code="SUNPOWER", title_en="Security contact")
    _, secret = seats.offer_seat(seat.public_id, name="劉", email="liu@greenhill.example", actor=cast.org_admin)
    _, first = issued(cast, "stranger")
    seats.accept_seat(secret, actor=cast.stranger)
    power = cast.country.organisations["SUNPOWER"]
    there = actor_of(cast.country.people["stranger"], organisation=power.public_id)
    _, second = issue_token(actor=there, label="x", scopes=[Can.SUBMISSION_CREATE.value], days=1)

    def home(bearer: str) -> Any:
        return Client().get("/api/me", headers={"Authorization": f"Bearer {bearer}"}).json()["organisation"]

    bank = cast.country.organisations["GREENHILL"].public_id
    assert (home(first), home(second)) == (bank, power.public_id)
    tenure = Tenure.objects.get(person__user=cast.country.people["stranger"], seat=seat)
    seats.end_tenure(tenure.public_id, actor=cast.org_admin)
    assert (home(first), home(second)) == (bank, None), "nothing is left to act for"
