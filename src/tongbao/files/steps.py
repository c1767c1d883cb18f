"""Parts that an upper room's verb calls inside its own transaction."""

from collections.abc import Iterable
from typing import Protocol

from django.db.models import QuerySet
from msgspec import Struct

from tongbao.files import rules, store
from tongbao.files.models import Blob, StoredFile, StoredFileQuerySet
from tongbao.files.store import Written
from tongbao.jobs.rows import add, add_all
from tongbao.journal.events import Event
from tongbao.journal.record import Subject, record
from tongbao.kernel import text
from tongbao.kernel.refusals import Conflict, Unavailable
from tongbao.policy.actors import Actor
from tongbao.policy.statements import Statement


class Upload(Protocol):
    """A file as a form or a program hands it in."""

    name: str | None
    content_type: str | None

    def chunks(self) -> Iterable[bytes]: ...


class Received(Struct, frozen=True):
    """A file whose bytes are on disk already, and what its sender says of it."""

    written: Written
    name: str
    media_type: str


def receive(uploads: Iterable[Upload]) -> list[Received]:
    """Put the bytes of uploads on disk, before the transaction that will keep them: others need not wait.

    Raises what ``store.write`` raises; bytes that no row comes to name are collected later.
    """
    return [Received(store.write(each.chunks()), each.name or "", each.content_type or "") for each in uploads]


def keep_all(received: Iterable[Received], *, subject: Subject, actor: Actor) -> list[StoredFile]:
    """Keep received files, in the order of their digests."""
    return keep_each([(subject, received)], actor=actor)


def keep_each(received: Iterable[tuple[Subject, Iterable[Received]]], *, actor: Actor) -> list[StoredFile]:
    """Keep files received with several things, each in the order of their digests."""
    wanted = [(subject, sorted(files, key=lambda one: one.written.sha256)) for subject, files in received]
    blobs = _held([each.written for _, files in wanted for each in files])
    return [
        _kept(blobs[each.written.sha256], each, subject.subject(), actor, None)
        for subject, files in wanted
        for each in files
    ]


def keep_again(stored: Iterable[StoredFile], *, subject: Subject, actor: Actor) -> list[StoredFile]:
    """Attach files that are kept already to another thing: the same bytes and clean copy, under a new id.

    Raises Conflict ("file-purged") where one has been taken away.
    """
    found = list(stored)
    blobs = Blob.objects.select_for_update().filter(pk__in={each.blob_id for each in found}).order_by("pk")
    gone = {each.pk for each in blobs if each.purged_at is not None}
    if any(each.purged_at is not None or each.blob_id in gone for each in found):
        raise Conflict("file-purged")
    return [_again(each, subject.subject(), actor) for each in found]


def _again(stored: StoredFile, subject: tuple[str, str], actor: Actor) -> StoredFile:
    copy = StoredFile(blob=stored.blob, clean_copy=stored.clean_copy, clean_state=stored.clean_state)
    copy.name, copy.media_type = stored.name, stored.media_type
    return _attached(copy, subject, actor, None)


def keep(
    content: Iterable[bytes] | Written,
    *,
    name: str,
    media_type: str,
    subject: Subject | tuple[str, str],
    actor: Actor,
    operation: int | None = None,
) -> StoredFile:
    """Keep one file and attach it to ``subject`` (a kind and a public id).

    ``content`` is the bytes in chunks, or what ``store.write`` returned: writing many bytes before the
    transaction keeps other writers from waiting. ``name`` and ``media_type`` are as the sender said.
    Raises TooLarge ("file-too-large"), Invalid ("file-empty"), Unavailable ("disk-full", "unavailable").
    """
    written = content if isinstance(content, Written) else store.write(content)
    place = subject if isinstance(subject, tuple) else subject.subject()
    return _kept(hold(written), Received(written, name, media_type), place, actor, operation)


def _kept(blob: Blob, received: Received, subject: tuple[str, str], actor: Actor, operation: int | None) -> StoredFile:
    stored = StoredFile(blob=blob, name=shown_name(received), media_type=_plain(received.media_type))
    stored.clean_state = rules.first_state(received.written.head)
    return _attached(stored, subject, actor, operation)


def _attached(stored: StoredFile, subject: tuple[str, str], actor: Actor, operation: int | None) -> StoredFile:
    stored.subject_kind, stored.subject_ref = subject
    add(stored)
    record(
        Event.FILE_KEPT,
        actor=actor,
        subject=stored,
        operation=operation,
        sha256=stored.blob.sha256,
        size=stored.blob.size,
        refs=[subject],
    )
    return stored


def shown_name(received: Received) -> str:
    """The name under which a received file is kept."""
    return text.file_name(received.name)


def attached(subject: Subject | tuple[str, str]) -> StoredFileQuerySet:
    """The files of ``subject``, oldest first, tombstones included. Whoever asks may see the subject."""
    kind, ref = subject if isinstance(subject, tuple) else subject.subject()
    return StoredFile.objects.attached_to(kind, ref)


def attached_to_all(subjects: Iterable[Subject]) -> dict[str, list[StoredFile]]:
    """The files of several subjects of one kind, by the public id of each. Whoever asks may see all of them."""
    places = [each.subject() for each in subjects]
    found: dict[str, list[StoredFile]] = {ref: [] for _, ref in places}
    if places:
        for each in _attached_to(places[0][0], *found):
            found[each.subject_ref].append(each)
    return found


@Statement
def _attached_to(kind: str, *refs: str) -> QuerySet[StoredFile]:
    return StoredFile.objects.attached_to(kind, *refs)


def hold(written: Written) -> Blob:
    """The locked row of bytes just written. Bytes purged earlier and sent again count as new bytes.

    The row's lock is what a purge and the collection of orphans also take, so bytes cannot vanish once it
    is held. Had they vanished just before, Unavailable is raised and the sender tries again.
    """
    return _held([written])[written.sha256]


def _held(written: Iterable[Written]) -> dict[str, Blob]:
    """Those of several, by their digests, in whose order they are locked: two verbs with the same files never wait in
    a ring."""
    sizes = dict(sorted((each.sha256, each.size) for each in written))
    add_all([Blob(sha256=sha256, size=size) for sha256, size in sizes.items()], known=True)
    blobs = _locked(*sizes) if sizes else []
    for blob in blobs:
        if not store.has(blob.sha256):
            raise Unavailable("unavailable")
        if blob.purged_at is not None:
            blob.purged_at = None
            blob.save(update_fields=["purged_at"])
    return {blob.sha256: blob for blob in blobs}


@Statement
def _locked(*sha256: str) -> QuerySet[Blob]:
    return Blob.objects.select_for_update().filter(sha256__in=sha256).order_by("sha256")


def _plain(media_type: str) -> str:
    """What the sender called the kind of file: one short line of printable ASCII, or nothing."""
    line = text.one_line(media_type)[:100]
    return line if line.isascii() and line.isprintable() else ""
