"""Pages of feeds beside millions of findings, SQLite: ``python -m bench.feeds_pages FINDINGS FOLDER REQUESTS``. The
instance in FOLDER is made once; a year of findings, a third of them open, with what became of them."""

import json
import os
import random
import shutil
import sys
import time
from pathlib import Path
from typing import Any

from bench import feeds_data as data

BATCH = 250_000
ORGANISATIONS = 3000
DAYS = 365
OFFICER, FIGURES = "lin@nco.example", "/feeds/findings/figures/"
_RANDOM = "(abs(random()) %% {})"


def measure(count: int, folder: Path, rounds: int) -> dict[str, Any]:
    """In this process, which must not have loaded Django yet."""
    os.environ |= {
        "TONGBAO_DATA_DIR": str(folder / "instance"),
        "DJANGO_SETTINGS_MODULE": "tongbao.wiring.django_settings",
        "TONGBAO_SECRET_KEY": "only for a measure, thrown away with its folder, never used elsewhere",
    }
    made = folder / "made"
    if not made.exists() or made.read_text() != str(count):
        shutil.rmtree(folder, ignore_errors=True)
        _build(count)
        made.write_text(str(count))
    import django

    django.setup()
    from bench import pages
    from tongbao.observations import counting
    from tongbao.observations.models import Counted
    from tongbao.wiring import preparing

    preparing.prepare()
    Counted.objects.all().delete()

    def ask(who: str, email: str, addresses: dict[str, list[str]]) -> list[dict[str, Any]]:
        browser = pages.Browser(email)
        return [pages.ask(browser, name, paths, rounds) | {"who": who} for name, paths in addresses.items()]

    found = ask("duty officer", OFFICER, _office()) + ask("owner", "abuse@farhill.example", _owner())
    processor, wall = time.process_time(), time.perf_counter()
    spent: dict[str, float] = {"figures": counting.work()}
    spent |= {"processor": round(time.process_time() - processor, 1), "wall": round(time.perf_counter() - wall, 1)}
    found += ask("duty officer", OFFICER, {"figures, once counted": [FIGURES]})
    return {"pages": found, "counted": spent}


def _office() -> dict[str, list[str]]:
    from tongbao.observations.models import Finding
    from tongbao.parties.models import Organisation

    rng = random.Random(3)
    homes = rng.sample(list(Organisation.objects.values_list("public_id", flat=True)), 10)
    newest = Finding.objects.latest("id").pk
    some = Finding.objects.filter(pk__in=[rng.randrange(1, newest) for _ in range(10)])
    at, one = "/feeds/findings/", [f"/feeds/findings/{each.public_id}/" for each in some]
    return {
        "findings": [at],
        "findings, open": [f"{at}?state=open", f"{at}?state=told-open"],
        "findings, by state": [f"{at}?state={state}" for state in ("notified", "acknowledged", "fixed", "reappeared")],
        "findings, by answer": [f"{at}?verdict={verdict}" for verdict in ("confirmed", "false-positive")],
        "findings, by owner": [f"{at}?owner={home}" for home in homes],
        "findings, nobody's": [f"{at}?owner=none", f"{at}?owner=none&state=open"],
        "findings, at an address": [f"{at}?address={each.address}" for each in some],
        "findings, in a network": [f"{at}?address={each.address.rsplit('.', 1)[0]}.0/24" for each in some],
        "findings, by type": [
            f"{at}?type={kind}" for kind in ("malicious-code/infected-system", "abusive-content/spam")
        ],
        "findings, by a type that there is not": [f"{at}?type=fraud/masquerade"],
        "findings, by sector": [f"{at}?sector=energy", f"{at}?sector=energy&state=open"],
        "findings, by county": [f"{at}?county=TW-TXG", f"{at}?county=TW-LIE"],
        "finding": one,
        "figures, not yet counted": [FIGURES],
    }


def _owner() -> dict[str, list[str]]:
    at = "/my/findings/"
    return {
        "own findings": [at],
        "own findings, open": [f"{at}?state=open"],
        "own findings, by type": [f"{at}?type=malicious-code/infected-system", f"{at}?type=fraud/masquerade"],
    }


def _build(count: int) -> None:
    from bench import feeds_chain

    feeds_chain.build(data.prefixes(ORGANISATIONS, ORGANISATIONS))
    from django.db import connection, transaction

    from tongbao.observations.models import FeedRun, Stream
    from tongbao.operations.models import routine
    from tongbao.parties.models import Organisation
    from tongbao.wiring.demo import country

    country.build("thrown away with its folder")
    owners = list(Organisation.objects.order_by("pk"))
    sectors, counties = ("energy", "finance", "communications", "government", "health"), ("TW-TPE", "TW-TXG", "TW-KHH")
    for at, each in enumerate(owners):
        each.sector, each.county = sectors[at % 5] if at % 9 else "", counties[at % 3]
    Organisation.objects.bulk_update(owners, ["sector", "county"], batch_size=500)
    frame = routine()
    stream = Stream.objects.create(operation=frame, feed="event4_sinkhole", name="event4_sinkhole")
    run = FeedRun.objects.create(
        operation=frame, door="command", name="made-up", digest="0" * 64, size=1, stream=stream, source=_source()
    )
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous=OFF")
        cursor.execute("PRAGMA cache_size=-1000000")
        tables = ("observations_finding", "observations_step")
        cursor.execute(
            f"SELECT name, sql FROM sqlite_master WHERE type='index' AND sql IS NOT NULL AND tbl_name IN {tables}"
        )
        indexes = cursor.fetchall()
        for name, _ in indexes:
            cursor.execute(f'DROP INDEX "{name}"')
        for done in range(0, count, BATCH):
            with transaction.atomic():
                _batch(cursor, done, min(BATCH, count - done), count, len(owners), frame.pk, stream.pk, run.pk)
            sys.stderr.write(f"bench: {min(done + BATCH, count):,} of {count:,} findings\n")
        cursor.execute(STEPS)
        for name, sql in indexes:
            cursor.execute(sql)
            sys.stderr.write(f"bench: {name}\n")
        cursor.execute("ANALYZE")


