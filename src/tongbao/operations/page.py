"""What the pages of operations are made of."""

from typing import Any

from tongbao.journal.reading import opened
from tongbao.kernel.refusals import NotFound
from tongbao.operations import forms, ladder, queries, rendering
from tongbao.operations.models import Operation
from tongbao.parties import directory
from tongbao.parties.models import Organisation
from tongbao.policy.actors import Actor
from tongbao.ui.forms import Form
from tongbao.ui.guards import Asked
from tongbao.ui.paging import page

SIZE = 20
MOST_TASKS = 200


def found(public_id: str) -> Operation:
    """Whoever reads operations sees them all."""
    frame = Operation.objects.select_related("parent").filter(public_id=public_id).first()
    if frame is None:
        raise NotFound
    return frame


def operation(request: Asked, frame: Operation, **bound: Form) -> dict[str, Any]:
    """The page of an operation, with the one form that was refused as it was typed."""
    actor, asked = request.actor, request.GET
    facts = page(queries.facts(frame, actor), "at", asked.get("facts", ""), size=SIZE)
    decisions = page(queries.decisions(frame, actor), "at", asked.get("decisions", ""), size=SIZE)
    opened(*facts.rows, *decisions.rows, actor=actor)
    tasks = queries.tasks(frame, actor)
    home = _home(actor, asked.get("organisation", ""))
    fresh: dict[str, Form] = {
        "fact": forms.FactForm(prefix="fact"),
        "decision": forms.DecisionForm(prefix="decision"),
        "task": forms.TaskForm(prefix="task", home=home, actor=actor),
        "end": forms.EndForm(prefix="end"),
    }
    return {
        "operation": frame,
        "tests_calls": rendering.tests_calls(frame),
        "level": ladder.label(frame.level),
        "parts": frame.parts.order_by("-starts_at", "-id")[:MOST_TASKS],
        "facts": facts,
        "decisions": decisions,
        "open_tasks": tasks.open().order_by("due_at", "id")[:MOST_TASKS],
        "done_tasks": page(tasks.exclude(done_at=None), "created_at", asked.get("tasks", ""), size=SIZE),
        "home": home,
        "forms": fresh | bound,
        "form": next(iter(bound.values()), None),
    }


def enrolment(request: Asked, frame: Operation, **bound: Form) -> dict[str, Any]:
    """The page on which an officer says whom a drill may reach."""
    actor = request.actor
    words = request.GET.get("organisation", "")
    asked = words or request.POST.get("home", "")
    home = directory.named(asked, actor) if asked.strip() else None
    fresh: dict[str, Form] = {"bulk": forms.EnrolForm(prefix="bulk", actor=actor)}
    if home is not None:
        fresh["seats"] = forms.SeatsForm(prefix="seats", home=home, actor=actor)
    return {
        "operation": frame,
        "page": page(queries.enrolments(frame, actor), "at", request.GET.get("after", "")),
        "words": words,
        "home": home,
        "forms": fresh | bound,
        "form": next(iter(bound.values()), None),
    }


def _home(actor: Actor, words: str) -> Organisation | None:
    """The organisation whose seats can be chosen: the one named, else the actor's own."""
    if words.strip():
        return directory.named(words, actor)
    return Organisation.objects.visible_to(actor).filter(pk=actor.organisation or 0).first()
