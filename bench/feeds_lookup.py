"""An address among a hundred million archived events, asked as an officer asks: the manifest says which files, Polars
reads them, the journal keeps it. ``python -m bench.feeds_lookup EVENTS_IN_MILLIONS``. Takes 20 bytes an event."""

import json
import os
import random
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

RANGES = 4
"""So many files has a day, each with its part of the addresses, as putting a day in order leaves them."""
AT_ONCE = 1_000_000
ASKED = 40


def measure(millions: int) -> dict[str, Any]:
    """In this process, which must not have loaded Django yet."""
    with tempfile.TemporaryDirectory(prefix="tb-lookup-") as folder:
        os.environ |= {
            "TONGBAO_DATA_DIR": folder,
            "DJANGO_SETTINGS_MODULE": "tongbao.wiring.django_settings",
            "TONGBAO_SECRET_KEY": "only for a measure, thrown away with its folder, never used elsewhere",
        }
        import django

        django.setup()
        days = -(-millions // RANGES)
        last = _filled(days)
        return _asked(last, days) | {"events": days * RANGES * AT_ONCE, "days": days, "bytes": _size(Path(folder))}


def _filled(days: int) -> date:
    from tongbao.engines.archive import writing
    from tongbao.kernel import clock
    from tongbao.observations import archiving
    from tongbao.observations.models import ArchiveFile
    from tongbao.operations.models import routine
    from tongbao.wiring import preparing

    preparing.prepare()
    last, operation, rows = clock.now().date(), routine().pk, []
    for part in range(RANGES):
        for ago in range(days):
            if ago % 16 == 0:  # other addresses for every sixteenth day; making them costs more than writing them
                frame = _events(part, seed=ago)
            day = last - timedelta(days=ago)
            piece = writing.put(_on(frame, day), archiving.store(), f"{part:032x}-000")
            rows.append(archiving._row(piece, operation, day + timedelta(days=700), None))
    ArchiveFile.objects.bulk_create(rows)
    return last


def _on(frame: Any, day: date) -> Any:
    import polars as pl

    noon = pl.lit(day).cast(pl.Datetime("us", "UTC"))
    return frame.with_columns(day=pl.lit(day), time=noon + pl.duration(seconds=pl.col("line") % 86_400))


def _events(part: int, seed: int) -> Any:
    """A million rows in a quarter of the address space, sorted as the archive sorts them."""
    import polars as pl

    from tongbao.engines.archive import places
    from tongbao.engines.archive.schema import COLUMNS

    rng = random.Random(part * 1000 + seed)
    first, size = part * 56 + 1, 55 << 24
    hosts = sorted(rng.randrange(size) for _ in range(AT_ONCE // 4))
    addresses = [f"{first + (n >> 24)}.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}" for n in hosts]
    kinds = {"owner": 3000, "type": 12, "port": 60_000, "malware": 10}
    frame = pl.DataFrame({"address": [each for each in addresses for _ in range(4)]}).with_columns(
        line=pl.int_range(pl.len()),
        **{name: pl.int_range(pl.len()).shuffle(seed=rng.randrange(99)) % most for name, most in kinds.items()},
    )
    frame = frame.with_columns(places.halves(frame.get_column("address")))
    texts = {
        "feed": pl.lit("shadowserver/event4_sinkhole"), "identifier": pl.lit("infected"), "country": pl.lit("TW"),
        "type": pl.format("malicious-code/{}", "type"), "malware": pl.format("family-{}", "malware"),
        "owned_by": pl.lit("prefix"), "file": pl.lit("0" * 64), "sector": pl.lit("energy"),
        "name": pl.format("host-{}.example.net", "line"), "organisation": pl.col("owner"),
    }  # fmt: skip
    numbers = {"severity": 3, "track": 0, "tlp": 2, "asn": 64500}
    frame = frame.with_columns(**texts, **{name: pl.lit(number) for name, number in numbers.items()})
    rest = {"day": pl.lit(date(2000, 1, 1)), "time": pl.lit(None), "url": pl.lit(None), "hash": pl.lit(None)}
    return frame.with_columns(**rest).select(pl.col(name).cast(kind) for name, kind in COLUMNS.items())


def _asked(last: date, days: int) -> dict[str, Any]:
    """Half of the addresses occur, half do not; over all days."""
    from tongbao.observations import asking
    from tongbao.observations.asking import Question
    from tongbao.policy import actors

    rng, took, found = random.Random(3), [], 0
    known = _events(1, seed=0).get_column("address").unique().sort().to_list()
    for turn in range(ASKED + 2):
        text = rng.choice(known) if turn % 2 else f"{rng.randrange(1, 220)}.{rng.randrange(256)}.{rng.randrange(256)}.7"
        begun = time.perf_counter(), time.process_time()
        answer = asking.ask(
            Question("address", last - timedelta(days=days), last, address=text), actor=actors.system("bench")
        )
        took.append((time.perf_counter() - begun[0], time.process_time() - begun[1]))
        found += bool(answer.rows)
    walls = sorted(wall for wall, _ in took[2:])
    return {
        "median": round(walls[len(walls) // 2], 3), "slowest": round(walls[-1], 3), "first": round(took[0][0], 3),
        "cpu": round(sum(cpu for _, cpu in took[2:]) / ASKED, 3), "asked": ASKED + 2, "found": found,
    }  # fmt: skip


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*.parquet"))


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1])), indent=1))
