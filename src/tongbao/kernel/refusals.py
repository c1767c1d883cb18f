"""Every way the product says no. Codes here; sentences in ui/sentences.py, in both languages.

Refusal
├── NotFound        hidden or absent: never told apart
├── WrongMethod     the address is right, what is asked of it is not
├── SignInNeeded    nobody has signed in, and somebody must
├── Forbidden       seen, but not allowed to do this
├── Invalid         what was sent does not hold together: a list of problems, each with its place
├── Conflict        the thing has changed, or its state does not allow this
├── TooMany         a limit per network, per account or overall
├── TooLarge        more bytes than are taken
└── Unavailable     the disk is full, the database is locked: nothing was kept, try again
"""

from datetime import datetime
from typing import ClassVar

from msgspec import Struct


class Problem(Struct, frozen=True):
    """One thing that is wrong with an input: where (``path``), what (``code``), with which values."""

    path: str
    code: str
    params: dict[str, str | int] = {}


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not an error
    """Base of the tree. ``code`` names the sentence, ``params`` fill it."""

    status: ClassVar[int] = 400

    def __init__(self, code: str, **params: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


class NotFound(Refusal):
    status = 404

    def __init__(self) -> None:
        super().__init__("not-found")


class WrongMethod(Refusal):
    status = 405

    def __init__(self, *, method: str, allowed: str) -> None:
        super().__init__("method-not-allowed", method=method[:20], allowed=allowed)
        self.allowed = allowed


class SignInNeeded(Refusal):
    status = 401

    def __init__(self) -> None:
        super().__init__("sign-in-needed")


class Forbidden(Refusal):
    """Carries what the journal needs to note the attempt."""

    status = 403

    def __init__(
        self, *, actor: str, can: str, subject: tuple[str, str] | None = None, operation: int | None = None
    ) -> None:
        super().__init__("forbidden", can=can)
        self.actor = actor
        self.can = can
        self.subject = subject
        self.operation = operation


class Invalid(Refusal):
    status = 422

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("invalid")
        self.problems = problems

    @classmethod
    def one(cls, path: str, code: str, **params: str | int) -> "Invalid":
        return cls([Problem(path, code, params)])


class Change(Struct, frozen=True):
    """Something that somebody else did meanwhile. ``by`` is a name for people, empty when nobody's."""

    event: str
    at: datetime
    by: str


class Conflict(Refusal):
    """May show what has changed since the asker last looked."""

    status = 409
    changes: tuple[Change, ...] = ()

    def showing(self, changes: list[Change]) -> "Conflict":
        self.changes = tuple(changes)
        return self


class TooMany(Refusal):
    status = 429

    def __init__(self, code: str = "too-many", *, retry_after: int) -> None:
        super().__init__(code, seconds=retry_after, minutes=-(-retry_after // 60))
        self.retry_after = retry_after


class TooLarge(Refusal):
    status = 413


class Unavailable(Refusal):
    status = 503
