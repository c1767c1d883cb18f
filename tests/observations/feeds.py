"""Files of feeds for stories: rows of our own, addresses of the demonstration country."""

import io
import zipfile
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from polars import DataFrame, Int64

from tongbao.observations import receiving, running
from tongbao.observations.actions import runs
from tongbao.observations.models import FeedRun, Finding
from tongbao.operations.models import Operation, routine
from tongbao.policy.actors import Actor

POWER, CITY, HOSTER, NOBODY = "198.51.100.23", "192.0.2.10", "203.0.113.66", "100.200.1.2"
DAY = date(2026, 11, 23)
"""The day on which the stories begin."""


def ssh(*addresses: str, day: date = DAY, hour: int = 1) -> bytes:
    """A report of reachable SSH servers."""
    return table(
        "timestamp,ip,port,protocol,hostname,tag,asn,geo,serverid_raw",
        (f"{stamp(day, hour)},{ip},22,tcp,,ssh,64500,TW,SSH-2.0-OpenSSH_7.4" for ip in addresses),
    )


def sinkhole(*rows: tuple[str, int, str], day: date = DAY) -> bytes:
    """A report of infected machines: address, port that the machine happened to use, family."""
    return table(
        "timestamp,protocol,src_ip,src_port,src_asn,src_geo,dst_ip,dst_port,infection,family",
        (f"{stamp(day)},tcp,{ip},{port},64500,TW,203.0.113.250,80,{name},{name}" for ip, port, name in rows),
    )


def table(head: str, rows: Iterable[str]) -> bytes:
    return "\n".join([head, *rows, ""]).encode()


def stamp(day: date, hour: int = 1) -> str:
    return f"{datetime.combine(day, time(hour)):%Y-%m-%d %H:%M:%S}"


def packed(name: str, content: bytes) -> bytes:
    """As a zip with one table in it."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return file.getvalue()


def named(report: str, day: date = DAY, scope: str = "example-geo") -> str:
    return f"{day}-{report}-{scope}.csv"


def hand_in(
    content: bytes, name: str, *, actor: Actor, report: str = "", scope: str = "", operation: Operation | None = None
) -> FeedRun:
    """A file comes in; it waits for a worker."""
    return runs.take_in(
        receiving.arrive([content]),
        name=name,
        report=report,
        scope=scope,
        door=FeedRun.Door.API,
        operation=operation or routine(),
        actor=actor,
    )


def deliver(
    content: bytes, name: str, *, actor: Actor, report: str = "", operation: Operation | None = None
) -> FeedRun:
    """A file comes in and is read to its verdict."""
    run = hand_in(content, name, actor=actor, report=report, operation=operation)
    while running.work():
        pass
    run.refresh_from_db()
    return run


def finding(address: str) -> Finding:
    """The one finding of an address."""
    return Finding.objects.get(address=address)


def later(days: int) -> date:
    return DAY + timedelta(days=days)


def row(address: str, at: datetime, *, organisation: int | None = None, **more: object) -> DataFrame:
    """One row as ``shaping.groups`` gives it."""
    fields = {
        "org": organisation, "identifier": "i", "address": address, "port": 22, "malware": "", "day": at.date(),
        "first": at, "last": at, "asn": None, "cc": "", **more,
    }  # fmt: skip
    return DataFrame([fields], schema_overrides={"org": Int64, "asn": Int64})
