"""Who sees what hangs on a report and, once there is one, on its case."""

from django.db.models import Q

from tongbao.incidents.models.cases import Incident
from tongbao.incidents.models.submissions import Submission
from tongbao.policy.actors import Actor
from tongbao.policy.models import Seen


def about_visible(actor: Actor) -> Q:
    """Of rows with ``submission`` and ``incident``: those of a case that the actor sees, or of a report without one."""
    submitted = Q(Seen(actor, Submission.MARKED, "submission__"), incident=None)
    return Q(Seen(actor, Incident.MARKED, "incident__")) | submitted


def of_few(actor: Actor) -> Q:
    """``visible_to`` of cases where other conditions leave few of them to ask it of."""
    return Q() if actor.system else Q(Seen(actor, Incident.MARKED, few=True))
