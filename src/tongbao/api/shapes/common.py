"""Problems, who asks, references to organisations, labels."""

from datetime import datetime

from msgspec import Struct

from tongbao.files.models import StoredFile
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


class FileOut(Struct, frozen=True):
    """A file. ``cleaned``: pending, done (a copy without metadata is handed out), unsupported, failed, not-needed.

    Of a file taken away the name is gone; when it went (``purged_at``) stays.
    """

    id: str
    name: str
    media_type: str
    size: int
    cleaned: str
    uploaded_at: datetime
    purged_at: datetime | None


def file(found: StoredFile) -> FileOut:
    return FileOut(
        id=found.public_id,
        name=found.name,
        media_type=found.media_type,
        size=found.blob.size,
        cleaned=found.clean_state,
        uploaded_at=found.uploaded_at,
        purged_at=found.purged_at,
    )


def label(found: Label) -> dict[str, str]:
    return {"en": found.en, "zh-Hant": found.zh}
