"""What journal events set off among findings. Called by the pump, at least once."""

from tongbao.jobs.pump import Happening
from tongbao.notices.models import Receipt
from tongbao.observations.actions import findings


def answered(happening: Happening) -> None:
    """An answer to a digest is one for all that it told of."""
    receipt = Receipt.objects.select_related("notice").filter(public_id=happening.subject_id).first()
    if receipt is None or receipt.notice.subject_kind != "digest":
        return
    number = int(happening.facts.get("number", 0))
    given = list(receipt.answers.order_by("at", "id")[max(0, number - 1) : number])
    if given:
        findings.hear_answer(receipt.notice.subject_ref, code=given[0].code, words=given[0].text)
