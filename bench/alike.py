"""What is suggested beside a report, among a million cases: those that name the same, and the organisation's own."""

import random
import statistics
import time
from datetime import timedelta
from typing import Any

from bench import country, load
from bench.country import public_id
from bench.frame import stamp
from bench.load import Table
from bench.pages import OFFICER
from bench.tables import Tables
from tongbao.accounts.models import User
from tongbao.incidents import suggesting
from tongbao.incidents.actions import submissions
from tongbao.incidents.models import Incident, Observable, Submission
from tongbao.incidents.rules.intake import Draft
from tongbao.kernel import clock
from tongbao.operations.models import routine
from tongbao.parties.models import Organisation
from tongbao.parties.standing import actor_of
from tongbao.policy.actors import Actor
from tongbao.profiles import load as profiles
from tongbao.wiring import preparing
from tongbao.wiring.demo import country as demonstration

SEED, CHUNK, PASSWORD = 20261126, 20_000, "correct horse battery"
CAMPAIGNS, HUGE = 20_000, 20
"""So many values are shared by some tens of cases; so many by ten thousand each."""


def build(incidents: int) -> dict[str, Any]:
    """Cases with an owner, a marking, and three values each; no logs, no reports: the suggestion reads none."""
    preparing.prepare()
    begun, now = time.perf_counter(), clock.now().replace(minute=0, second=0, microsecond=0)
    with clock.at(now - timedelta(days=3660)):
        demonstration.build(PASSWORD)
    with load.quickly():
        rng, tables = random.Random(SEED), Tables()
        tables.observables = Table(Observable, "kind value incident_id noted_at")
        tables.all.append(tables.observables)
        country.fill(tables, rng, max(30, min(3000, incidents // 10)), stamp(now))
        homes, frame = [each.key for each in country.homes()], (routine().pk, profiles.in_force("TW", now).id)
        for number in range(incidents):
            _case(tables, rng, homes, frame, now - timedelta(seconds=315 * (incidents - number)))
            if number % CHUNK == CHUNK - 1:
                tables.flush()
        tables.flush()
    return {"incidents": incidents, "seconds": round(time.perf_counter() - begun)}


def _case(tables: Any, rng: random.Random, homes: list[int], frame: tuple[int, str], at: Any) -> None:
    owner = homes[0] if rng.random() < 0.1 else rng.choice(homes)
    tlp, closed, moment = rng.choice((1, 1, 2, 2, 2, 3)), rng.random() < 0.98, stamp(at)
    state, ended = ("closed", moment) if closed else ("open", None)
    name = f"TB-{tables.cases.next}"
    key = tables.cases.add(
        public_id(rng), frame[0], name, "案件", "", "", frame[1], None, owner, state, moment, moment, moment, moment,
        ended, tlp, 0,
    )  # fmt: skip
    tables.audience.add("incident", key, "organisation", owner, moment)
    for kind, value in values(rng):
        tables.observables.add(kind, value, key, moment)


def values(rng: random.Random) -> list[tuple[str, str]]:
    """An address, a host and a link: its own, a campaign's, or one of those that stand everywhere."""
    drawn = rng.random()
    pool = 0 if drawn < 0.2 else CAMPAIGNS if drawn < 0.6 else 10**9
    number = rng.randrange(HUGE) if pool == 0 else HUGE + rng.randrange(pool)
    host = f"h{number}.evil.example"
    address = f"{11 + number % 90}.{number // 90 % 250}.{number // 22_500 % 250}.{number // 5_625_000 % 250}"
    return [("ipv4", address), ("domain", host), ("url", f"https://{host}/verify?id={number}")]


def measure(rounds: int) -> dict[str, Any]:
    """Reports as they come in, half of them of organisations, and what an officer is shown beside each."""
    officer, rng = actor_of(User.objects.get(email=OFFICER)), random.Random(SEED + 1)
    homes = list(Organisation.objects.filter(track=0).order_by("pk"))
    reports = [_report(rng, homes, officer, number) for number in range(rounds + 1)]
    wall, processor, found = list[float](), list[float](), 0
    for each in reports:
        draft = each.draft
        begun, start = time.perf_counter(), time.process_time()
        found += len(suggesting.for_report(officer, each, draft).cases)
        wall.append((time.perf_counter() - begun) * 1000)
        processor.append((time.process_time() - start) * 1000)
    return {
        "incidents": Incident.objects.count(),
        "observables": Observable.objects.count(),
        "suggested": round(found / len(reports), 1),
        "wall": spread(wall[1:]),
        "processor": spread(processor[1:]),
    }


def _report(rng: random.Random, homes: list[Organisation], officer: Actor, number: int) -> Submission:
    named = "\n".join(value for _ in range(rng.choice((1, 2, 4))) for _, value in values(rng))
    draft = Draft(
        summary="可疑網址", description=f"收到釣魚信件，要求輸入密碼：\n{named}", contact_email="a@sunpower.example"
    )
    taken = submissions.submit(draft, key=f"bench:{number}:{time.time_ns()}", door=Submission.Door.API, actor=officer)
    if number % 2:
        Submission.objects.filter(pk=taken.submission.pk).update(owner=rng.choice((homes[0], rng.choice(homes))))
    return Submission.objects.get(pk=taken.submission.pk)


def spread(times: list[float]) -> dict[str, float]:
    ordered = sorted(times)
    p95 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
    return {"p50": round(statistics.median(ordered), 1), "p95": round(p95, 1), "max": round(ordered[-1], 1)}
