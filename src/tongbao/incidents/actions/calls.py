"""A report by telephone, typed by an officer. Whose it is completes it in the portal."""

from collections.abc import Iterable

from tongbao.files.steps import Received
from tongbao.incidents.actions import submissions
from tongbao.incidents.actions.submissions import Taken
from tongbao.incidents.models import Submission
from tongbao.incidents.rules.intake import Draft
from tongbao.kernel.refusals import Invalid
from tongbao.parties.models import Organisation
from tongbao.policy.actors import Actor


def take_call(
    draft: Draft, *, organisation: str = "", key: str, uploads: Iterable[Received] = (), actor: Actor
) -> Taken:
    """Take in what a caller says. ``organisation``: public id of whose report it is, or empty; ``key`` as with
    ``submit``. The number to follow it up with is read out to the caller."""
    owner = None
    if organisation:
        owner = Organisation.objects.visible_to(actor).filter(public_id=organisation).first()
        if owner is None:
            raise Invalid.one("organisation", "organisation-unknown", value=organisation[:40])
    return submissions.submit(
        draft,
        key=f"call:{actor.reference}:{key}",
        door=Submission.Door.TELEPHONE,
        uploads=uploads,
        owner=owner,
        actor=actor,
    )
