"""What an officer is shown beside a report: what it names, where else that was seen, what it might be and whose."""

import tomllib
from collections.abc import Iterable
from datetime import timedelta
from functools import cache
from importlib import resources

import msgspec
from msgspec import Struct

from tongbao.engines.observables import Seen, warning
from tongbao.incidents.models import Incident, Observable, Submission
from tongbao.incidents.rules import likeness
from tongbao.incidents.rules.intake import Draft, Entrance
from tongbao.parties import directory
from tongbao.parties.models import Organisation
from tongbao.policy.actors import Actor

LOOKED_UP, EACH, SHOWN = 25, 50, 8
"""So many values are looked up, so many of the newest cases for each, so many cases shown."""


class Named(Struct, frozen=True):
    """A value with what is known of it: ``warning`` why it accuses nobody; how many cases name it."""

    kind: str
    value: str
    warning: str
    cases: int


class Like(Struct, frozen=True):
    """A case that a report might belong to, and why."""

    incident: Incident
    alike: likeness.Alike


class Suggestions(Struct, frozen=True):
    """``type`` of the taxonomy and ``owner``: to be confirmed by an officer; ``campaign``: a value that many cases
    name."""

    named: list[Named]
    cases: list[Like]
    type: str
    owner: Organisation | None
    campaign: Named | None


def for_report(actor: Actor, submission: Submission, draft: Draft) -> Suggestions:
    """Everything that can be said of a report before somebody reads it, as ``actor`` sees the cases."""
    rows = list(submission.observables.all()[:200])
    seen = [each.seen for each in rows]
    shared = shared_with(actor, seen, without=submission.incident_id)
    found = _alike(actor, submission, shared)
    many = likeness.campaign(shared)
    return Suggestions(
        named=named(seen, shared),
        cases=found,
        type=draft.type or _type(draft),
        owner=submission.owner or _owner(actor, draft, submission),
        campaign=Named(many[0].kind, many[0].value, "", many[1]) if many else None,
    )


def named(seen: Iterable[Seen], shared: dict[int, set[Seen]]) -> list[Named]:
    """Values as they are shown, those that many cases name first."""
    counts: dict[Seen, int] = {}
    for values in shared.values():
        for each in values:
            counts[each] = counts.get(each, 0) + 1
    shown = [Named(each.kind, each.value, warning(each.kind, each.value), counts.get(each, 0)) for each in seen]
    return sorted(dict.fromkeys(shown), key=lambda each: (bool(each.warning), -each.cases))


def shared_with(actor: Actor, seen: Iterable[Seen], *, without: int | None = None) -> dict[int, set[Seen]]:
    """The cases that name one of these values, and which. What accuses nobody tells nothing and is not looked up."""
    telling = [each for each in dict.fromkeys(seen) if not warning(each.kind, each.value)]
    telling.sort(key=lambda each: -likeness.WEIGHTS[each.kind])
    found: dict[int, set[Seen]] = {}
    for each in telling[:LOOKED_UP]:
        rows = Observable.objects.filter(value=each.value, incident__isnull=False).order_by("-id")
        for key, kind in rows.values_list("incident_id", "kind")[:EACH]:
            if key != without and kind == each.kind:
                found.setdefault(key, set()).add(each)
    if not found:
        return {}
    visible = set(Incident.objects.visible_to(actor).filter(pk__in=found).values_list("pk", flat=True))
    return {key: values for key, values in found.items() if key in visible}


def _alike(actor: Actor, submission: Submission, shared: dict[int, set[Seen]]) -> list[Like]:
    rows = Incident.objects.visible_to(actor).select_related("owner").exclude(state=Incident.State.MERGED)
    candidates = {each.pk: each for each in rows.filter(pk__in=shared)}
    if submission.owner_id is not None:
        week = submission.received_at - timedelta(days=7)
        mine = rows.filter(owner=submission.owner_id, opened_at__gte=week, state=Incident.State.OPEN)
        candidates |= {each.pk: each for each in mine.order_by("-opened_at", "-id")[:EACH]}
    candidates.pop(submission.incident_id or 0, None)
    cases = [likeness.Case(each.pk, each.owner_id, each.opened_at) for each in candidates.values()]
    ranked = likeness.ranked(cases, shared, owner=submission.owner_id, at=submission.received_at)
    return [Like(candidates[each.key], each) for each in ranked[:SHOWN]]


def _owner(actor: Actor, draft: Draft, submission: Submission) -> Organisation | None:
    """Whose mailbox the reporter writes from. A name that is typed proves nothing: it is only a suggestion."""
    domain = draft.contact_email.rpartition("@")[2].lower()
    if not domain or warning("domain", domain):
        return None
    held = directory.owners_of(domain, submission.received_at, actor=actor)
    return held[0].organisation if held else None


def _type(draft: Draft) -> str:
    found = likeness.kind_of(f"{draft.summary}\n{draft.description}", vocabulary())
    if found:
        return found
    return "vulnerable/vulnerable-system" if draft.entrance == Entrance.WEAKNESS else ""


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    types: tuple[likeness.Words, ...]


@cache
def vocabulary() -> tuple[likeness.Words, ...]:
    """The words that speak for types of the taxonomy."""
    text = (resources.files("tongbao.incidents") / "suggestions.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), _File).types
