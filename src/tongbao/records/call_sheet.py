"""The call sheet for the hour when everything is down: who is reached where, and which cases are open.

A page at any time; and every night a file in the data folder, to be printed or carried away. It is encrypted to the
recipient of backups where one is set. A restricted case stands in it by its number alone, TLP:RED not at all.
"""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyrage
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import override
from msgspec import Struct

from tongbao.incidents.models import Incident
from tongbao.kernel import clock
from tongbao.kernel.markings import TLP
from tongbao.parties.models import ContactPoint, Organisation, Seat, Tenure, current
from tongbao.policy import actors
from tongbao.policy.actors import Actor
from tongbao.ui import paper

KEPT = 14
"""So many nights are kept."""
MOST_CASES = 2000


class Post(Struct, frozen=True):
    """A seat, who holds it, how it is reached."""

    seat: Seat
    holders: tuple[str, ...]
    contacts: tuple[ContactPoint, ...]


class Home(Struct, frozen=True):
    organisation: Organisation
    posts: tuple[Post, ...]


def context(actor: Actor) -> dict[str, Any]:
    """What the sheet shows ``actor``."""
    cases = Incident.objects.visible_to(actor).filter(state=Incident.State.OPEN, tlp__lt=TLP.RED)
    return {
        "homes": _homes(actor),
        "cases": [
            {"row": each, "named": each.tlp <= TLP.GREEN}
            for each in cases.select_related("owner").order_by("-opened_at", "-id")[:MOST_CASES]
        ],
        "at": clock.now(),
    }


def write_nightly() -> int:
    """Write tonight's sheet, once. A file that is there is whole."""
    folder = settings.TONGBAO.data / "call-sheets"
    name = f"{timezone.localtime(clock.now()):%Y-%m-%d}.html"
    recipient = settings.TONGBAO.backup_recipient
    path = folder / (f"{name}.age" if recipient else name)
    if path.exists():
        return 0
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with override(settings.TONGBAO.language):
        whole = context(actors.system("call-sheet"))
        shown = render_to_string("records/call_sheet.html", whole | {"pdf": True})
    content = shown.replace("</head>", f"<style>{paper.style()}</style></head>", 1).encode()
    if recipient:
        content = pyrage.encrypt(content, [pyrage.x25519.Recipient.from_str(recipient)])
    _put(path, content)
    _forget(folder)
    return 1


def _put(path: Path, content: bytes) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with draft.open("wb") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _forget(folder: Path) -> None:
    for old in sorted(folder.glob("????-??-??.html*"))[:-KEPT]:
        old.unlink(missing_ok=True)


def _homes(actor: Actor) -> list[Home]:
    now = clock.now()
    seats = list(Seat.objects.visible_to(actor).select_related("organisation"))
    holders: dict[int, list[str]] = {}
    for tenure in Tenure.objects.filter(current(now)).select_related("person"):
        holders.setdefault(tenure.seat_id, []).append(tenure.person.name)
    points: dict[int, list[ContactPoint]] = {}
    for point in ContactPoint.objects.filter(removed_at=None).exclude(kind=ContactPoint.Kind.WEBHOOK):
        points.setdefault(point.seat_id, []).append(point)
    found: dict[int, list[Post]] = {}
    for seat in seats:
        post = Post(seat, tuple(holders.get(seat.pk, ())), tuple(points.get(seat.pk, ())))
        found.setdefault(seat.organisation_id, []).append(post)
    homes = {seat.organisation_id: seat.organisation for seat in seats}
    return [
        Home(homes[key], tuple(sorted(posts, key=lambda post: (post.seat.rank, post.seat.pk))))
        for key, posts in sorted(found.items(), key=lambda each: homes[each[0]].code)
    ]


NIGHTLY = timedelta(minutes=30)
"""How often it is looked whether tonight's is there: a missed night is made up for."""
