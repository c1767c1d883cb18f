"""The whole of it: ``tongbao serve`` finds a mail with a zipped report in its Maildir, reads it, counts it in findings
and the archive, and queues what the owners are told. ``python -m bench.feeds_mail ROWS``. An instance of its own in
SQLite, durable as delivered; every organisation has a seat and an address of mail. No mail server is named: mails wait.
"""

import io
import json
import os
import resource
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import zipfile
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from bench import feeds_chain
from bench import feeds_data as data

LONGEST = 3600


def measure(rows: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="tb-mail-") as folder:
        home = Path(folder)
        (home / "mail" / "new").mkdir(parents=True)
        (home / "mail" / "tmp").mkdir()
        settings = {
            "TONGBAO_DATA_DIR": str(home / "instance"),
            "TONGBAO_SECRET_KEY": "only for a measure, thrown away with its folder, never used elsewhere",
            "TONGBAO_FEEDS_MAILDIR": str(home / "mail"),
            "TONGBAO_FEEDS_QUIET_MINUTES": "0",
            "TONGBAO_LISTEN": f"127.0.0.1:{_free()}",
            "POLARS_MAX_THREADS": "1",
        }
        os.environ |= settings | {"DJANGO_SETTINGS_MODULE": "tongbao.wiring.django_settings"}
        owners = data.prefixes(feeds_chain.PREFIXES, feeds_chain.ORGANISATIONS)
        feeds_chain.build(owners)
        _mail(home, rows, owners)
        return _served(home / "instance" / "tongbao.sqlite3", home / "mail")


def _mail(home: Path, rows: int, owners: list[tuple[str, str]]) -> None:
    data.write_sinkhole(home / "2026-03-04-event4_sinkhole-example.csv", rows, owners)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(home / "2026-03-04-event4_sinkhole-example.csv", "2026-03-04-event4_sinkhole-example.csv")
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "source@feeds.example", "feeds@nco.example", "Daily report"
    mail.set_content("Enclosed.")
    name = "2026-03-04-event4_sinkhole-example.zip"
    mail.add_attachment(packed.getvalue(), maintype="application", subtype="zip", filename=name)
    (home / "mail" / "tmp" / "1.source").write_bytes(mail.as_bytes())


def _served(database: Path, mail: Path) -> dict[str, Any]:
    """From the mail's being there until every owner's digest is queued; processor time of all processes."""
    served = subprocess.Popen([sys.executable, "-m", "tongbao", "serve"], stdout=sys.stderr)
    try:
        time.sleep(15)  # it has started, and has nothing to do
        before, begun = _spent(served.pid), time.monotonic()
        (mail / "tmp" / "1.source").rename(mail / "new" / "1.source")
        read = 0.0
        while time.monotonic() - begun < LONGEST:
            time.sleep(0.5)
            state = _state(database)
            read = read or (time.monotonic() - begun if state["done"] else 0.0)
            if state["done"] and not state["untold"]:
                break
        else:
            raise RuntimeError(f"not ended after {LONGEST} s: {state}")
        wall, cpu = time.monotonic() - begun, _spent(served.pid) - before
    finally:
        served.send_signal(signal.SIGTERM)
        served.wait(60)
    return state | {"wall": wall, "read_after": read, "cpu": cpu, "rate": state["rows"] / cpu, "peak": _peak()}


def _state(database: Path) -> dict[str, Any]:
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as found:
        rows, done, fresh = found.execute(
            "SELECT COALESCE(SUM(rows), 0), COALESCE(SUM(verdict = 'complete'), 0), COALESCE(SUM(fresh), 0)"
            " FROM observations_feedrun"
        ).fetchone()
        (untold,) = found.execute(
            "SELECT COUNT(*) FROM observations_finding WHERE organisation_id IS NOT NULL AND notified_at IS NULL AND"
            " acknowledged_at IS NULL AND settled_at IS NULL AND merged_into_id IS NULL"
        ).fetchone()
        digests, deliveries = found.execute(
            "SELECT (SELECT COUNT(*) FROM observations_digest), (SELECT COUNT(*) FROM notices_delivery)"
        ).fetchone()
    return {"rows": rows, "done": done, "fresh": fresh, "untold": untold, "digests": digests, "mails": deliveries}


def _spent(parent: int) -> float:
    """Processor seconds of a process and all below it, those that ended too."""
    children: dict[int, list[int]] = {}
    spent: dict[int, float] = {}
    for each in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = each.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        key = int(each.parent.name)
        children.setdefault(int(fields[1]), []).append(key)
        spent[key] = sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    found, waiting = 0.0, [parent]
    while waiting:
        key = waiting.pop()
        found += spent.get(key, 0.0)
        waiting += children.get(key, [])
    return found


def _peak() -> int:
    """Megabytes that the largest of the processes held."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024


def _free() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1])), indent=1))