def _source() -> Any:
    from tongbao.files import steps as files
    from tongbao.files import store

    return files.hold(store.write([b"made up"], limit=100))


def _batch(cursor: Any, done: int, size: int, count: int, owners: int, frame: int, stream: int, run: int) -> None:
    """Rows as they would lie after a year: the later, the higher their ids."""
    cursor.execute(ROWS, {"done": done, "size": size, "count": count, "owners": owners, "frame": frame,
                          "stream": stream, "run": run, "days": DAYS})  # fmt: skip


KINDS = (
    "malicious-code/infected-system",
    "vulnerable/vulnerable-system",
    "vulnerable/ddos-amplifier",
    "intrusion-attempts/brute-force",
    "vulnerable/weak-crypto",
    "abusive-content/spam",
)
_BEFORE = "datetime(seen + 1721424.5 - {})"
ROWS = f"""
WITH RECURSIVE n(i) AS (SELECT %(done)s + 1 UNION ALL SELECT i + 1 FROM n WHERE i < %(done)s + %(size)s),
a AS (
  SELECT i, {_RANDOM.format(100)} AS fate, {_RANDOM.format(100)} AS said, {_RANDOM.format(100)} AS kind,
    CASE WHEN {_RANDOM.format(20)} = 0 THEN NULL
      ELSE 1 + min({_RANDOM.format("%(owners)s")}, {_RANDOM.format("%(owners)s")}) END AS org,
    16777216 + (i * 7919) %% 3000000000 AS ip,
    julianday('now') - 1721424.5 - (%(count)s - i) * %(days)s / %(count)s AS seen
  FROM n
)
INSERT INTO observations_finding (public_id, key, operation_id, organisation_id, track, tlp, stream_id, run_id, type,
  identifier, severity, address, port, malware, asn, country, detail, first_seen, last_seen, last_day, days, count,
  reports, covered_on, state, verdict, words, opened_at, notified_at, acknowledged_at, settled_at, reappeared, incident,
  version)
SELECT lower(hex(randomblob(10))), lower(hex(randomblob(16))), %(frame)s, org, 0, 2, %(stream)s, %(run)s,
  CASE WHEN kind < 50 THEN '{KINDS[0]}' WHEN kind < 80 THEN '{KINDS[1]}' WHEN kind < 90 THEN '{KINDS[2]}'
    WHEN kind < 96 THEN '{KINDS[3]}' WHEN kind < 99 THEN '{KINDS[4]}' ELSE '{KINDS[5]}' END,
  'made-up', kind %% 5, (ip >> 24) || '.' || ((ip >> 16) & 255) || '.' || ((ip >> 8) & 255) || '.' || (ip & 255),
  1024 + i %% 60000, 'family' || (i %% 9), 3462, 'TW', '{{"made-up.words": "' || hex(randomblob(200)) || '"}}',
  {_BEFORE.format(3)}, {_BEFORE.format(0)}, CAST(seen AS INTEGER) + 1, 1, 1, 1, date(seen + 1721424.5),
  CASE WHEN org IS NULL THEN 'open' WHEN fate < 35 THEN 'gone' WHEN fate < 65 THEN 'fixed'
    WHEN fate < 85 THEN 'notified' WHEN fate < 97 THEN 'acknowledged' ELSE 'reappeared' END,
  CASE WHEN org IS NULL OR fate < 85 THEN '' WHEN said < 20 THEN 'false-positive' ELSE 'confirmed' END, '',
  {_BEFORE.format(3)}, CASE WHEN org IS NOT NULL AND fate < 97 THEN {_BEFORE.format(2.9)} END,
  CASE WHEN org IS NOT NULL AND fate BETWEEN 85 AND 96 THEN {_BEFORE.format(2)} END,
  CASE WHEN org IS NOT NULL AND fate < 65 THEN {_BEFORE.format(0)} END, fate >= 97, '', 1
FROM a
"""
STEPS = """
INSERT INTO observations_step (finding_id, organisation_id, state, verdict, at, took, by_office, words)
SELECT id, organisation_id, 'notified', '', notified_at, 8640, 0, ''
  FROM observations_finding WHERE notified_at IS NOT NULL
UNION ALL SELECT id, organisation_id, 'acknowledged', verdict, acknowledged_at, 3600 * (1 + id % 90), 0, ''
  FROM observations_finding WHERE acknowledged_at IS NOT NULL
UNION ALL SELECT id, organisation_id, state, '', settled_at, 3600 * (1 + id % 200), 0, ''
  FROM observations_finding WHERE settled_at IS NOT NULL
"""


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))))
