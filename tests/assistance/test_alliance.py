"""The public-private alliance: applied for, vetted, signed, left."""

from datetime import date

import pytest

from tests.conftest import Cast
from tests.pages import Browser
from tongbao.assistance.actions import membership
from tongbao.assistance.models import Membership
from tongbao.kernel.refusals import Conflict, Forbidden, Invalid, NotFound

pytestmark = pytest.mark.usefixtures("noon")


def test_it_takes_a_company_in_and_lets_it_go_on_the_pages(cast: Cast) -> None:
    own = Browser(cast.browser("org_admin")).get("/my/helping/").click("Public-private alliance")
    own.send(own.form(field="statement"), statement="A power company with a laboratory")
    assert own.has("Your application has been recorded.", "applied")
    desk = Browser(cast.browser("liaison")).get("/helping/alliance/?state=applied").click("Sunlight Power")
    desk.send(desk.form("/vet/"), fit="yes", words="Visited")
    desk.send(desk.form("/sign/"), signed_on="2026-12-01")
    assert desk.errors() == {"signed_on": "Signed on: This day is still to come."}
    desk.send(desk.form("/sign/"), signed_on="2026-11-20")
    assert desk.has("member", "Visited")
    own.get("/my/helping/alliance/")
    own.send(own.form("/leave/"), words="The laboratory closes")
    assert own.has("left", "The laboratory closes")
    own.send(own.form(field="statement"), statement="It has opened again")
    assert own.has("applied")
    assert Membership.objects.count() == 2


def test_it_follows_its_steps(cast: Cast) -> None:
    made = membership.apply_for_membership("x", actor=cast.org_admin)
    assert membership.apply_for_membership("y", actor=cast.org_admin) == made, "one at a time"
    with pytest.raises(Conflict, match="membership-not-there"):
        membership.sign_membership(made.public_id, signed_on=date(2026, 11, 1), actor=cast.officer)
    with pytest.raises(Forbidden):
        membership.vet_membership(made.public_id, fit=True, words="x", actor=cast.handler)
    with pytest.raises(NotFound):
        membership.vet_membership(made.public_id, fit=True, words="x", actor=cast.stranger)
    with pytest.raises(Invalid):
        membership.vet_membership(made.public_id, fit=False, words=" ", actor=cast.officer)
    refused = membership.vet_membership(made.public_id, fit=False, words="No laboratory", actor=cast.officer)
    assert refused.ended_at is not None
    with pytest.raises(Conflict, match="membership-not-there"):
        membership.leave_alliance(made.public_id, words="x", actor=cast.org_admin)
    again = membership.apply_for_membership("now with one", actor=cast.org_admin)
    assert again != made
    membership.vet_membership(again.public_id, fit=True, words="x", actor=cast.officer)
    signed = membership.sign_membership(again.public_id, signed_on=date(2026, 11, 1), actor=cast.officer)
    assert membership.sign_membership(again.public_id, signed_on=date(2026, 11, 2), actor=cast.officer).signed_on == (
        signed.signed_on
    )
    with pytest.raises(Forbidden):
        membership.leave_alliance(again.public_id, words="x", actor=cast.constituent)
    assert membership.leave_alliance(again.public_id, words="x", actor=cast.officer).state == "left"
