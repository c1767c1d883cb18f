"""The gate of drills: what an operation is, and who is enrolled in it. Beside the renderer and statistics, the only
reader of a mode."""

from collections.abc import Set

from msgspec import Struct

from tongbao.operations.models import Operation
from tongbao.operations.queries import enrolled_seats
from tongbao.parties.models import Organisation
from tongbao.release.rules import Mode, open_to


class Gate(Struct, frozen=True):
    """An operation as the rule of release reads it: its mode, and the keys of the seats enrolled in it."""

    mode: Mode
    enrolled: frozenset[int]

    def admits(self, seat: int | None) -> bool:
        """Whether what belongs to the operation may reach a seat (None: an organisation as a whole)."""
        return open_to(self.mode, enrolled=seat in self.enrolled)

    def opens_to(self, seats: Set[int]) -> bool:
        """Whether it may reach one of these seats at least."""
        return open_to(self.mode, enrolled=not self.enrolled.isdisjoint(seats))


def of(operation: Operation) -> Gate:
    """The gate of an operation as it stands now; a real one asks for no enrolment and so for no query."""
    mode = Mode(operation.mode)
    return Gate(mode, frozenset() if mode is Mode.ACTUAL else enrolled_seats(operation))


def public(operation: Operation) -> bool:
    """Whether what belongs to an operation may be for everybody: only if it is real."""
    return of(operation).mode is Mode.ACTUAL


def enrolled_in_test(operation: Operation) -> frozenset[int]:
    """The seats enrolled in a test of how people are reached; none of anything else."""
    found = of(operation)
    return found.enrolled if found.mode is Mode.TEST else frozenset()


def admits(operation: Operation, seat: int | None) -> bool:
    """Whether what belongs to ``operation`` may reach one seat now: asked again right before something leaves."""
    return of(operation).admits(seat)


def reaches(operation: Operation, organisation: Organisation) -> bool:
    """Whether what belongs to ``operation`` may reach anybody of an organisation now."""
    return of(operation).opens_to(set(organisation.seats.values_list("pk", flat=True)))
