"""Nobody signs up: people are invited to a seat, by a link that works once and for a week."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail

from tests.conftest import NOON, PASSWORD, Cast
from tests.pages import Browser
from tongbao.accounts.models import Invitation, User
from tongbao.accounts.steps import INVITATION_HOLDS
from tongbao.journal.models import JournalEntry
from tongbao.kernel import clock
from tongbao.kernel.refusals import Conflict
from tongbao.parties.actions import organisations, seats
from tongbao.parties.actions.organisations import OrganisationDraft
from tongbao.parties.models import Offer, Seat, Tenure

NEW = "chao@sunpower.example"
GOOD = "a long enough password"


def power_seat() -> Seat:
    return Seat.objects.get(organisation__code="SUNPOWER", title_en="Security contact")


def invited(cast: Cast, email: str = NEW, who: str = "org_admin") -> str:
    """The address of the link that invites somebody to the power company's seat."""
    _, secret = seats.offer_seat(power_seat().public_id, name="趙新人", email=email, actor=getattr(cast, who))
    return f"/invitation/{secret}/"


def accept(link: str, browser: Browser, password: str = GOOD, again: str | None = None) -> Browser:
    browser.get(link)
    return browser.send(browser.form(field="password"), password=password, again=password if again is None else again)


def test_it_invites_by_mail_in_both_languages(cast: Cast, noon: datetime, mailoutbox: list[Any]) -> None:
    admin = Browser(cast.browser("org_admin")).get("/organisations/own/")
    form = admin.form(f"/seats/{power_seat().public_id}/offers/")
    admin.send(form, name="趙新人", email=NEW)
    assert admin.has("趙新人 is invited", "The link was sent by mail")
    (letter,) = mailoutbox
    assert letter.to == [NEW]
    assert "席位" in letter.body
    assert "accept it here" in letter.body.lower()
    link = next(word for word in letter.body.split() if word.startswith("http"))
    assert Browser(cast.browser()).get(link.removeprefix("http://127.0.0.1:8000")).has("Welcome, 趙新人")


def test_it_lets_the_invited_in_once(cast: Cast, noon: datetime) -> None:
    link, guest = invited(cast), Browser(cast.browser())
    assert accept(link, guest).at == "/account/login/"
    assert guest.has("The seat is yours.")
    guest.send(guest.form(field="login"), login=NEW, password=GOOD)
    assert guest.get("/my/cases/").status == 200
    assert guest.get("/organisations/own/").has("Sunlight Power Company")
    again = Browser(cast.browser()).get(link)
    assert again.status == 404
    again.post(link, {"password": "another long password", "again": "another long password"})
    assert again.status == 404
    assert User.objects.get(email=NEW).check_password(GOOD)
    assert Tenure.objects.filter(person__user__email=NEW).count() == 1


def test_it_says_the_same_of_every_link_that_does_not_work(cast: Cast, noon: datetime) -> None:
    used, lapsed = invited(cast), invited(cast, "late@sunpower.example")
    withdrawn = invited(cast, "never@sunpower.example")
    accept(used, Browser(cast.browser()))
    seats.withdraw_offer(Offer.objects.get(invitation__email="never@sunpower.example").public_id, actor=cast.org_admin)
    Invitation.objects.filter(email="late@sunpower.example").update(expires_at=NOON)
    visitor = Browser(cast.browser())
    said = set()
    for link in (used, lapsed, withdrawn, "/invitation/forged/", f"/invitation/{'x' * 300}/", "/invitation/%00/"):
        assert visitor.get(link).status == 404, link
        said.add(visitor.text())
    assert len(said) == 1


def test_it_holds_for_a_week(cast: Cast, noon: datetime) -> None:
    link = invited(cast)
    with clock.at(NOON + INVITATION_HOLDS - timedelta(seconds=1)):
        assert Browser(cast.browser()).get(link).status == 200
    with clock.at(NOON + INVITATION_HOLDS):
        assert Browser(cast.browser()).get(link).status == 404


@pytest.mark.parametrize(
    ("password", "again", "field", "said"),
    [
        (GOOD, "another long password", "again", "The two passwords differ."),
        ("short", None, "password", "at least 12 characters"),
        ("qwerty123456", None, "password", "too common"),
        (f"{NEW} x", None, "password", "too similar"),
        ("", None, "password", "This is needed."),
    ],
)
def test_it_takes_no_weak_password(
    password: str, again: str | None, field: str, said: str, cast: Cast, noon: datetime
) -> None:
    link, guest = invited(cast), Browser(cast.browser())
    accept(link, guest, password, again)
    assert guest.status == 422
    assert said.lower() in guest.errors()[field].lower()
    assert not User.objects.filter(email=NEW).exists()
    accept(link, guest)
    assert User.objects.filter(email=NEW).exists()


def test_it_never_writes_a_password_back_into_the_page(cast: Cast, noon: datetime) -> None:
    guest = accept(invited(cast), Browser(cast.browser()), GOOD, "something else entirely")
    assert GOOD not in guest.response.content.decode()


