"""Who asks. Built once per request, message or job; never changed."""

from enum import StrEnum

from msgspec import Struct

from tongbao.kernel.markings import Track
from tongbao.kernel.refusals import SignInNeeded
from tongbao.policy.can import Can, Role


class Kind(StrEnum):
    ANONYMOUS = "anonymous"
    USER = "user"
    TOKEN = "token"
    LINK = "link"
    SYSTEM = "system"


class Actor(Struct, frozen=True):
    """Keys of a person's standing at this moment. ``reference`` is what the journal keeps.

    ``office`` holds for people who sit in the office that runs this installation: only then do the
    office's roles count. ``scopes`` narrows an API token; None narrows nothing.
    """

    kind: Kind
    reference: str
    user: int | None = None
    organisation: int | None = None
    seats: frozenset[int] = frozenset()
    groups: frozenset[int] = frozenset()
    roles: frozenset[Role] = frozenset()
    tracks: frozenset[Track] = frozenset({Track.ADMINISTRATIVE})
    office: bool = False
    scopes: frozenset[Can] | None = None

    @property
    def signed_in(self) -> bool:
        return self.user is not None

    @property
    def account(self) -> int:
        """The key of the acting person's account. Raises SignInNeeded when there is none."""
        if self.user is None:
            raise SignInNeeded
        return self.user

    @property
    def system(self) -> bool:
        return self.kind is Kind.SYSTEM


ANONYMOUS = Actor(Kind.ANONYMOUS, "anonymous")


def system(name: str) -> Actor:
    """The product itself, acting in a job or at the command line. Sees and may do everything."""
    return Actor(Kind.SYSTEM, f"system:{name}", tracks=frozenset(Track), office=True)


def holder(submission: str) -> Actor:
    """Whoever holds the receipt number of one submission: may follow that up and see nothing else."""
    return Actor(Kind.LINK, f"receipt:{submission}")


def link(receipt: str) -> Actor:
    """Whoever holds the signed link of one receipt: may answer that receipt and see nothing else."""
    return Actor(Kind.LINK, f"link:{receipt}")
