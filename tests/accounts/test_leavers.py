"""Who leaves loses everything at once: the session, the keys of programs, and what is still on its way."""

from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from tests.conftest import PASSWORD, Cast
from tests.pages import Browser
from tongbao.accounts.actions import issue_token
from tongbao.accounts.models import ApiToken, User
from tongbao.journal.models import JournalEntry
from tongbao.kernel.refusals import NotFound
from tongbao.parties.actions import seats
from tongbao.parties.models import Seat, Tenure
from tongbao.policy.actors import ANONYMOUS
from tongbao.policy.can import Can


def tenure_of(cast: Cast, who: str) -> Tenure:
    return Tenure.objects.get(person__user=cast.country.people[who], ends_at=None)


def key_of(cast: Cast, who: str, *scopes: Can) -> dict[str, str]:
    actor = getattr(cast, who)
    _, bearer = issue_token(actor=actor, label="a program", scopes=[each.value for each in scopes], days=30)
    return {"Authorization": f"Bearer {bearer}"}


def test_it_ends_session_keys_and_offers_with_one_button(cast: Cast, noon: datetime) -> None:
    """The administrator says "has left"; the next request of whatever the person had open fails."""
    browser, key = Browser(cast.browser("constituent")), key_of(cast, "constituent", Can.SUBMISSION_CREATE)
    assert browser.get("/my/cases/").status == 200
    assert Client().get("/api/me", headers=key).status_code == 200
    ciso = Seat.objects.get(organisation__code="SUNPOWER", title_en="CISO")
    _, secret = seats.offer_seat(ciso.public_id, name="張聯絡", email="chang@sunpower.example", actor=cast.org_admin)

    admin = Browser(cast.browser("org_admin")).get("/organisations/own/")
    admin.send(admin.form(f"/tenures/{tenure_of(cast, 'constituent').public_id}/end/"))
    assert admin.has("The seat is free; access has ended at once.")

    assert browser.get("/my/cases/").at.startswith("/account/login/")
    assert Client().get("/api/me", headers=key).status_code == 401
    with pytest.raises(NotFound):
        seats.accept_seat(secret, password="a long enough password", actor=ANONYMOUS)
    back = Browser(cast.browser()).get("/account/login/")
    back.send(back.form(field="login"), login="chang@sunpower.example", password=PASSWORD)
    assert back.get("/my/cases/").at.startswith("/account/login/")
    events = set(JournalEntry.objects.values_list("event", flat=True))
    assert {"tenure.ended", "account.ended", "seat.offer-withdrawn"} <= events


def test_it_mails_a_leaver_no_reset(cast: Cast, noon: datetime, mailoutbox: list[Any]) -> None:
    seats.end_tenure(tenure_of(cast, "constituent").public_id, actor=cast.org_admin)
    visitor = Browser(cast.browser()).get("/account/password/reset/")
    visitor.send(visitor.form(field="email"), email="chang@sunpower.example")
    assert mailoutbox == []


def test_it_lets_no_reset_link_outlive_the_seat(cast: Cast, mailoutbox: list[Any]) -> None:
    from tests.accounts.test_signing_in import reset_link

    link = reset_link(cast, mailoutbox, "chang@sunpower.example")
    seats.end_tenure(tenure_of(cast, "constituent").public_id, actor=cast.org_admin)
    visitor = Browser(cast.browser()).get(link)
    assert not visitor.page.find("input", attrs={"name": "password1"})


def test_it_leaves_somebody_with_another_seat_that_one_only(cast: Cast, noon: datetime) -> None:
    """A handler who was also the ministry's reviewer: the key keeps what the remaining seat may do."""
    reviewer = Seat.objects.get(organisation__code="MOE-E")
    _, secret = seats.offer_seat(reviewer.public_id, name="王承辦", email="wang@nco.example", actor=cast.officer)
    extra = seats.accept_seat(secret, actor=cast.handler)
    key = key_of(cast, "handler", Can.INCIDENT_READ)
    seats.end_tenure(Tenure.objects.get(person__user=cast.country.people["handler"], ends_at=None,
                                        seat__organisation__code="NCO").public_id, actor=cast.officer)  # fmt: skip
    assert User.objects.get(email="wang@nco.example").is_active
    assert ApiToken.objects.get(user__email="wang@nco.example").revoked_at is None
    assert Client().get("/api/notices", headers=key).status_code == 403
    assert Client().get("/api/incidents", headers=key).json()["items"] == []
    assert extra.seat == reviewer


def test_it_frees_the_seat_for_the_next(cast: Cast, noon: datetime) -> None:
    left = seats.end_tenure(tenure_of(cast, "constituent").public_id, actor=cast.org_admin)
    page = Browser(cast.browser("org_admin")).get("/organisations/own/")
    assert page.has("Nobody holds this seat.")
    _, secret = seats.offer_seat(left.seat.public_id, name="新人", email="n@sunpower.example", actor=cast.org_admin)
    taken = seats.accept_seat(secret, password="a long enough password", actor=ANONYMOUS)
    assert taken.seat == left.seat


@pytest.mark.parametrize("who", ["constituent", "stranger", "reviewer", "handler", "auditor"])
def test_it_lets_nobody_else_show_somebody_out(who: str, cast: Cast, noon: datetime) -> None:
    tenure = tenure_of(cast, "org_admin")
    response = cast.browser(who).post(f"/tenures/{tenure.public_id}/end/")
    assert response.status_code in (403, 404)
    tenure.refresh_from_db()
    assert tenure.ends_at is None
