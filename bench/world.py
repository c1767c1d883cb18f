"""A million cases of ten years: nearly all closed, a few thousand open, with five log entries each on average.

Made by the product's own rules (duties of the law, official numbers, search words, journal chain), stored in
bulk. The seed fixes everything but the moment at which the world stands still.
"""

import itertools
import random
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.db import connection, transaction

from bench import country, load, records
from bench.case import Maker
from bench.frame import Frame, Plan, stamp
from bench.tables import Tables
from tongbao.accounts.models import User
from tongbao.incidents.models import Series
from tongbao.incidents.rules import desk
from tongbao.journal import chain, queries
from tongbao.journal.events import Event
from tongbao.journal.models import JournalEntry, JournalHead
from tongbao.kernel import clock
from tongbao.operations.models import routine
from tongbao.parties.models import Organisation, SharingGroup
from tongbao.profiles import load as profiles
from tongbao.wiring import preparing
from tongbao.wiring.demo import country as demonstration
from tongbao.wiring.demo.cast import HOMES

SEED = 20261123
YEARS = 10
CHUNK = 5000
PASSWORD = "correct horse battery"
OFFICERS = ("lin@nco.example", "wang@nco.example")


def build(incidents: int) -> dict[str, Any]:
    """Migrate an empty instance and fill it. What was made, how long it took, and the world's moment."""
    begun = time.perf_counter()
    moment = clock.now().replace(minute=0, second=0, microsecond=0)
    preparing.prepare()
    start = moment - timedelta(days=365 * YEARS)
    with clock.at(start):
        demonstration.build(PASSWORD)
    with load.quickly():
        tables = _fill(incidents, start, moment)
    return {
        "moment": moment.isoformat(),
        "incidents": incidents,
        "rows": {each.name: each.total for each in tables.all},
        "last": {each.name: each.next - 1 for each in tables.all},
        "seconds": round(time.perf_counter() - begun),
    }


def rewind(last: dict[str, int]) -> None:
    """Take out whatever was added after the world had been made."""
    tables = Tables()
    with transaction.atomic(), connection.cursor() as cursor:
        _forget_what_refers(tables, last)
        for each in reversed(tables.all):
            key = each.model._meta.pk.column  # type: ignore[union-attr]
            cursor.execute(f'DELETE FROM "{each.name}" WHERE "{key}" > %s', [last[each.name]])
        newest = JournalEntry.objects.order_by("-seq").values("seq", "digest")[0]
        JournalHead.objects.update(**newest)


def _forget_what_refers(tables: Tables, last: dict[str, int]) -> None:
    """What the product has made of the added rows in tables that the world leaves empty: alerts, for one."""
    ours = {each.model: each.name for each in tables.all}
    for model in apps.get_models():
        for field in model._meta.concrete_fields if model not in ours else ():
            if field.related_model in ours:
                added = last[ours[field.related_model]]
                model._default_manager.filter(**{f"{field.name}__gt": added}).delete()


def _fill(incidents: int, start: datetime, moment: datetime) -> Tables:
    rng, tables = random.Random(SEED), Tables()
    country.fill(tables, rng, max(30, min(3000, incidents // 10)), stamp(start))
    maker = Maker(tables, rng, _frame(moment))
    entries = _Journal(tables, maker.frame.operation)
    numbers: dict[int, int] = {}
    for number, plan in enumerate(_plans(incidents, rng, maker.frame, start, numbers), 1):
        entries.add(maker.case(plan), plan)
        if number % CHUNK == 0:
            _flush(tables, number, incidents)
    _waiting(maker, incidents)
    _flush(tables, incidents, incidents)
    entries.end()
    for year, last in numbers.items():
        Series.objects.create(operation_id=maker.frame.operation, year=year, last=last)
    return tables


def _flush(tables: Tables, number: int, of: int) -> None:
    tables.flush()
    if number % 50_000 == 0:
        sys.stderr.write(f"bench: {number:,} of {of:,} cases\n")


def _frame(moment: datetime) -> Frame:
    return Frame(
        operation=routine().pk,
        office=Organisation.objects.get(kind=Organisation.Kind.OFFICE).pk,
        profile=profiles.in_force("TW", moment),
        taxonomy=profiles.taxonomy(),
        officers=tuple(User.objects.filter(email__in=OFFICERS).order_by("pk").values_list("pk", flat=True)),
        group=SharingGroup.objects.get().pk,
        homes=country.homes(),
        moment=moment,
    )


def _weights(homes: list[country.Home]) -> Iterator[float]:
    """A few organisations have many cases, most have few. The demonstration's city is the largest; its power
    company is ordinary."""
    largest = Organisation.objects.get(code="HARBOUR").pk
    rank = 3
    for home in homes:
        if home.key == largest:
            yield 1 / 2
        elif home.key <= len(HOMES):
            yield 1 / len(homes) ** 0.9
        else:
            yield 1 / rank**0.9
            rank += 1


def _plans(count: int, rng: random.Random, frame: Frame, start: datetime, numbers: dict[int, int]) -> Iterator[Plan]:
    """The cases in the order of their opening. ``numbers``: the last official number of each year."""
    homes, cumulated = frame.homes, list(itertools.accumulate(_weights(frame.homes)))
    span = frame.moment - start
    newest = max(count // 500, 20)
    for position in range(count):
        age = (position / count) ** 0.85
        opened = (start + span * age).replace(microsecond=0)
        numbers[opened.year] = numbers.get(opened.year, 0) + 1
        recent = count - position <= newest
        pair = rng.choices(homes, cum_weights=cumulated, k=2)
        yield Plan(
            number=desk.number("TB", opened.year, numbers[opened.year]),
            opened=opened,
            open=rng.random() < (0.8 if recent else 0.0014),
            owner=pair[0] if rng.random() < 0.92 else None,
            other=pair[1],
            past=age < 0.5 and rng.random() < 0.02,
            rare=position % 100_000 == min(33_333, count // 3),
        )


def _waiting(maker: Maker, incidents: int) -> None:
    """Submissions without a case: rejected, waiting, set aside."""
    for state, count in (("rejected", incidents // 33), ("new", max(25, incidents // 3000)), ("quarantined", 200)):
        for number in range(count):
            opened = maker.frame.moment - timedelta(minutes=20 * (count - number))
            owner = maker.rng.choice(maker.frame.homes) if maker.rng.random() < 0.5 else None
            plan = Plan("", opened, True, owner, maker.frame.homes[0], False, False)  # noqa: FBT003
            told = maker.told(plan)
            records.submission(maker, plan, told, None, state)


class _Journal:
    """One entry per case, chained behind what the demonstration wrote."""

    def __init__(self, tables: Tables, operation: int) -> None:
        self.table, self.operation = tables.journal, operation
        self.seq, self.digest = queries.head()

    def add(self, ref: str, plan: Plan) -> None:
        facts = {"number": plan.number, "level": None}
        entry = chain.Entry(Event.INCIDENT_OPENED, "system:bench", ("incident", ref), self.operation, facts)
        link = chain.link(entry, seq=self.seq + 1, prev=self.digest, at=plan.opened)
        self.seq, self.digest = link.seq, link.digest
        self.table.add(
            stamp(plan.opened), entry.event, entry.actor, "incident", ref, self.operation, link.text, link.digest
        )

    def end(self) -> None:
        JournalHead.objects.filter(id=1).update(seq=self.seq, digest=self.digest)
