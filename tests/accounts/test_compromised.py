"""An organisation whose own systems are in other hands: mail there proves nothing, and what went there is void."""

from datetime import datetime
from typing import Any

import pytest

from tests.accounts.test_signing_in import reset_link
from tests.conftest import PASSWORD, Cast
from tests.pages import Browser
from tests.web import filled
from tongbao.accounts.models import User
from tongbao.incidents.actions import notify, triage
from tongbao.incidents.actions.triage import IncidentDraft
from tongbao.journal.models import JournalEntry
from tongbao.kernel.markings import TLP
from tongbao.kernel.refusals import Forbidden, NotFound
from tongbao.notices import delivery, links
from tongbao.notices.models import Delivery, Receipt
from tongbao.parties.actions import contacts, organisations, seats
from tongbao.parties.models import Organisation, Seat
from tongbao.policy.actors import ANONYMOUS


def power() -> Organisation:
    return Organisation.objects.get(code="SUNPOWER")


def seat() -> Seat:
    return Seat.objects.get(organisation__code="SUNPOWER", title_en="Security contact")


def mark(cast: Cast, *, compromised: bool = True, reason: str = "郵件伺服器遭入侵") -> None:
    organisations.mark_compromised(power().public_id, compromised=compromised, reason=reason, actor=cast.officer)


def out_of_band(cast: Cast) -> None:
    added = contacts.add_contact(
        seat().public_id, kind="email", address="chang@private.example", out_of_band=True, actor=cast.org_admin
    )
    contacts.verify_contact(added.public_id, how="當面確認", actor=cast.officer)


def told(cast: Cast) -> Receipt:
    """The power company's receipt of a notice on a case of its own."""
    incident = triage.open_incident(IncidentDraft(title="案件", tlp=TLP.GREEN), actor=cast.officer)
    choice = notify.Choice(power().public_id, seat().public_id, "information", added="請知悉")
    notify.tell(incident.public_id, notify.Telling(choices=(choice,)), version=1, actor=cast.officer)
    return Receipt.objects.get(organisation=power())


