"""What is usually done in a kind of case: tasks, questions and letters as data, one file a playbook.

A file that does not fit refuses to load, with the place. Names of seats' roles say who does it; times count from the
moment when the playbook is begun.
"""

import tomllib
from datetime import timedelta
from functools import cache
from importlib import resources

import msgspec
from msgspec import Struct

from tongbao.profiles.model import Label


class Task(Struct, frozen=True, forbid_unknown_fields=True):
    """Something to do, by whom (a role of the office) and within how many hours."""

    code: str
    label: Label
    by: str
    hours: int


class Letter(Struct, frozen=True, forbid_unknown_fields=True):
    """Words to write to a participant of a role: a question, or what usually has to be said. ``{reference}`` and
    ``{title}`` are filled in."""

    code: str
    to: str
    label: Label
    text: Label


class Playbook(Struct, frozen=True, forbid_unknown_fields=True):
    """``types``: types or classes of the taxonomy; ``homeland``: types of homeland security incidents."""

    code: str
    label: Label
    types: tuple[str, ...] = ()
    homeland: tuple[str, ...] = ()
    tasks: tuple[Task, ...] = ()
    letters: tuple[Letter, ...] = ()

    def fits(self, type_: str, homeland: str) -> bool:
        """Whether it is meant for such a case. One without types is meant for every case."""
        if not self.types and not self.homeland:
            return True
        return (
            type_ in self.types
            or type_.partition("/")[0] in self.types
            or (bool(homeland) and homeland in self.homeland)
        )

    def due(self, task: Task) -> timedelta:
        return timedelta(hours=task.hours)


@cache
def every() -> dict[str, Playbook]:
    """All playbooks, by code."""
    files = [each for each in resources.files("tongbao.incidents.playbooks").iterdir() if each.name.endswith(".toml")]
    found = [msgspec.convert(tomllib.loads(each.read_text(encoding="utf-8")), Playbook) for each in files]
    return {each.code: each for each in sorted(found, key=lambda one: one.code)}


def fitting(type_: str, homeland: str) -> list[Playbook]:
    """Those meant for such a case, the closest first."""
    found = [each for each in every().values() if each.fits(type_, homeland)]
    return sorted(found, key=lambda each: (not (each.types or each.homeland), type_ not in each.types, each.code))
