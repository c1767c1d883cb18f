"""What pages and the API read of joint assessments."""

from django.db.models import QuerySet

from tongbao.incidents import lookup
from tongbao.incidents.models import Incident
from tongbao.joint.models import JointAssessment
from tongbao.kernel.refusals import NotFound
from tongbao.policy.actors import Actor


def assessments(actor: Actor, incident: Incident | None = None) -> QuerySet[JointAssessment]:
    """Those in which the actor is named, the newest first; of one case, where one is given."""
    rows = JointAssessment.objects.visible_to(actor).select_related("incident", "operation")
    if incident is not None:
        rows = rows.filter(incident=incident)
    return rows.order_by("-begun_at", "-id")


def assessment(actor: Actor, public_id: str) -> JointAssessment:
    """Hidden is not found."""
    found = assessments(actor).filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return found


def case_of(actor: Actor, found: JointAssessment) -> Incident | None:
    """Its case, for those who may see it too: of the other track nobody needs to."""
    return lookup.shown_incident(actor, found.incident)
