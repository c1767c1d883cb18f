"""The whole way of a file in the product: an instance of its own in SQLite, durable as delivered; read, counted into
findings, put into the archive. Where the processor's time goes, by stage. ``python -m bench.feeds_chain ROWS``."""

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

from bench import feeds_data as data

PREFIXES, ORGANISATIONS = 50_000, 3000


class Stages:
    """Processor seconds and seconds on the clock in named functions; what one calls counts in both."""

    def __init__(self) -> None:
        self.spent: dict[str, list[float]] = {}

    def over(self, place: Any, name: str, stage: str) -> None:
        work: Callable[..., Any] = getattr(place, name)

        @wraps(work)
        def run(*args: Any, **kwargs: Any) -> Any:
            begun = time.process_time(), time.perf_counter()
            try:
                return work(*args, **kwargs)
            finally:
                mine = self.spent.setdefault(stage, [0.0, 0.0])
                mine[0] += time.process_time() - begun[0]
                mine[1] += time.perf_counter() - begun[1]

        setattr(place, name, run)


def measure(rows: int) -> dict[str, Any]:
    """In this process, which must not have loaded Django yet."""
    with tempfile.TemporaryDirectory(prefix="tb-chain-") as folder:
        home = Path(folder)
        os.environ |= {
            "TONGBAO_DATA_DIR": str(home / "instance"),
            "DJANGO_SETTINGS_MODULE": "tongbao.wiring.django_settings",
            "POLARS_MAX_THREADS": "1",
            "TONGBAO_SECRET_KEY": "only for a measure, thrown away with its folder, never used elsewhere",
        }
        owners = data.prefixes(PREFIXES, ORGANISATIONS)
        build(owners)
        data.write_sinkhole(home / "day.csv", rows, owners)
        data.write_sinkhole(home / "next.csv", rows // 5, owners, seed=12)
        with (home / "next.csv").open("a") as more, (home / "day.csv").open() as known:
            more.writelines(list(known)[1 : rows // 2])
        stages = _stages()
        return {"new": _run(home / "day.csv", stages), "again": _run(home / "next.csv", stages)}


def build(owners: list[tuple[str, str]]) -> None:
    """An empty instance, named by the environment, with these owners in its directory: each has a seat that somebody
    holds, and an address of mail."""
    import django

    django.setup()
    from tongbao.kernel import clock
    from tongbao.operations.models import routine
    from tongbao.parties import rules
    from tongbao.parties.models import ContactPoint, Network, Organisation, Person, Seat, Tenure
    from tongbao.wiring import preparing

    preparing.prepare()
    routine()
    codes = sorted({code for _, code in owners})
    Organisation.objects.bulk_create(
        [Organisation(code=code, name_zh=code, name_en=code, kind="company") for code in codes], batch_size=1000
    )
    keys = dict(Organisation.objects.values_list("code", "pk"))
    long_ago = clock.now().replace(year=2020)
    seats, people = [], []
    for code in codes:
        seats.append(Seat(organisation_id=keys[code], title_zh=code, title_en=code, roles=["reporter"]))
        people.append(Person(name=code))
    Seat.objects.bulk_create(seats, batch_size=1000)
    Person.objects.bulk_create(people, batch_size=1000)
    both = list(zip(seats, people, strict=True))
    Tenure.objects.bulk_create([Tenure(seat=seat, person=person, starts_at=long_ago) for seat, person in both])
    ContactPoint.objects.bulk_create(
        [
            ContactPoint(seat=seat, kind="email", address=f"abuse@{person.name}.example".lower(), verified_at=long_ago)
            for seat, person in both
        ]
    )
    ranges = ((rules.network(prefix), keys[code]) for prefix, code in owners)
    Network.objects.bulk_create(
        [
            Network(organisation_id=key, kind=found.kind, value=found.value, first=found.first, last=found.last,
                    starts_at=long_ago)
            for found, key in ranges
        ],
        batch_size=1000,
    )  # fmt: skip


def _run(file: Path, stages: Stages) -> dict[str, Any]:
    from tongbao.observations import receiving, running
    from tongbao.observations.actions import runs
    from tongbao.observations.models import FeedRun
    from tongbao.operations.models import routine
    from tongbao.policy import actors

    stages.spent.clear()
    begun = time.process_time(), time.perf_counter()
    with file.open("rb") as stream:
        arrived = receiving.arrive(iter(lambda: stream.read(1 << 20), b""))
    run = runs.take_in(
        arrived, name=file.name, report="event4_sinkhole", door=FeedRun.Door.COMMAND, operation=routine(),
        actor=actors.system("bench"),
    )  # fmt: skip
    taken = time.process_time() - begun[0], time.perf_counter() - begun[1]
    while running.work():
        pass
    run.refresh_from_db()
    cpu, wall = time.process_time() - begun[0], time.perf_counter() - begun[1]
    spent = {"received": taken} | {name: tuple(each) for name, each in stages.spent.items()}
    return {
        "verdict": run.verdict, "rows": run.rows, "kept": run.kept, "fresh": run.fresh, "again": run.again,
        "cpu": cpu, "wall": wall, "rate": run.rows / cpu,
        "stages": {name: [round(each, 2) for each in both] for name, both in spent.items()},
    }  # fmt: skip


def _stages() -> Stages:
    from tongbao.observations import applying, archiving, running, staging

    found = Stages()
    found.over(running, "_read", "engine")
    found.over(running, "_apply", "findings")
    found.over(running, "_batch", "findings: transactions")
    found.over(applying, "_staged", "findings: made ready")
    found.over(staging, "fill", "findings: staged")
    found.over(staging, "known", "findings: which are known")
    found.over(staging, "put", "findings: put in")
    found.over(archiving, "put", "archive")
    found.over(running, "_finish", "closed")
    return found


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1])), indent=1))
