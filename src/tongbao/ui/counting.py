"""Counting looks at public pages: gathered in memory, written now and then, so that reading stays cheap.

What a crash loses is a few counts, and nothing else depends on them.
"""

import logging
import threading
import time
from datetime import date, datetime
from typing import Any

from django.db import DatabaseError, transaction
from django.db.models import F

from tongbao.ui.models import PageViews

EVERY = 10.0
MOST = 100
_log = logging.getLogger(__name__)


class Counter:
    """Counts of all pages in this process, on top of what is stored."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.pending: dict[str, int] = {}
        self.stored: dict[str, int] = {}
        self.written = time.monotonic()

    def hit(self, page: str) -> int:
        """Count one look at ``page``; returns the total as far as this process knows it."""
        if page not in self.stored:
            self.stored[page] = PageViews.objects.filter(page=page).values_list("count", flat=True).first() or 0
        with self.lock:
            self.pending[page] = self.pending.get(page, 0) + 1
            total = self.stored[page] + self.pending[page]
            due = time.monotonic() - self.written > EVERY or sum(self.pending.values()) >= MOST
            batch: dict[str, int] = {}
            if due:
                batch, self.pending, self.written = self.pending, {}, time.monotonic()
        if batch:
            self._write(batch)
        return total

    def _write(self, batch: dict[str, int]) -> None:
        try:
            with transaction.atomic():
                for page, count in sorted(batch.items()):
                    PageViews.objects.get_or_create(page=page)
                    PageViews.objects.filter(page=page).update(count=F("count") + count)
            self.stored.update(PageViews.objects.filter(page__in=batch).values_list("page", "count"))
        except DatabaseError:
            _log.warning("page views were not written: %s", batch)


views = Counter()


def pageline(page: str, updated: date | datetime | None) -> dict[str, Any]:
    """What stands at the foot of a public page: when it was updated, how often it was looked at."""
    return {"page_updated": updated, "page_views": views.hit(page)}
