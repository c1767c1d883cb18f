"""What the stories of helping begin with."""

from datetime import timedelta
from typing import Any

from tests.conftest import Cast
from tongbao.assistance.actions import capabilities, helping
from tongbao.assistance.models import Capability, Engagement, HelpRequest
from tongbao.assistance.rules import Terms
from tongbao.incidents.actions.triage import IncidentDraft, open_incident
from tongbao.incidents.models import Incident
from tongbao.kernel import clock
from tongbao.kernel.markings import TLP
from tongbao.parties.models import Organisation


def offered(cast: Cast, who: str = "org_admin", **changes: Any) -> Capability:
    """Help that an organisation offers; nobody has looked at it yet."""
    given: dict[str, Any] = {
        "kind": "forensics",
        "summary": "Disk and memory images, two people",
        "languages": "zh, en",
    }
    return capabilities.offer_capability(Terms(**given | changes), actor=getattr(cast, who))


def vetted(cast: Cast, who: str = "org_admin", **changes: Any) -> Capability:
    made = offered(cast, who, **changes)
    return capabilities.vet_capability(
        made.public_id, fit=True, words="References called", version=made.version, actor=cast.liaison
    )


def case(cast: Cast, **changes: Any) -> Incident:
    """A case of the bank's."""
    owner = Organisation.objects.get(code="GREENHILL").public_id
    return open_incident(IncidentDraft(title="銀行勒索軟體", owner=owner, **changes), actor=cast.officer)


def asked(cast: Cast, incident: Incident, *chosen: Capability, **changes: Any) -> HelpRequest:
    given: dict[str, Any] = {
        "kind": "forensics",
        "words": "Two servers to be imaged and looked at",
        "tlp": TLP.AMBER,
        "answer_by": clock.now() + timedelta(hours=24),
        "capabilities": [each.public_id for each in chosen],
    }
    return helping.ask_for_help(incident.public_id, **given | changes, actor=cast.officer)


def part(request: HelpRequest) -> Engagement:
    return request.engagements.get()
