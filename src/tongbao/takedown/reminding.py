"""Reminders of what was asked and neither done nor answered: the sweep, and its verb."""

import logging

from django.db import OperationalError

from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.kernel import clock
from tongbao.kernel.markings import TLP
from tongbao.notices.models import Receipt
from tongbao.policy import actors
from tongbao.takedown import rules, steps
from tongbao.takedown.models import Takedown
from tongbao.takedown.rules import Plea, State
from tongbao.takedown.steps import Step

MOST = 200
"""So many takedowns at one look; the rest at the next."""
REMINDING = actors.system("takedown")
_log = logging.getLogger(__name__)


def remind_due() -> int:
    """Every worker's look once a minute. One that fails keeps no other back; a database that is away keeps all."""
    due = Takedown.objects.filter(remind_due_at__lte=clock.now()).order_by("remind_due_at", "id")
    return sum(_tried(key) for key in list(due.values_list("pk", flat=True)[:MOST]))


@verb
def remind_takedown(key: int) -> int:
    """Remind those who are to be reminded now, each once however often this is called. How many were.

    What the rule of release withholds is kept as a step that says so.
    """
    rows = Takedown.objects.select_for_update(of=("self",)).select_related("operation").filter(pk=key)
    found = rows.filter(remind_due_at__lte=clock.now()).first()
    if found is None:
        return 0
    steps.plan(found)
    due = rules.to_remind(State(found.state), steps.pleas(found), steps.pace(), at=clock.now())
    sent = sum(_remind(found, each) for each in due if found.remind_due_at is not None)
    if sent and found.state == State.ASKED:
        found.state = State.REMINDED
    found.reminders += sent
    steps.plan(found)
    found.save(update_fields=["state", "reminders", "remind_due_at"])
    return sent


def _remind(found: Takedown, plea: Plea) -> int:
    notice = steps.reminder(found, plea, TLP(plea.tlp), REMINDING)
    sent = Receipt.objects.filter(notice=notice).exists()
    said = {"organisation_id": plea.organisation, "part": plea.part, "notice": notice}
    made = steps.note(found, Step.REMINDED, REMINDING, result="sent" if sent else "withheld", **said)
    record(
        Event.TAKEDOWN_REMINDED, actor=REMINDING, subject=found, refs=[made.organisation, notice], result=made.result
    )
    return int(sent)


def _tried(key: int) -> int:
    try:
        return remind_takedown(key)
    except OperationalError:
        raise
    except Exception:
        _log.exception("a reminder failed")
        return 0
