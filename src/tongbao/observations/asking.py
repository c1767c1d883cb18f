"""Questions to the archive: who may ask, what they may see of it, which files have the answer, and the trace of it.

What may be seen is what the findings of these events would show: those of the asker's tracks up to TLP:AMBER+STRICT.
Asking is opening: every question is journalled, with the organisation that it names and a keyed digest of what else.
"""

from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q
from msgspec import Struct
from polars import DataFrame

from tongbao.engines.archive import frames, places, questions
from tongbao.engines.archive.questions import HEAVY, Frame, Sight
from tongbao.engines.archive.stores import StoreAway
from tongbao.journal.events import Event
from tongbao.journal.reading import asked
from tongbao.kernel import clock, ids
from tongbao.kernel.markings import TLP, Track
from tongbao.kernel.refusals import Invalid, NotFound, Problem, Unavailable
from tongbao.observations import archiving
from tongbao.observations.models import ArchiveFile, Finding
from tongbao.operations.models import routine
from tongbao.parties.models import Organisation
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.policy.rules import holds

SHAPES = ("address", "owner", "days", "hunt", "spells")
USUAL_DAYS = 30
MOST = 1000
MOST_INDICATORS = 10_000


class Question(Struct, frozen=True):
    """``shape``: events of an ``address`` (or network, or name); what an ``owner`` (public id or code) has had; counts
    by day, type and sector; which ``indicators`` occur; when each thing was first and last seen (of one or all)."""

    shape: str
    first: date
    last: date
    address: str = ""
    owner: str = ""
    indicators: tuple[str, ...] = ()
    most: int = MOST


class Answer(Struct, frozen=True):
    """``more``: there is more than is shown."""

    rows: list[dict[str, Any]]
    more: bool


def span(first: str, last: str) -> tuple[date, date]:
    """The days that are asked for; what cannot be read is the last month."""
    today = clock.now().date()
    found = []
    for text, usual in ((first, today - timedelta(days=USUAL_DAYS)), (last, today)):
        try:
            found.append(date.fromisoformat(text))
        except ValueError:
            found.append(usual)
    return min(found), max(found)


def ask(question: Question, *, actor: Actor) -> Answer:
    """The answer. Raises NotFound, Invalid, Unavailable ("archive-engine-away", "archive-away", "archive-changing")."""
    if not (actor.system or (actor.office and holds(actor, Can.FINDING_READ))):
        raise NotFound
    problems = _problems(question)
    if problems:
        raise Invalid(problems)
    home = _owner(question, actor)
    secret = "\0".join((question.address, *question.indicators))
    asked(
        Event.ARCHIVE_ASKED,
        subject=("observations", "archive"),
        actor=actor,
        refs=[home],
        facts={
            "shape": question.shape,
            "first": question.first.isoformat(),
            "last": question.last.isoformat(),
            "what": ids.keyed(settings.TONGBAO.secret_key, "archive", secret)[:16] if secret else "",
        },
    )
    if question.owner and home is None:
        return Answer([], more=False)
    found = _answer(question, home, actor)
    return _named(found.head(question.most), more=found.height > question.most)


def _problems(question: Question) -> list[Problem]:
    found = []
    if question.shape not in SHAPES:
        found.append(Problem("shape", "choice-unknown", {"value": question.shape[:40]}))
    if question.shape == "address" and not question.address:
        found.append(Problem("address", "required"))
    if question.shape == "owner" and not question.owner:
        found.append(Problem("owner", "required"))
    if question.shape == "hunt" and not question.indicators:
        found.append(Problem("indicators", "required"))
    if len(question.indicators) > MOST_INDICATORS:
        found.append(Problem("indicators", "too-many-chosen", {"most": MOST_INDICATORS}))
    return found


def _owner(question: Question, actor: Actor) -> Organisation | None:
    rows = Organisation.objects.visible_to(actor)
    named = Q(public_id=question.owner) | Q(code=question.owner)
    return rows.filter(named).order_by("pk").first() if question.owner else None


def sight(actor: Actor) -> Sight:
    """What the actor may see: the rule of findings, for events that may have changed hands since."""
    if actor.system:
        return Sight(tuple(Track), TLP.RED)
    hidden = Organisation.objects.exclude(track__in=actor.tracks).values_list("pk", flat=True)
    moved = Finding.objects.filter(first_track__isnull=False).exclude(track__in=actor.tracks)
    return Sight(
        tuple(int(track) for track in actor.tracks),
        TLP.AMBER_STRICT,
        tuple(hidden),
        tuple(moved.order_by().values_list("address", flat=True).distinct()),
    )


def _answer(question: Question, home: Organisation | None, actor: Actor) -> DataFrame:
    """Files that were replaced while the question was on its way are gone; then the manifest is asked once more."""
    engine = settings.TONGBAO.engine if question.shape in HEAVY else frames.LOCAL
    may, store = sight(actor), archiving.store()
    for _ in range(2):
        try:
            events = frames.frame(engine, store, paths(question))
            seen = questions.seen(events, may, question.first, question.last)
            with store.reading():
                return frames.collect(_shaped(question, seen, home, engine).head(question.most + 1))
        except FileNotFoundError:
            continue
        except StoreAway as away:
            raise Unavailable("archive-away") from away
        except frames.EngineAway as away:
            raise Unavailable("archive-engine-away") from away
    raise Unavailable("archive-changing")


def _shaped(question: Question, seen: Frame, home: Organisation | None, engine: str) -> Frame:
    if question.shape == "address":
        return questions.at(seen, _folded(question.address), places.span(_folded(question.address)))
    if question.shape == "owner":
        return questions.of_owner(seen, home.pk if home else 0)
    if question.shape == "days":
        return questions.daily(seen)
    if question.shape == "spells":
        return questions.spells(seen, home.pk if home else None)
    wanted = sorted({text for each in question.indicators for text in (each.strip(), _folded(each)) if text})
    return questions.hunt(seen, frames.values(seen, "value", wanted, engine))


def _folded(text: str) -> str:
    return text.strip().lower().rstrip(".")


def paths(question: Question) -> list[str]:
    """The files that may have an answer: of these days, and around this address."""
    rows = ArchiveFile.objects.live().filter(operation=routine(), day__gte=question.first, day__lte=question.last)
    ends = places.span(_folded(question.address)) if question.shape == "address" else None
    if ends is not None:
        first, last = (places.text(*end) for end in ends)
        rows = rows.filter(first__lte=last, last__gte=first).exclude(first="")
    return list(rows.order_by("day", "pk").values_list("path", flat=True))


def _named(found: DataFrame, *, more: bool) -> Answer:
    """With organisations in place of their keys."""
    rows = found.to_dicts()
    if "organisation" in found.columns:
        homes = Organisation.objects.in_bulk(sorted({row["organisation"] for row in rows} - {None}))
        for row in rows:
            row["organisation"] = homes.get(row["organisation"])
    return Answer(rows, more)


def indicators(text: str) -> tuple[str, ...]:
    """One a line."""
    return tuple(line.strip() for line in text.splitlines() if line.strip())
