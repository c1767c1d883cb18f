"""What the page of a notice shows of a warning: its content, its board, what it follows and what may follow it."""

from typing import Any

from django.db.models import F
from django.http import QueryDict
from django.utils.translation import gettext as _

from tongbao.kernel import clock
from tongbao.notices import queries, sending
from tongbao.notices.models import Draft, Notice, Receipt, ReceiptQuerySet
from tongbao.notices.queries import Board
from tongbao.notices.rules.content import Kind
from tongbao.policy.actors import Actor
from tongbao.ui import charts, sentences
from tongbao.ui.templatetags.tongbao import name

SHOWN = 20
"""So many recipients are shown beside the board of a warning; the others when their organisation is chosen."""
LINES = 50
ON_TIMELINE = 20


def shown(notice: Notice, query: QueryDict) -> ReceiptQuerySet:
    """The recipients that the page shows one by one: of a warning those of the organisation chosen on the board, or
    some of those who have not answered."""
    rows = Receipt.objects.filter(notice=notice)
    if not notice.content:
        return rows
    chosen = query.get("organisation", "")
    if chosen:
        return rows.filter(organisation__public_id=chosen)
    first = rows.order_by(F("answered_at").asc(nulls_first=True), "created_at", "id").values_list("pk", flat=True)[
        :SHOWN
    ]
    return rows.filter(pk__in=list(first))


def board(notice: Notice, query: QueryDict) -> Board:
    """The board with as many lines as the page shows; all of them when asked for."""
    return queries.board(notice) if query.get("all") == "1" else queries.board(notice, most=LINES)


def timeline(notice: Notice, found: Board) -> Any:
    """The organisations on the board over time: from sending to the answer asked for, and when each had answered."""
    rows = [
        charts.TimelineRow(
            label=name(each.organisation),
            start=notice.sent_at,
            due=notice.answer_by,
            met=each.reach.met_at,
            state=sentences.state("stage", each.stage)[1],
            state_word=sentences.state("stage", each.stage)[0],
        )
        for each in found.lines[:ON_TIMELINE]
        if each.reach.asked
    ]
    words = {
        "legend": _("Upright stroke: answer by. Dot: answered as needed. Hatched: late."),
        "summary": _("Organisations: %(rows)d. Late: %(late)d."),
    }
    return charts.timeline(_("Answers over time"), clock.now(), rows, labels=words, tabled=False) if rows else ""


def of_warning(notice: Notice, query: QueryDict, actor: Actor) -> dict[str, Any]:
    """Nothing for what is told of a case."""
    warning = notice.warning
    if warning is None:
        return {}
    after = notice.replaced_by.visible_to(actor).first()
    ready = Draft.objects.visible_to(actor).filter(replaces=notice, state=Draft.State.PREPARED).first()
    seen = {each.pk for each in Notice.objects.visible_to(actor).filter(pk__in=[n.pk for n in sending.chain(notice)])}
    return {
        "warning": warning,
        "board": (found := board(notice, query)),
        "timeline": timeline(notice, found),
        "before": [each for each in sending.chain(notice)[1:] if each.pk in seen],
        "after": after,
        "over": notice.expires_at is not None and notice.expires_at <= clock.now(),
        "ready": ready if after is None else None,
        "holds": after is None and notice.kind != Kind.CANCEL,
        "draft": Draft.objects.visible_to(actor).filter(notice=notice).first(),
    }
