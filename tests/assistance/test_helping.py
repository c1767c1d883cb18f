"""Help: offered, vetted, asked for in a case, answered, assigned, reported on, released."""

from datetime import date, timedelta

import pytest

from tests.assistance.offers import asked, case, offered, part, vetted
from tests.conftest import Cast
from tests.pages import Browser
from tongbao.assistance.actions import capabilities, helping
from tongbao.assistance.models import Capability, Engagement, HelpRequest
from tongbao.assistance.rules import Step, Terms, Vetting
from tongbao.incidents.models import Incident, LogEntry, Participant
from tongbao.journal.models import JournalEntry
from tongbao.kernel import clock
from tongbao.kernel.markings import TLP
from tongbao.kernel.refusals import Conflict, Forbidden, Invalid, NotFound
from tongbao.notices.models import Notice, Receipt
from tongbao.parties.models import Organisation

pytestmark = pytest.mark.usefixtures("noon")


def test_it_goes_from_an_offer_to_help_in_a_case_and_back_on_the_pages(cast: Cast) -> None:
    """The power company offers forensics; the bank's case needs it."""
    own = Browser(cast.browser("org_admin")).get("/my/helping/").click("Offer help")
    own.send(own.form(field="summary"), kind="forensics", capacity="0")
    assert set(own.errors()) == {"summary"}
    own.send(own.form(field="summary"), kind="forensics", summary="Disk images, two people", capacity="1")
    assert own.has("Thank you. The office looks at it before anybody is asked.", "to be vetted", "0 of 1 busy")

    desk = Browser(cast.browser("liaison")).get("/helping/").click("Digital forensics")
    desk.send(desk.form("/vet/"), fit="yes", words="References called")
    assert desk.has("vetted", "References called")

    incident = case(cast)
    page = Browser(cast.browser("officer")).get(f"/incidents/{incident.public_id}/").click("Ask for help")
    chosen = Capability.objects.get().public_id
    page.send(page.form(field="words"), words="Two servers to be imaged")
    assert set(page.errors()) == {"capabilities_0"}
    page.send(page.form(field="words"), words="Two servers to be imaged", capabilities=chosen)
    assert page.has("Two servers to be imaged", "TLP:AMBER", "asked")

    own.get("/my/helping/").click("Digital forensics")
    assert own.has("Two servers to be imaged")
    assert not own.has("銀行勒索軟體"), "of the case they learn nothing else"
    assert own.get(f"/my/cases/{incident.public_id}/").status == 404
    own.get("/my/helping/").click("Digital forensics")
    own.send(own.form(field="offers"), offers="yes", words="Two people from tomorrow")
    assert own.has("Your answer has been recorded.", "offers to help")

    page.get(page.at)
    page.send(page.form("/assign/"))
    assert page.has("It takes part in the case from now on.", "helps", "Two people from tomorrow")
    assert own.get(f"/my/cases/{incident.public_id}/").status == 200
    own.get("/my/helping/").click("Digital forensics")
    own.send(own.form("/report/"), words="Images taken, a loader found")
    assert own.has("Your report", "a loader found")
    assert LogEntry.objects.filter(incident=incident, text="Images taken, a loader found").exists()

    page.get(page.at)
    page.send(page.form("/release/"), words="Thank you")
    assert page.has("released", "Thank you")
    assert own.get(f"/my/cases/{incident.public_id}/").status == 404
    page.send(page.form("/close/"), words="Done")
    assert page.has("Ended", "Done")
    events = JournalEntry.objects.filter(event__startswith="help.").order_by("seq").values_list("event", flat=True)
    assert list(events) == [
        "help.asked",
        "help.answered",
        "help.assigned",
        "help.reported",
        "help.released",
        "help.closed",
    ]


def test_it_tells_those_asked_by_a_notice(cast: Cast) -> None:
    made = asked(cast, case(cast), vetted(cast))
    notice = Notice.objects.get(subject_ref=made.public_id)
    assert "Two servers to be imaged" in notice.body_en
    assert [each.organisation.code for each in Receipt.objects.filter(notice=notice)] == ["SUNPOWER"]


def test_it_says_at_each_offer_why_it_cannot_be_asked(cast: Cast) -> None:
    incident, other = case(cast), offered(cast)

    def why(**changes: object) -> set[str]:
        with pytest.raises(Invalid) as refusal:
            asked(cast, incident, other, **changes)
        return {each.code for each in refusal.value.problems}

    assert why() == {"capability-not-vetted"}
    fit = capabilities.vet_capability(other.public_id, fit=True, words="x", version=1, actor=cast.liaison)
    assert why(kind="legal") == {"capability-other-kind"}
    assert why(kind="magic", words="", tlp=TLP.RED) == {"choice-unknown", "required"}
    assert why(answer_by=clock.now()) == {"time-not-ahead"}
    assert why(capabilities=["a" * 20]) == {"choice-unknown"}
    assert why(capabilities=[]) == {"nobody-chosen"}
    busy = asked(cast, incident, fit)
    helping.answer_help(part(busy).public_id, offers=True, words="x", actor=cast.org_admin)
    helping.assign_help(part(busy).public_id, actor=cast.officer)
    assert why() == {"capability-busy"}
    assert not HelpRequest.objects.exclude(pk=busy.pk).exists(), "nothing half-done stays"


