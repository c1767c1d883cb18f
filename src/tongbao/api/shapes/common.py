"""Problems, who asks, references to organisations, labels."""

from msgspec import Struct

from tongbao.parties.models import Organisation
from tongbao.profiles.model import Label


class ProblemPlace(Struct, frozen=True):
    path: str
    code: str
    message: str


class ProblemDocument(Struct, frozen=True):
    """RFC 9457."""

    type: str
    title: str
    status: int
    problems: list[ProblemPlace] = []


class Me(Struct, frozen=True):
    """Who the key acts for, and what it may do."""

    organisation: str | None
    roles: list[str]
    may: list[str]


class OrganisationRef(Struct, frozen=True):
    id: str
    code: str
    name_zh: str
    name_en: str


def organisation_ref(found: Organisation | None) -> OrganisationRef | None:
    return OrganisationRef(found.public_id, found.code, found.name_zh, found.name_en) if found else None


def label(found: Label) -> dict[str, str]:
    return {"en": found.en, "zh-Hant": found.zh}
