"""CAP: messages from bytes to a verdict, in memory. Every message differs, so that nothing is remembered."""

import math
import random
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from tongbao.standards.cap import verdict, writing
from tongbao.standards.cap.model import (
    Alert,
    Area,
    Category,
    Certainty,
    Info,
    MessageType,
    Named,
    Point,
    Polygon,
    ResponseType,
    Scope,
    Severity,
    Status,
    Urgency,
)

SEED = 20261126
SENT = datetime(2026, 11, 26, 4, 0, tzinfo=UTC)
WORDS = "水庫洩洪警戒北部地區將分區輪流停電請沿岸附近民眾注意並及早應變啟動備用電源回報貴單位狀況"
KINDS = ("codes", "polygon", "bilingual")


def measure(rounds: int, each: int) -> dict[str, Any]:
    """Messages a second, by kind: place codes only; a polygon of 20 points; both languages with that polygon each."""
    found: dict[str, Any] = {"each": each, "kinds": {}}
    made = {kind: [writing.serialise(_message(kind, number)) for number in range(each)] for kind in KINDS}
    for kind, messages in made.items():
        size = round(sum(map(len, messages)) / each)
        found["kinds"][kind] = {"bytes": size, "wall": [], "processor": []}
    for _ in range(rounds):
        for kind, messages in made.items():
            wall, processor = time.perf_counter(), time.process_time()
            sound = sum(one.ok for data in messages for one in verdict.judge(data))
            wall, processor = time.perf_counter() - wall, time.process_time() - processor
            if sound != each:
                raise RuntimeError(f"{each - sound} of {each} messages were not sound")
            found["kinds"][kind]["wall"].append(round(each / wall))
            found["kinds"][kind]["processor"].append(round(each / processor))
    return found


def _message(kind: str, number: int) -> Alert:
    chance = random.Random(SEED + number)
    languages = ("zh-TW", "en-US") if kind == "bilingual" else ("zh-TW",)
    area = _area(kind, chance)
    return Alert(
        identifier=f"NCO-2026-{number:06}",
        sender="duty@nco.example",
        sent=SENT + timedelta(seconds=number),
        status=Status.ACTUAL,
        msg_type=MessageType.ALERT,
        scope=Scope.PUBLIC,
        codes=("Progress",),
        infos=tuple(_info(language, area, chance, SENT + timedelta(hours=6, seconds=number)) for language in languages),
    )


def _info(language: str, area: Area, chance: random.Random, expires: datetime) -> Info:
    return Info(
        language=language,
        categories=(Category.INFRA,),
        event=_text(chance, 4),
        response_types=(ResponseType.MONITOR,),
        urgency=Urgency.FUTURE,
        severity=Severity.MODERATE,
        certainty=Certainty.OBSERVED,
        event_codes=(Named("profile:CAP-TWP:Event:1.0", "ReservoirDis"),),
        effective=expires - timedelta(hours=5),
        expires=expires,
        sender_name=_text(chance, 3),
        headline=_text(chance, 9),
        description=_text(chance, 40),
        instruction=_text(chance, 11),
        web="https://nco.example/alerts/",
        parameters=tuple(Named(name, _text(chance, 4)) for name in ("alert_title", "severity_level", "alert_color")),
        areas=(area,),
    )


def _area(kind: str, chance: random.Random) -> Area:
    codes = (Named("Taiwan_Geocode_103", str(chance.randrange(10**6, 10**7))),)
    return Area(description=_text(chance, 6), geocodes=codes, polygons=() if kind == "codes" else (_ring(chance),))


def _ring(chance: random.Random) -> Polygon:
    """A bay and cape coast around some place in Taiwan, to four decimals."""
    lat, lon = chance.uniform(22.5, 24.8), chance.uniform(120.5, 121.3)
    points = []
    for step in range(20):
        far, turn = chance.uniform(0.05, 0.3), 2 * math.pi * step / 20
        north, east = lat + far * math.sin(turn), lon + far * math.cos(turn)
        points.append(Point(Decimal(f"{north:.4f}"), Decimal(f"{east:.4f}")))
    return Polygon((*points, points[0]))


def _text(chance: random.Random, length: int) -> str:
    start = chance.randrange(len(WORDS))
    return (WORDS[start:] + WORDS)[:length]