def test_it_asks_somebody_with_an_account_to_sign_in(cast: Cast, noon: datetime) -> None:
    """The link alone is not enough to act in the name of an account that exists."""
    link = invited(cast, "liu@greenhill.example")
    stranger = Browser(cast.browser())
    assert stranger.get(link).has("There is an account with the address liu@greenhill.example already.")
    assert not stranger.forms()
    stranger.post(link, {"password": "stolen password!", "again": "stolen password!"})
    assert stranger.has("There is an account with this address: sign in to it, then open the link again.")
    other = Browser(cast.browser("constituent")).get(link)
    assert other.has("Sign in to it, then open this link again.")
    owner = Browser(cast.browser("stranger")).get(link)
    owner.send(owner.form())
    assert owner.has("The seat is yours.")
    assert User.objects.get(email="liu@greenhill.example").check_password(PASSWORD)


def test_it_keeps_no_secret(cast: Cast, noon: datetime) -> None:
    link = invited(cast)
    secret = link.split("/")[2]
    kept = Invitation.objects.get(email=NEW)
    assert secret not in f"{kept.digest} {kept.public_id}"
    assert not JournalEntry.objects.filter(text__contains=secret).exists()
    assert not JournalEntry.objects.filter(text__contains=NEW).exists()


def test_it_invites_nobody_into_an_organisation_that_is_not_enrolled(cast: Cast, noon: datetime) -> None:
    """The officer records first how the administrator was checked out of band; that is shown to the office only."""
    draft = OrganisationDraft(code="NEWCO", name_zh="新創公司", name_en="New Company", kind="company")
    made = organisations.create_organisation(draft, actor=cast.officer)
    seat = seats.create_seat(
        made.public_id, title_zh="資安長", title_en="CISO", roles=["organisation-admin"], actor=cast.officer
    )
    with pytest.raises(Conflict, match="not-enrolled"):
        seats.offer_seat(seat.public_id, name="甲", email="a@new.example", actor=cast.officer)
    officer = Browser(cast.browser("officer")).get(f"/organisations/{made.public_id}/")
    assert officer.has("listed, not enrolled")
    officer.send(officer.form(f"/seats/{seat.public_id}/offers/"), name="甲", email="a@new.example")
    assert officer.status == 422
    assert "not enrolled yet" in officer.errors()[""]
    assert officer.value("email") == "a@new.example"
    officer.send(officer.form("/enrol/"), check_made="x")
    assert "whom you called" in officer.text()
    checked = "致電商業登記電話 02-5555-0100，與資安長本人確認"
    officer.send(officer.form("/enrol/"), check_made=checked)
    assert officer.has("The organisation is enrolled.", checked)
    officer.send(officer.form(f"/seats/{seat.public_id}/offers/"), name="甲", email="a@new.example")
    link = officer.page.find(id="invitation").get_text()  # type: ignore[union-attr]
    accept(link.removeprefix("http://127.0.0.1:8000"), Browser(cast.browser()))
    guest = Browser(cast.browser())
    guest.get("/account/login/")
    guest.send(guest.form(field="login"), login="a@new.example", password=GOOD)
    assert guest.get("/organisations/own/").has("New Company")
    assert not guest.has(checked)
    assert JournalEntry.objects.filter(event="organisation.enrolled", subject_id=made.public_id).count() == 1


def test_it_sends_the_mail_through_the_products_own_outbox(cast: Cast, noon: datetime, settings: Any) -> None:
    """A mail server that is away loses no invitation: it waits as a row like any notice."""
    from tongbao.notices.models import Delivery

    settings.EMAIL_BACKEND = "tongbao.notices.outbox.Outbox"
    admin = Browser(cast.browser("org_admin")).get("/organisations/own/")
    admin.send(admin.form(f"/seats/{power_seat().public_id}/offers/"), name="趙新人", email=NEW)
    waiting = Delivery.objects.get(address=NEW)
    assert waiting.letter is not None
    assert "/invitation/" in waiting.letter.body
    assert not mail.outbox


def test_it_lets_somebody_with_seats_in_two_organisations_choose(cast: Cast, noon: datetime) -> None:
    """One acts for one organisation at a time, and sees what that one sees."""
    link = invited(cast, "liu@greenhill.example")
    person = Browser(cast.browser("stranger"))
    assert person.get("/organisations/own/").has("Green Hill Bank")
    assert not person.has("You act for"), "nothing to choose"
    person.send(person.get(link).form())
    assert person.has("You act for", "Sunlight Power Company", "Act for Green Hill Bank"), "the new one comes first"
    power, greenhill = (cast.country.organisations[each].public_id for each in ("SUNPOWER", "GREENHILL"))
    person.send(person.form(f"/organisations/{greenhill}/act/"))
    assert person.section("You act for").startswith("You act for Green Hill Bank")
    assert person.post(f"/organisations/{power}/act/").section("You act for").startswith("You act for Sunlight")
    later = Browser(cast.browser("stranger")).get("/organisations/own/")
    assert later.section("You act for").startswith("You act for Green Hill Bank"), "a new sign-in begins with the first"


def test_it_lets_nobody_act_for_an_organisation_without_a_seat_there(cast: Cast, noon: datetime) -> None:
    office = cast.country.organisations["NCO"].public_id
    person = Browser(cast.browser("constituent"))
    for hidden in (office, "none"):
        assert person.post(f"/organisations/{hidden}/act/").status == 404
    session = person.client.session
    session["organisation"] = office
    session.save()
    assert person.get("/console/").status == 403, "nor by whatever stands in the session"
    assert person.get("/organisations/own/").has("Sunlight Power Company")