class Server:
    """A mail server that remembers whom it was asked to reach."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def mail(self, sender: str) -> tuple[int, bytes]:
        return 250, b"ok"

    def rcpt(self, to: str) -> tuple[int, bytes]:
        self.asked.append(to)
        return 250, b"ok"

    def data(self, content: bytes) -> tuple[int, bytes]:
        return 250, b"taken"

    def rset(self) -> None: ...
    def ehlo_or_helo_if_needed(self) -> None: ...

    def has_extn(self, name: str) -> bool:
        return False

    def quit(self) -> None: ...


def send() -> list[str]:
    server: Any = Server()
    delivery.send_due(connect=lambda: server)
    return list(server.asked)


def test_it_is_marked_and_trusted_again_on_its_page(cast: Cast, noon: datetime) -> None:
    officer = Browser(cast.browser("officer")).get(f"/organisations/{power().public_id}/")
    officer.send(officer.form("/compromised/"), reason=" ")
    assert officer.errors()["reason"].endswith("This is needed.")
    officer.send(officer.form("/compromised/"), reason="郵件伺服器遭入侵")
    assert officer.has("compromised", "郵件伺服器遭入侵")
    assert power().compromised_at == noon
    officer.send(officer.form("/compromised/"), reason="已重建並更換憑證")
    assert power().compromised_at is None
    assert not officer.has("郵件伺服器遭入侵")
    facts = JournalEntry.objects.filter(event="organisation.compromised").order_by("seq")
    assert ['"compromised":true' in each.text for each in facts] == [True, False]


@pytest.mark.parametrize("who", ["org_admin", "constituent", "stranger", "handler", "auditor"])
def test_it_is_for_duty_officers_and_administrators_to_say(who: str, cast: Cast, noon: datetime) -> None:
    with pytest.raises((Forbidden, NotFound)):
        organisations.mark_compromised(power().public_id, compromised=True, reason="x", actor=getattr(cast, who))
    assert power().compromised_at is None


def test_it_resets_no_password_by_mail(cast: Cast, noon: datetime, mailoutbox: list[Any]) -> None:
    """Nor by a link that was mailed an hour before."""
    link = reset_link(cast, mailoutbox, "chang@sunpower.example")
    mark(cast)
    visitor = Browser(cast.browser()).get("/account/password/reset/")
    visitor.send(visitor.form(field="email"), email="chang@sunpower.example")
    assert visitor.at == "/account/password/reset/done/", "whoever asks learns nothing"
    assert len(mailoutbox) == 1
    attacker = Browser(cast.browser()).get(link)
    assert not attacker.page.find("input", attrs={"name": "password1"})
    assert User.objects.get(email="chang@sunpower.example").check_password(PASSWORD)
    mark(cast, compromised=False)
    assert Browser(cast.browser()).get(link).page.find("input", attrs={"name": "password1"})


def test_it_stops_a_reset_that_is_half_done(cast: Cast, noon: datetime, mailoutbox: list[Any]) -> None:
    attacker = Browser(cast.browser()).get(reset_link(cast, mailoutbox, "chang@sunpower.example"))
    form = attacker.form(field="password1")
    mark(cast)
    attacker.post(attacker.at, filled(form) | {"password1": "taken over!!", "password2": "taken over!!"})
    assert User.objects.get(email="chang@sunpower.example").check_password(PASSWORD)


def test_it_sends_notices_out_of_band_only(cast: Cast, noon: datetime) -> None:
    out_of_band(cast)
    mark(cast)
    told(cast)
    assert send() == ["chang@private.example"]
    inbox = Browser(cast.browser("constituent")).get("/my/inbox/")
    assert inbox.links("National Coordination Office"), "the portal's inbox still reaches who can sign in"


def test_it_tells_the_officer_to_call_when_nothing_else_is_left(cast: Cast, noon: datetime) -> None:
    incident = triage.open_incident(IncidentDraft(title="案件", level=3, owner=power().public_id), actor=cast.officer)
    mark(cast)
    page = Browser(cast.browser("officer")).get(f"/incidents/{incident.public_id}/tell/")
    assert page.has("no verified address: reached through the inbox only, call by telephone")


def test_it_holds_back_mail_that_was_already_waiting(cast: Cast, noon: datetime, settings: Any) -> None:
    """Written while the server was away, marked compromised before it came back."""
    settings.EMAIL_BACKEND = "tongbao.notices.outbox.Outbox"
    visitor = Browser(cast.browser()).get("/account/password/reset/")
    visitor.send(visitor.form(field="email"), email="huang@sunpower.example")
    receipt = told(cast)
    assert Delivery.objects.filter(state="due").count() == 2
    mark(cast)
    assert send() == []
    assert set(Delivery.objects.values_list("state", "reply")) == {("failed", "organisation marked compromised")}
    letter = Delivery.objects.exclude(letter=None).get().letter
    assert letter is not None
    assert letter.body == "", "the reset link is not kept"
    page = Browser(cast.browser("officer")).get(f"/console/notices/{receipt.notice.public_id}/")
    assert page.has("could not be delivered", "organisation marked compromised")


def test_it_trusts_no_link_that_went_there(cast: Cast, noon: datetime) -> None:
    link = f"/a/{links.token(told(cast))}"
    assert Browser(cast.browser()).get(link).status == 200
    mark(cast)
    attacker = Browser(cast.browser()).get(link)
    assert attacker.status == 404
    attacker.post(link, {"answer": "received"})
    assert attacker.status == 404
    assert Receipt.objects.get(organisation=power()).answered_at is None


def test_it_takes_an_answer_through_a_link_that_went_out_of_band(cast: Cast, noon: datetime) -> None:
    out_of_band(cast)
    mark(cast)
    link = f"/a/{links.token(told(cast))}"
    visitor = Browser(cast.browser()).get(link)
    visitor.send(visitor.form(field="answer"), answer="received")
    assert visitor.has("Your answer has been recorded.")


def test_it_withdraws_the_invitations_that_went_there(cast: Cast, noon: datetime, mailoutbox: list[Any]) -> None:
    _, secret = seats.offer_seat(seat().public_id, name="甲", email="a@sunpower.example", actor=cast.org_admin)
    mark(cast)
    with pytest.raises(NotFound):
        seats.accept_seat(secret, password="a long enough password", actor=ANONYMOUS)
    assert JournalEntry.objects.filter(event="seat.offer-withdrawn").count() == 1
    officer = Browser(cast.browser("officer")).get(f"/organisations/{power().public_id}/")
    officer.send(officer.form(f"/seats/{seat().public_id}/offers/"), name="乙", email="b@private.example")
    assert officer.has("The link was not sent by mail, because others may read it.")
    assert mailoutbox == []
    link = officer.page.find(id="invitation").get_text()  # type: ignore[union-attr]
    assert Browser(cast.browser()).get(link.removeprefix("http://127.0.0.1:8000")).has("Welcome, 乙")
