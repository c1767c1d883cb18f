"""One case with everything that hangs on it, as the product's verbs would have left it."""

import random
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from bench import records, texts
from bench.country import Home, public_id
from bench.frame import Frame, Plan, stamp
from bench.tables import Tables
from tongbao.kernel.text import folded
from tongbao.search import words

ENTRIES = (1, 2, 2, 3, 3, 4, 4, 5, 6, 7, 8, 15)
"""How many log entries a case has: five on average."""
LEVELS = ((None, 30), (1, 40), (2, 20), (3, 8), (4, 2))
MARKINGS = ((0, 5), (1, 30), (2, 55), (3, 9.3), (4, 0.7))
Threads = list[tuple[Home | None, int]]


def drawn(rng: random.Random, weighted: tuple[tuple[Any, float], ...]) -> Any:
    return rng.choices([each for each, _ in weighted], [weight for _, weight in weighted])[0]


@lru_cache(4096)
def _findable(text: str) -> tuple[str, str]:
    return folded(text), words.stored(text)


class Maker:
    """Makes cases into ``tables``."""

    def __init__(self, tables: Tables, rng: random.Random, frame: Frame) -> None:
        self.tables, self.rng, self.frame = tables, rng, frame

    def id(self) -> str:
        return public_id(self.rng)

    def told(self, plan: Plan) -> records.Told:
        """What somebody reports."""
        rng = self.rng
        kind, title = texts.title(rng, (plan.owner or plan.other).zh)
        aware, received = plan.opened - timedelta(minutes=rng.randrange(20, 180)), plan.opened - timedelta(minutes=15)
        summary = texts.summary(rng, past=plan.past, rare=plan.rare)
        return records.Told(title, summary, kind, drawn(rng, LEVELS), aware, received)

    def case(self, plan: Plan) -> str:
        """Add the case and all its rows; returns its public id."""
        rng = self.rng
        told, tlp, ref = self.told(plan), drawn(rng, MARKINGS), self.id()
        closed = None if plan.open else min(plan.opened + timedelta(hours=rng.uniform(2, 600)), self.frame.moment)
        times = self.times(plan.opened, closed or self.frame.moment)
        key = self.row(plan, told, ref, tlp, closed, changed=closed or times[-1])
        submission = records.submission(self, plan, told, key) if rng.random() < 0.9 else None
        threads = self.participants(plan, key, submission)
        self.grants(key, tlp, [home for home, _ in threads if home], stamp(plan.opened))
        self.log(plan, key, [thread for _, thread in threads], times, min(tlp, 3))
        records.classification(self, told, key)
        records.obligations(self, plan, told, key, submission, closed)
        if rng.random() < 0.2:
            records.notice(self, plan, ref, tlp)
        if rng.random() < (0.3 if plan.open else 0.05):
            records.task(self, plan, ref, tlp, closed)
        if rng.random() < 0.01 and key > 1:
            self.tables.links.add(self.id(), key - 1, key, "同一攻擊者", stamp(plan.opened))
        self.findable(plan, told, key, ref, [home for home, _ in threads if home])
        return ref

    def times(self, start: datetime, end: datetime) -> list[datetime]:
        count = self.rng.choice(ENTRIES) if self.rng.random() > 0.0005 else 120
        return sorted(start + (end - start) * self.rng.random() for _ in range(count))

    def row(
        self, plan: Plan, told: records.Told, ref: str, tlp: int, closed: datetime | None, *, changed: datetime
    ) -> int:
        owner, frame = plan.owner, self.frame
        state = "open" if closed is None else "merged" if self.rng.random() < 0.02 else "closed"
        return self.tables.cases.add(
            ref, frame.operation, plan.number, told.summary, told.description, told.kind, frame.profile.id, told.level,
            owner.key if owner else None, state, stamp(told.aware), stamp(told.received), stamp(plan.opened),
            stamp(changed), stamp(closed) if closed else None, tlp, owner.track if owner else 0,
        )  # fmt: skip

    def participants(self, plan: Plan, key: int, submission: int | None) -> Threads:
        """The victim or an anonymous reporter, sometimes the owner of an address."""
        add, at = self.tables.parts.add, stamp(plan.opened)
        found: Threads = []
        if plan.owner:
            found.append((plan.owner, add(self.id(), key, plan.owner.key, submission, "victim", at)))
        elif submission is not None:
            found.append((None, add(self.id(), key, None, submission, "reporter", at)))
        if plan.other is not plan.owner and self.rng.random() < 0.3:
            found.append((plan.other, add(self.id(), key, plan.other.key, None, "owner", at)))
        return found

    def grants(self, key: int, tlp: int, homes: list[Home], at: str) -> None:
        """The participants; a person for TLP:RED; now and then a group or the community."""
        add, rng = self.tables.audience.add, self.rng
        for home in homes:
            add("incident", key, "organisation", home.key, at)
        if tlp == 4:
            add("incident", key, "user", rng.choice(self.frame.officers), at)
        if rng.random() < 0.003:
            add("incident", key, "group", self.frame.group, at)
        if tlp <= 1 and rng.random() < 0.003:
            add("incident", key, "community", 0, at)

    def log(self, plan: Plan, key: int, threads: list[int], times: list[datetime], tlp: int) -> None:
        """Notes among handlers and messages in threads; the last of an open case is often the reporter's."""
        rng, frame, add = self.rng, self.frame, self.tables.log.add
        for position, at in enumerate(times):
            last = plan.open and position == len(times) - 1
            thread = rng.choice(threads) if threads and (last or rng.random() < 0.5) else None
            kind = "message" if thread is not None else rng.choice(("note", "note", "evidence", "step"))
            author = rng.choice(frame.officers) if thread is None or rng.random() < 0.6 else None
            text = texts.note(rng)
            entry = add(
                self.id(), frame.operation, key, thread, kind, stamp(at), author, int(author is not None), text, tlp
            )
            self.doc("log", entry, [text])

    def findable(self, plan: Plan, told: records.Told, key: int, ref: str, homes: list[Home]) -> None:
        """Systems, addresses, and the two search texts of a case."""
        rng, tables = self.rng, self.tables
        systems = [f"{rng.choice(texts.SYSTEMS)[0]} {rng.randrange(900)}"] if rng.random() < 0.6 else []
        addresses = list({texts.address(rng) for _ in range(rng.choice((0, 0, 1, 1, 2)))})
        for name in systems:
            tables.systems.add(key, name)
        for value in addresses:
            tables.addresses.add(key, value)
        kind = self.frame.taxonomy.type(told.kind)
        shared = [told.summary, f"{ref[:4]}-{ref[4:8]}".upper(), *([kind.label.en, kind.label.zh] if kind else [])]
        names = [name for home in homes for name in (home.zh, home.en)]
        self.doc("incident", key, shared)
        self.doc("incident-office", key, [*shared, plan.number, told.description, *names, *systems, *addresses])

    def doc(self, kind: str, key: int, parts: list[str]) -> None:
        self.tables.docs.add(kind, key, *_findable("\n".join(parts)))
