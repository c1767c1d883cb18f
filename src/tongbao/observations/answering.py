"""An answer form carried out: the one way for pages of the office and of owners."""

from collections.abc import Sequence

from tongbao.observations.actions import findings
from tongbao.observations.forms import FIXED, AnswerForm
from tongbao.observations.models import Finding
from tongbao.policy.actors import Actor


def answer_with(form: AnswerForm, public_ids: Sequence[str], *, actor: Actor) -> list[Finding]:
    """Carry out what the form says. Raises what the verbs raise."""
    given = form.cleaned_data
    if given["answer"] == FIXED:
        return findings.fix(public_ids, words=given["words"], actor=actor)
    return findings.acknowledge(
        public_ids, verdict=given["answer"], words=given["words"], quiet=given["quiet"], actor=actor
    )
