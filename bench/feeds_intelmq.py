"""The chain of IntelMQ 3.2.1 in library mode, run by the interpreter of bench/.peers/intelmq; not part of the product.

Parser, prefix lookup, contact lookup and deduplicator are its own, unmodified; a message is handed from one to the next
in memory. In its favour: the memory of the deduplicator is a set and not Redis, nothing is printed, neither rejects nor
provenance are kept, and rows are written per organisation in one go at the end. Leaves result.json in its folder.
"""

import csv
import json
import sqlite3
import sys
import time
from collections import defaultdict
from pathlib import Path

from intelmq.bots.experts.asn_lookup.expert import ASNLookupExpertBot
from intelmq.bots.experts.deduplicator.expert import DeduplicatorExpertBot
from intelmq.bots.experts.generic_db_lookup.expert import GenericDBLookupExpertBot
from intelmq.bots.parsers.shadowserver.parser import ShadowserverParserBot
from intelmq.lib import bot as bots
from intelmq.lib.bot import BotLibSettings
from intelmq.lib.message import MessageFactory
from intelmq.lib.utils import base64_encode

FIRST = 4_200_000_000
"""Numbers of autonomous systems that stand for organisations: the lookup has no other way to name an owner."""
HELD = 1000
"""Lines handed to the parser at once."""


class Memory(DeduplicatorExpertBot):
    """Its memory is a dictionary."""

    known: set = set()

    def cache_exists(self, key):
        return key in self.known

    def cache_set(self, key, value, ttl=None):
        self.known.add(key)


bots.print = lambda *_: None  # 3.2.1 prints every message that it sends: not to be held against it


def main() -> None:
    file, owners, out, report = Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4]
    out.mkdir(parents=True, exist_ok=True)
    names = prepare(owners, out)
    settings = BotLibSettings
    parser = ShadowserverParserBot("parser", settings=settings | {"feedname": report})
    lookup = ASNLookupExpertBot("lookup", settings=settings | {"database": str(out / "prefixes.dat")})
    contact = GenericDBLookupExpertBot(
        "contact",
        settings=settings
        | {
            "engine": "sqlite",
            "database": str(out / "owners.db"),
            "table": "owners",
            "match_fields": {"source.asn": "asn"},
            "replace_fields": {"org": "source.as_name"},
        },
    )
    keys = "source.as_name,classification.type,source.ip,source.port,malware.name,extra.day"
    once = Memory("once", settings=settings | {"filter_keys": keys, "filter_type": "whitelist"})
    head, *lines = file.read_text().splitlines(keepends=True)
    wall, processor = time.perf_counter(), time.process_time()
    rows, kept = chain(parser, lookup, contact, once, head, lines)
    counts = write(kept, out)
    found = {
        "rows": rows,
        "kept": sum(counts.values()),
        "organisations": {org: count for org, count in counts.items() if org},
        "wall": time.perf_counter() - wall,
        "cpu": time.process_time() - processor,
        "owners": len(names),
    }
    (out / "result.json").write_text(json.dumps(found))


def prepare(owners: Path, out: Path) -> list:
    """The prefixes as the lookup wants them, and the owners in a database."""
    with owners.open(newline="") as stream:
        lines = [(row["prefix"], row["org_id"]) for row in csv.DictReader(stream)]
    names = sorted({org for _, org in lines})
    places = {org: FIRST + at for at, org in enumerate(names)}
    (out / "prefixes.dat").write_text("".join(f"{prefix}\t{places[org]}\n" for prefix, org in lines))
    (out / "owners.db").unlink(missing_ok=True)
    with sqlite3.connect(out / "owners.db") as database:
        database.execute("CREATE TABLE owners (asn INTEGER PRIMARY KEY, org TEXT)")
        database.executemany("INSERT INTO owners VALUES (?, ?)", [(at, org) for org, at in places.items()])
    return names


def chain(parser, lookup, contact, once, head, lines):
    """Every event through all bots, one after the other; those that are kept, by organisation."""
    kept, rows = defaultdict(list), 0
    for at in range(0, len(lines), HELD):
        report = MessageFactory.from_dict(
            {"raw": base64_encode(head + "".join(lines[at : at + HELD]))}, default_type="Report"
        )
        for event in parser.process_message(report)["output"]:
            rows += 1
            own = event.pop("source.asn", None)
            (event,) = lookup.process_message(event)["output"]
            (event,) = contact.process_message(event)["output"]
            if own is not None and "source.as_name" not in event:
                event.add("source.asn", own, overwrite=True)
            event.add("extra.day", event["time.source"][:10], overwrite=True)
            for each in once.process_message(event)["output"]:
                kept[each.get("source.as_name")].append(each)
    return rows, kept


def write(kept, out: Path) -> dict:
    """One CSV for each organisation; how many rows each has, None for those without an owner."""
    (out / "organisations").mkdir(exist_ok=True)
    for org, events in kept.items():
        if org is None:
            continue
        fields = sorted({field for event in events for field in event if field != "raw"})
        with (out / "organisations" / f"{org}.csv").open("w", newline="") as stream:
            writer = csv.DictWriter(stream, fields, extrasaction="ignore")
            writer.writeheader()
            writer.writerows(events)
    return {org: len(events) for org, events in kept.items()}


main()
