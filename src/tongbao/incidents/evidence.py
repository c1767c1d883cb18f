"""The files of a case with their chain of custody, and the archive in which originals leave.

The chain is the journal: who kept a file, and everybody who has read it, in entries that cannot be changed.
"""

import io
from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q
from msgspec import Struct

from tongbao.accounts.models import User
from tongbao.files import actions, store
from tongbao.files.models import StoredFile
from tongbao.incidents.models import Incident, LogEntry, Submission, Supplement
from tongbao.journal.models import JournalEntry
from tongbao.kernel import text
from tongbao.kernel.refusals import Invalid, TooLarge
from tongbao.policy.actors import Actor

PASSWORD = "infected"
MOST, LARGEST = 200, 200 * 1024 * 1024


class Handled(Struct, frozen=True):
    """One entry of the chain."""

    event: str
    at: datetime
    who: str


class Piece(Struct, frozen=True):
    """A file, what it hangs on, and its chain of custody."""

    file: StoredFile
    chain: list[Handled]


def pieces(actor: Actor, incident: Incident) -> list[Piece]:
    """The files of a case that the actor may see, with everything that the journal says of them."""
    found = _files(actor, incident)
    refs = [each.public_id for each in found]
    rows = JournalEntry.objects.filter(subject_kind="file", subject_id__in=refs).order_by("seq")
    entries = list(rows[: MOST * 20])
    names = dict(
        User.objects.filter(public_id__in=[e.actor.partition(":")[2] for e in entries]).values_list("public_id", "name")
    )
    chains: dict[str, list[Handled]] = {}
    for each in entries:
        kind, _, ref = each.actor.partition(":")
        chains.setdefault(each.subject_id, []).append(Handled(each.event, each.at, names.get(ref, kind)))
    return [Piece(each, chains.get(each.public_id, [])) for each in found]


def archive(actor: Actor, incident: Incident, chosen: Sequence[str]) -> bytes:
    """The originals of the chosen files, and a list of their hashes, in an archive (AES-256) with the password
    ``infected``. Each reading is journalled."""
    import pyzipper

    files = [each for each in _files(actor, incident) if each.public_id in set(chosen) and each.purged_at is None]
    if not files:
        raise Invalid.one("file", "required")
    if sum(each.blob.size for each in files) > LARGEST:
        raise TooLarge("too-large")
    made = io.BytesIO()
    listed = []
    with pyzipper.AESZipFile(made, "w", compression=pyzipper.ZIP_DEFLATED, encryption=pyzipper.WZ_AES) as opened:
        opened.setpassword(PASSWORD.encode())
        for number, each in enumerate(files, 1):
            actions.note_read(each, actor=actor, original=True)
            name = f"{number:03d}-{text.file_name(each.name)}"
            with store.read(each.blob.sha256) as held:
                opened.writestr(name, held.read())
            listed.append(f"{each.blob.sha256}  {name}")
        opened.writestr("SHA256SUMS", "\n".join(listed) + "\n")
    return made.getvalue()


def _files(actor: Actor, incident: Incident) -> list[StoredFile]:
    reports = incident.submissions.visible_to(actor)
    entries = LogEntry.objects.visible_to(actor).filter(incident=incident)
    added = Supplement.objects.visible_to(actor).filter(submission__in=reports)
    hangs = (
        Q(subject_kind=Submission.MARKED, subject_ref__in=reports.order_by().values("public_id"))
        | Q(subject_kind="entry", subject_ref__in=entries.order_by().values("public_id"))
        | Q(subject_kind="supplement", subject_ref__in=added.order_by().values("public_id"))
    )
    return list(StoredFile.objects.filter(hangs).select_related("blob").order_by("id")[:MOST])