def test_it_wants_an_agreement_for_a_partner(cast: Cast) -> None:
    """A foreign team is asked only up to the ceiling of its agreement."""
    home = Organisation.objects.get(code="CSIRT-ARC")
    team = Capability.objects.create(organisation=home, kind="forensics", summary="x", vetting=Vetting.VETTED)
    incident = case(cast, tlp=TLP.AMBER)
    made = asked(cast, incident, team, tlp=TLP.GREEN)
    assert part(made).agreement, "the request rests on the agreement in force"
    with pytest.raises(Invalid) as refusal:
        asked(cast, incident, team, tlp=TLP.AMBER_STRICT)
    assert [each.code for each in refusal.value.problems] == ["capability-no-agreement"]


def test_it_lets_an_organisation_change_its_mind_until_it_is_assigned(cast: Cast) -> None:
    made = part(asked(cast, case(cast), vetted(cast)))
    with pytest.raises(Invalid):
        helping.answer_help(made.public_id, offers=True, words="", actor=cast.constituent)
    helping.answer_help(made.public_id, offers=False, words="", actor=cast.constituent)
    helping.answer_help(made.public_id, offers=True, words="After all", actor=cast.constituent)
    assert helping.answer_help(made.public_id, offers=True, words="After all", actor=cast.constituent).step == "offered"
    helping.assign_help(made.public_id, actor=cast.officer)
    assert helping.assign_help(made.public_id, actor=cast.handler).step == Step.ASSIGNED
    with pytest.raises(Conflict, match="engagement-not-there"):
        helping.answer_help(made.public_id, offers=False, words="", actor=cast.constituent)
    with pytest.raises(Conflict, match="help-engaged"):
        helping.close_help(made.request.public_id, outcome="x", actor=cast.officer)


def test_it_takes_no_answer_once_the_request_has_ended(cast: Cast) -> None:
    made = part(asked(cast, case(cast), vetted(cast)))
    helping.close_help(made.request.public_id, outcome="Not needed", actor=cast.officer)
    made.refresh_from_db()
    assert made.step == Step.UNUSED
    with pytest.raises(Conflict, match="help-closed"):
        helping.answer_help(made.public_id, offers=True, words="x", actor=cast.constituent)


def test_it_lets_nobody_else_answer_assign_or_see(cast: Cast) -> None:
    made = part(asked(cast, case(cast), vetted(cast)))
    for who in ("stranger", "hoster", "officer"):
        with pytest.raises(NotFound):
            helping.answer_help(made.public_id, offers=True, words="x", actor=getattr(cast, who))
    with pytest.raises(NotFound):
        helping.assign_help(made.public_id, actor=cast.constituent)
    with pytest.raises(Forbidden):
        helping.assign_help(made.public_id, actor=cast.liaison)
    assert not Engagement.objects.visible_to(cast.stranger).exists()
    assert not HelpRequest.objects.visible_to(cast.constituent).exists(), "who else is asked is the office's to know"


def test_it_vets_anew_what_was_changed(cast: Cast) -> None:
    held = vetted(cast)
    same = Terms(kind="forensics", summary="Disk and memory images, two people", languages="zh, en")
    assert capabilities.amend_capability(held.public_id, same, version=2, actor=cast.org_admin).vetting == "vetted"
    with pytest.raises(Conflict, match="changed-meanwhile"):
        capabilities.amend_capability(held.public_id, same, version=1, actor=cast.org_admin)
    more = Terms(kind="ot", summary="Control systems")
    assert capabilities.amend_capability(held.public_id, more, version=2, actor=cast.org_admin).vetting == "offered"
    assert capabilities.withdraw_capability(held.public_id, actor=cast.org_admin).vetting == Vetting.WITHDRAWN
    with pytest.raises(Conflict, match="capability-withdrawn"):
        capabilities.vet_capability(held.public_id, fit=True, words="x", version=4, actor=cast.officer)
    for wrong in (
        Terms(kind="magic", summary="x"),
        Terms(kind="ot", summary=" "),
        Terms(kind="ot", summary="x", capacity=0),
    ):
        with pytest.raises(Invalid):
            capabilities.offer_capability(wrong, actor=cast.org_admin)
    with pytest.raises(Invalid):
        offered(cast, valid_until=date(2026, 11, 22))
    with pytest.raises(Forbidden):
        offered(cast, "constituent")


def test_it_is_for_open_cases_and_never_wider_than_they_are(cast: Cast) -> None:
    incident, fit = case(cast), vetted(cast)
    Incident.objects.filter(pk=incident.pk).update(state=Incident.State.CLOSED)
    with pytest.raises(Conflict, match="incident-not-open"):
        asked(cast, incident, fit)
    with pytest.raises(NotFound):
        asked(cast, Incident(public_id="b" * 20), fit)


def test_it_makes_a_helper_take_part_for_as_long_as_it_helps(cast: Cast) -> None:
    """And no longer."""
    owner = case(cast)
    fit = vetted(cast)
    made = part(asked(cast, owner, fit, answer_by=clock.now() + timedelta(days=1)))
    helping.answer_help(made.public_id, offers=True, words="x", actor=cast.org_admin)
    helping.assign_help(made.public_id, actor=cast.officer)
    helper = Participant.objects.get(incident=owner, organisation__code="SUNPOWER")
    assert helper.role == Participant.Role.HELPER
    helping.release_help(made.public_id, words="x", actor=cast.officer)
    helper.refresh_from_db()
    assert helper.left_at is not None
