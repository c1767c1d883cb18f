"""What the law requires of whom by when, which way it goes, and what has to be written."""

from typing import Literal

from tongbao.profiles.model.base import Item, Label, Strict

Actor = Literal["reporter", "reviewer", "authority"]
"""``reporter``: the obliged organisation. ``reviewer``: who reviews its reports. ``authority``: the office itself."""

TRIGGERS = ("aware", "received", "review_done", "contained", "handled", "level_change", "on_request")
"""Moments that a clock may start from; besides, ``submitted:<code>`` of another duty."""


class Duty(Item, frozen=True, kw_only=True):
    """One duty. Those with the same ``code`` differ by ``variant`` and never hold at once.

    The clock runs ``offset`` (ISO 8601) from ``trigger``; ``limit`` says that the law sets none.
    ``when`` is a condition over the declared facts; where no level has been given yet, ``level`` is 0.
    ``restart_on``: the clock starts anew at these moments. ``met_by``: kinds of evidence that fulfil it; ``form``:
    the statutory form that is one of them (``restart_form`` after a restart). ``extendable_by``: whose consent
    moves the time, all of them. ``marks``: the moment that its being met is, for clocks that start from it.
    """

    actor: Actor
    met_by: tuple[str, ...]
    variant: str = ""
    to: str = ""
    trigger: str = "aware"
    offset: str = ""
    limit: Literal["", "none", "periodic"] = ""
    when: str = "true"
    restart_on: tuple[Literal["level_change"], ...] = ()
    extendable_by: tuple[str, ...] = ()
    form: str = ""
    restart_form: str = ""
    penalty: str = ""
    marks: Literal["", "review_done", "contained", "handled"] = ""
    note: Label | None = None

    @property
    def key(self) -> str:
        """What tells this duty from every other of the profile."""
        return f"{self.code}/{self.variant}" if self.variant else self.code


class Channel(Item, frozen=True, kw_only=True):
    """A way to hand something in."""


class Route(Item, frozen=True, kw_only=True):
    """Where reports of some entity types go. Another channel needs a reason and the report again once it works."""

    entity_types: tuple[str, ...]
    to: tuple[str, ...]
    channel: str
    fallback: tuple[str, ...] = ()
    reason_needed: bool = False
    file_again: bool = False


FieldKind = Literal["line", "text", "time", "choice", "impacts", "measures", "flag", "number", "entity"]


class Choice(Strict, frozen=True):
    code: str
    label: Label


class Field(Item, frozen=True, kw_only=True):
    """One item of a statutory form, in the official order. ``filled``: what the case already knows of it.

    ``measures`` is a list of measures, each with a due date and who follows it up.
    """

    kind: FieldKind
    required: bool = False
    help: Label | None = None
    choices: tuple[Choice, ...] = ()
    filled: str = ""
    withholdable: bool = False


class Form(Item, frozen=True, kw_only=True):
    """A statutory form. ``evidence``: the kind of evidence that filing it is. ``states``: a field whose time is
    the moment that another clock waits for (``contained``, ``handled``)."""

    fields: tuple[Field, ...]
    evidence: str = ""
    approval: str = ""
    states: dict[str, str] = {}
    public: bool = False

    def field(self, code: str) -> Field | None:
        return next((each for each in self.fields if each.code == code), None)


class Penalty(Item, frozen=True, kw_only=True):
    """What failing costs, as the law says it."""
