"""The same step on many: each is a verb of its own, and each one's fate is shown."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.db.utils import OperationalError
from msgspec import Struct

from tongbao.incidents import lookup
from tongbao.incidents.actions import cases, log, playbooks, submissions, triage
from tongbao.incidents.models import Incident, Submission
from tongbao.kernel.refusals import Invalid, Refusal, Unavailable
from tongbao.policy.actors import Actor
from tongbao.ui.sentences import problem_sentence, refusal_sentence

MOST = 200
Given = Mapping[str, Any]


class Chosen(Struct, frozen=True):
    """One of the list, in the version that was shown."""

    id: str
    version: int


Act = Callable[[Chosen, Given, Actor], object]


def _merge(one: Chosen, given: Given, actor: Actor) -> object:
    into = lookup.key_of(actor, given["into"])
    return triage.merge_submission(one.id, into=into, version=one.version, actor=actor)


def _link(one: Chosen, given: Given, actor: Actor) -> object:
    other = lookup.key_of(actor, given["other"])
    return cases.link_incidents(one.id, other=other, reason=given["reason"], actor=actor)


ACTS: dict[str, dict[str, Act]] = {
    "reports": {
        "reject": lambda one, given, actor: submissions.reject(
            one.id, reason=given["reason"], version=one.version, actor=actor
        ),
        "release": lambda one, given, actor: submissions.release(one.id, version=one.version, actor=actor),
        "merge": _merge,
    },
    "cases": {
        "note": lambda one, given, actor: log.note(one.id, words=given["text"], tlp=given["tlp"], actor=actor),
        "task": lambda one, given, actor: log.add_task(
            one.id, title=given["title"], due_at=given["due_at"], actor=actor
        ),
        "playbook": lambda one, given, actor: playbooks.begin_playbook(one.id, playbook=given["playbook"], actor=actor),
        "link": _link,
    },
}
"""What can be done to many at once, by list."""


def knows(what: str, act: str) -> bool:
    """Whether there is such a step for that list."""
    return act in ACTS[what]


def chosen(typed: Sequence[str]) -> list[Chosen]:
    """The ticked ones, as ``id:version``; what cannot be read is left out, like what is beyond ``MOST``."""
    found: dict[str, Chosen] = {}
    for each in typed[:MOST]:
        key, _, version = each.partition(":")
        if key and version.isascii() and version.isdigit() and len(version) < 10:
            found[key] = Chosen(key, int(version))
    return list(found.values())


def rows(actor: Actor, what: str, wanted: Sequence[str]) -> list[Any]:
    """The rows of a list that the actor may see, in the order in which they were chosen."""
    seen: dict[str, QuerySet[Any]] = {
        "reports": Submission.objects.visible_to(actor),
        "cases": Incident.objects.visible_to(actor),
    }
    held = {each.public_id: each for each in seen[what].filter(public_id__in=list(wanted)[:MOST])}
    return [held[key] for key in wanted if key in held]


def refusal(what: str, act: str, one: Chosen, given: Given, *, actor: Actor) -> Refusal | None:
    """Do it to one; why it could not be done, or None."""
    try:
        ACTS[what][act](one, given, actor)
    except Refusal as refused:
        return refused
    except OperationalError:
        return Unavailable("unavailable")
    return None


def run(what: str, act: str, many: Sequence[Chosen], given: Given, *, actor: Actor) -> dict[str, str]:
    """Do it to each; gives by id why it could not be done, or nothing. What one is refused stops no other."""
    return {one.id: _said(refusal(what, act, one, given, actor=actor)) for one in many}


def _said(refused: Refusal | None) -> str:
    if isinstance(refused, Invalid):
        return " ".join(problem_sentence(each) for each in refused.problems)
    return refusal_sentence(refused) if refused is not None else ""
