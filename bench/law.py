"""The law: classification and clocks in memory; bringing many open cases in line after a profile was edited."""

import gc
import itertools
import random
import shutil
import tempfile
import time
from datetime import datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import Any

from bench import country, load
from bench.frame import stamp
from bench.tables import Tables
from tongbao.incidents.models import Classification, Grounds, Incident, Obligation
from tongbao.kernel import canonical, clock
from tongbao.operations.models import routine
from tongbao.profiles import classify, clocks
from tongbao.profiles import load as profiles
from tongbao.profiles.classify import Impact
from tongbao.profiles.clocks import Moments
from tongbao.wiring import preparing
from tongbao.wiring.cli import reevaluation
from tongbao.wiring.demo import country as demonstration

SEED = 20261126
EDITED = ('offset = "PT8H"', 'offset = "PT6H"')
PASSWORD = "correct horse battery"


def memory(rounds: int, each: int) -> dict[str, Any]:
    """Incidents a second: level, reasons and every clock, of incidents that all differ in their moments."""
    made = _incidents(each)
    profile = profiles.by_id("TW-2026")
    rates = []
    for _ in range(rounds):
        gc.collect()
        begun = time.perf_counter()
        for entity, impacts, moments in made:
            values = clocks.values(profile, entity_type=entity, rank=0, facts={})
            level = classify.classify(profile, impacts, values).level
            values = clocks.values(profile, entity_type=entity, rank=level.rank, facts={})
            clocks.statutory(profile, values, moments)
            clocks.accompanying(profile, values, moments)
        rates.append(each / (time.perf_counter() - begun))
    return {"incidents": each, "rates": [round(rate) for rate in sorted(rates)]}


def _incidents(count: int) -> list[tuple[str, tuple[Impact, ...], Moments]]:
    rng, profile = random.Random(SEED), profiles.by_id("TW-2026")
    entities, cells = [entity.code for entity in profile.entity_types], profile.severity.cells
    found = []
    for number in range(count):
        aware = datetime.fromisoformat("2026-06-01T00:00:00+00:00") + timedelta(seconds=37 * number)
        impacts = tuple(
            Impact(cell.dimension, cell.object, rng.choice(("minor", "serious")))
            for cell in rng.sample(cells, rng.choice((1, 1, 2, 3)))
        )
        moments = Moments(
            aware=aware,
            received=aware + timedelta(minutes=20),
            review_done=aware + timedelta(hours=2) if number % 2 else None,
            contained=aware + timedelta(hours=20) if number % 3 == 0 else None,
            level_changes=(aware + timedelta(hours=3),) if number % 10 == 0 else (),
        )
        found.append((rng.choice(entities), impacts, moments))
    return found


def build(incidents: int) -> dict[str, Any]:
    """Migrate an empty instance and fill it with ``incidents`` open cases of obliged organisations, all classified."""
    preparing.prepare()
    moment = clock.now().replace(minute=0, second=0, microsecond=0)
    with clock.at(moment - timedelta(days=60)):
        demonstration.build(PASSWORD)
    with load.quickly():
        tables, rng = Tables(), random.Random(SEED)
        country.fill(tables, rng, 3000, stamp(moment - timedelta(days=60)))
        _cases(tables, rng, incidents, moment)
        tables.flush()
    return {"incidents": incidents}


def _cases(tables: Tables, rng: random.Random, incidents: int, moment: datetime) -> None:
    profile, operation = profiles.by_id("TW-2026"), routine().pk
    homes = [home for home in country.homes() if home.entity_type]
    for number, home in zip(range(incidents), itertools.cycle(homes), strict=False):
        aware = moment - timedelta(days=50) + timedelta(seconds=40 * number)
        cell = rng.choice(profile.severity.cells)
        impact = Impact(cell.dimension, cell.object, rng.choice(("minor", "serious")))
        found = classify.classify(profile, (impact,), {})
        received = stamp(aware + timedelta(minutes=25))
        key = tables.cases.add(
            country.public_id(rng), operation, f"TB-2026-{number:06d}", "事件", "", "", profile.id, found.level.rank,
            home.key, "open", stamp(aware), received, received, received, None, 2, home.track,
        )  # fmt: skip
        tables.findings.add(
            country.public_id(rng), key, profile.regime, profile.id, home.entity_type, found.level.rank,
            canonical.text(Grounds(impacts=(impact,))), "[]", "office", "system:bench", received,
        )  # fmt: skip
        if number % 20_000 == 0:
            tables.flush()


def reevaluate(rounds: int) -> dict[str, Any]:
    """Seconds for all open cases: the first time (everything is new), with nothing to do, and after an edit.

    The edit takes the review of lower levels from eight hours to six and back; what it moves is counted.
    """
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)  # as the command does
    first = _timed()
    folder = Path(tempfile.mkdtemp(prefix="tb-law-"))
    done: dict[str, Any] = {"cases": Incident.objects.filter(state="open").count(), "first": first}
    done |= {"classifications": Classification.objects.count(), "idle": [], "edited": []}
    try:
        for number in range(rounds):
            done["idle"].append(_timed())
            _edit(folder, edited=number % 2 == 0)
            done["edited"].append(_timed())
    finally:
        profiles.use(None)
        shutil.rmtree(folder)
    return done | {"obligations": Obligation.objects.count()}


def _edit(folder: Path, *, edited: bool) -> None:
    text = (resources.files("tongbao.profiles") / "data" / "TW-2026.toml").read_text(encoding="utf-8")
    (folder / "TW-2026.toml").write_text(text.replace(*EDITED) if edited else text, encoding="utf-8")
    profiles.use(folder)


def _timed() -> dict[str, Any]:
    begun, used = time.perf_counter(), time.process_time()
    examined = moved = duties = 0
    for judged in reevaluation.everything():
        examined += len(judged)
        moved += sum(bool(each.plans) for each in judged)
        duties += sum(len(each.moved) for each in judged)
    took, used = time.perf_counter() - begun, time.process_time() - used
    return {
        "seconds": round(took, 1),
        "processor": round(used, 1),
        "examined": examined,
        "moved": moved,
        "duties": duties,
    }
