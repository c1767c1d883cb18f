"""An organisation proposes a change to its own networks; the office approves it, and only then does it hold."""

import msgspec
from django.conf import settings

from tongbao.approvals import steps
from tongbao.approvals.models import Approval
from tongbao.approvals.rules import Passage
from tongbao.jobs.pump import Happening
from tongbao.journal.record import verb
from tongbao.kernel import clock
from tongbao.kernel.markings import TLP, Marking, Track
from tongbao.kernel.refusals import Conflict, Invalid, NotFound
from tongbao.parties import rules
from tongbao.parties import steps as parties
from tongbao.parties.models import Network, Organisation, current
from tongbao.policy import actors
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.policy.require import require
from tongbao.profiles import load
from tongbao.profiles.model import Label

KIND = "network-change"
LONGEST = 2000


@verb
def propose(
    organisation: str, *, value: str, ends: bool = False, reason: str, operation: int, actor: Actor
) -> Approval:
    """Ask the office to record that ``value`` belongs (or no longer belongs) to the organisation.

    Raises Invalid for what is no network, Conflict when the same is asked for already.
    """
    home = Organisation.objects.visible_to(actor).select_for_update().filter(public_id=organisation).first()
    if home is None:
        raise NotFound
    require(actor, Can.NETWORK_PROPOSE, home)
    try:
        found = rules.network(value)
    except ValueError as error:
        raise Invalid.one("value", str(error)) from None
    if not reason.strip():
        raise Invalid.one("reason", "required")
    if len(reason) > LONGEST:
        raise Invalid.one("reason", "too-long", most=LONGEST)
    if ends and not Network.objects.filter(current(clock.now()), organisation=home, value=found.value).exists():
        raise Invalid.one("value", "network-not-held")
    terms = {"organisation": home.public_id, "value": found.value, "ends": ends}
    waiting = Approval.objects.filter(kind=KIND, submitter=home, state=Approval.State.SUBMITTED)
    if any(msgspec.json.decode(each.latest().terms) == terms for each in waiting):
        raise Conflict("network-proposed")
    profile = load.in_force(settings.TONGBAO.jurisdiction, clock.now())
    return steps.hand_in(
        steps.Paper(
            kind=KIND,
            profile=profile,
            operation=operation,
            about=home.subject(),
            title=f"{steps.kind_of(profile, KIND).label.zh} {home.name_zh} {found.value}",
            passages=_passages(home, found.value, ends=ends, reason=reason),
            terms=terms,
            submitter=home.pk,
            authority=None,
            marking=Marking(TLP.AMBER, Track(home.track)),
        ),
        actor=actor,
    )


def decided(happening: Happening) -> None:
    """A granted change takes effect. Called by a handler, at least once."""
    if happening.facts["kind"] == KIND and happening.facts["outcome"] == "granted":
        _take_effect(happening.subject_id)


@verb
def _take_effect(approval_id: str) -> None:
    actor = actors.system("approvals")
    approval = Approval.objects.filter(public_id=approval_id).first()
    if approval is None or approval.state != Approval.State.GRANTED:
        return
    terms = msgspec.json.decode(approval.latest().terms)
    home = Organisation.objects.select_for_update().get(public_id=terms["organisation"])
    if not terms["ends"]:
        parties.hold_network(home, rules.network(terms["value"]), actor=actor)
        return
    held = Network.objects.select_related("organisation").filter(
        current(clock.now()), organisation=home, value=terms["value"]
    )
    for network in held:
        parties.release_network(network, actor=actor)


def _passages(home: Organisation, value: str, *, ends: bool, reason: str) -> tuple[Passage, ...]:
    what = "自即日起不再屬於本機關 / no longer ours" if ends else "自即日起屬於本機關 / ours from now on"
    parts = (
        ("organisation", Label("Organisation", "機關"), f"{home.name_zh} / {home.name_en}"),
        ("value", Label("Network, address or domain", "網段、位址或網域"), value),
        ("change", Label("Change", "異動"), what),
        ("reason", Label("Reason and proof", "理由及佐證"), reason.strip()),
    )
    return tuple(Passage(code=code, label=label, text=words) for code, label, words in parts)
