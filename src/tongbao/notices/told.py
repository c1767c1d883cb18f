"""What the page of a notice shows of a warning: its content, its board, what it follows and what may follow it."""

from typing import Any

from tongbao.notices import queries, sending
from tongbao.notices.models import Draft, Notice
from tongbao.notices.rules.content import Kind
from tongbao.policy.actors import Actor


def of_warning(notice: Notice, actor: Actor) -> dict[str, Any]:
    """Nothing for what is told of a case."""
    warning = notice.warning
    if warning is None:
        return {}
    after = notice.replaced_by.visible_to(actor).first()
    ready = Draft.objects.visible_to(actor).filter(replaces=notice, state=Draft.State.PREPARED).first()
    seen = {each.pk for each in Notice.objects.visible_to(actor).filter(pk__in=[n.pk for n in sending.chain(notice)])}
    return {
        "warning": warning,
        "board": queries.board(notice),
        "before": [each for each in sending.chain(notice)[1:] if each.pk in seen],
        "after": after,
        "ready": ready if after is None else None,
        "holds": after is None and notice.kind != Kind.CANCEL,
        "draft": Draft.objects.visible_to(actor).filter(notice=notice).first(),
    }
