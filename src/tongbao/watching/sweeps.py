"""The look that every worker takes once a minute: close what is done, raise what is new, let the unanswered climb."""

import logging
from collections.abc import Callable

from django.db import OperationalError
from django.db.models import Q

from tongbao.kernel import clock
from tongbao.watching import roster, watched
from tongbao.watching.actions import alerts
from tongbao.watching.models import Alert

MOST = 200
"""So many alerts of a kind at one look; the rest at the next."""
_log = logging.getLogger(__name__)


def look() -> int:
    """Returns how many alerts were closed, raised or told on."""
    now = clock.now()
    done = 0
    for alert in Alert.objects.open().select_related("obligation", "submission", "draft").order_by("raised_at", "id"):
        if watched.over(alert, now) is not None:
            done += _tried(lambda key=alert.pk: alerts.close_alert(key))  # type: ignore[misc]
    found = [cause for _, cause in zip(range(MOST), watched.causes(now), strict=False)]
    waiting = Q(told_at=None) | Q(told_at__lte=now - watched.answers_within())
    rows = Alert.objects.open().filter(waiting, answered_at=None).exclude(stage=Alert.Stage.HEAD)
    keys = list(rows.order_by("raised_at", "id").values_list("pk", flat=True)[:MOST])
    if not (found or keys):
        return done
    room = roster.room(now)
    for key in keys:
        done += _tried(lambda key=key: alerts.climb(key, room=room))  # type: ignore[misc]
    for cause in found:
        done += _tried(lambda cause=cause: alerts.raise_alert(cause, room=room))  # type: ignore[misc]
    return done


def _tried(work: Callable[[], object]) -> int:
    """One alert that fails keeps no other back; a database that is away keeps all."""
    try:
        return int(work() is not None)
    except OperationalError:
        raise
    except Exception:
        _log.exception("an alert failed")
        return 0
