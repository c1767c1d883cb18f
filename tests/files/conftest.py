"""A store in a folder of its own, and the cast: who keeps, reads and purges files."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.conf import settings as django_settings

from tongbao.files import actions, steps
from tongbao.files.models import StoredFile
from tongbao.journal.models import JournalEntry
from tongbao.journal.record import verb
from tongbao.policy.actors import ANONYMOUS, Actor, Kind
from tongbao.policy.can import Role

DUTY = Actor(Kind.USER, "user:duty", user=1, roles=frozenset({Role.DUTY_OFFICER}), office=True)
HANDLER = Actor(Kind.USER, "user:handler", user=2, roles=frozenset({Role.HANDLER}), office=True)
ADMIN = Actor(Kind.USER, "user:admin", user=3, roles=frozenset({Role.ADMIN}), office=True)
REPORTER = Actor(Kind.USER, "user:reporter", user=4, organisation=9, roles=frozenset({Role.REPORTER}))

REPORT = ("submission", "s" * 20)
"""What files are attached to, unless a story says otherwise."""


@pytest.fixture(autouse=True)
def data(tmp_path: Path, settings: Any) -> Path:
    """The instance's data folder; files of at most 1 MiB, at most 3 in a form."""
    settings.TONGBAO = msgspec.structs.replace(
        django_settings.TONGBAO, data_dir=str(tmp_path), upload_limit_mb=1, upload_count=3
    )
    return tmp_path


Keep = Callable[..., StoredFile]


@pytest.fixture
def keep(db: None) -> Keep:
    """Keep one file the way an upper room's verb does."""

    @verb
    def keep_one(content: bytes, *, name: str = "report.bin", subject: tuple[str, str] = REPORT) -> StoredFile:
        return steps.keep(
            [content], name=name, media_type="application/pdf", subject=subject, actor=ANONYMOUS, operation=7
        )

    return keep_one


Purge = Callable[..., StoredFile]


@pytest.fixture
def purge(db: None, django_capture_on_commit_callbacks: Any) -> Purge:
    """Purge a file, and what follows the commit."""

    def purge_one(stored: StoredFile, *, actor: Actor = ADMIN, reason: str = "spillage") -> StoredFile:
        with django_capture_on_commit_callbacks(execute=True):
            return actions.purge(stored.public_id, actor=actor, reason=reason)

    return purge_one


def kept_on_disk(data: Path) -> list[str]:
    """Digests of everything in the store."""
    return sorted(path.name for path in (data / "files").glob("??/??/*"))


def half_written(data: Path) -> list[Path]:
    return [path for path in (data / "files").rglob("*") if path.is_file() and len(path.name) != 64]


def journal(event: str) -> list[dict[str, Any]]:
    """The journal's texts for one event, in order."""
    rows = JournalEntry.objects.filter(event=event).order_by("seq").values_list("text", flat=True)
    return [msgspec.json.decode(row) for row in rows]
