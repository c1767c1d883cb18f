"""The files of a warning: kept beside its draft, pinned when it is handed in, attached to the notice when it is sent.

What goes out is the copy without metadata where there is one. Its digests are part of the content, so that the second
person lets out exactly these bytes.
"""

import hashlib
import re

from msgspec.structs import replace

from tongbao.files import steps as files
from tongbao.files import store
from tongbao.files.models import StoredFile
from tongbao.files.rules import CleanState
from tongbao.files.steps import Received
from tongbao.kernel import canonical
from tongbao.kernel.refusals import Conflict, Problem
from tongbao.notices.models import Draft, Notice
from tongbao.notices.rules.content import Content, Enclosed
from tongbao.policy.actors import Actor

_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,62}/[a-z0-9][a-z0-9!#$&^_.+-]{0,62}")
UNKNOWN_TYPE = "application/octet-stream"


def enclosed(draft: Draft, uploads: list[Received], actor: Actor) -> Content:
    """The draft's content with these files, which are kept beside it. The same file again changes nothing."""
    content, kept = draft.warning, _kept(draft)
    known = {(one.name, one.blob.sha256) for each in content.files if (one := kept.get(each.file)) is not None}
    fresh = [each for each in uploads if (files.shown_name(each), each.written.sha256) not in known]
    made = sorted(files.keep_all(fresh, subject=draft, actor=actor), key=lambda each: each.name)
    return replace(content, files=(*content.files, *map(_described, made)))


def pinned(draft: Draft) -> tuple[Content, list[Problem]]:
    """The draft's content with what goes out of each file as it is now, and what keeps files from going out."""
    content, kept = draft.warning, _kept(draft)
    found, settled = [], []
    for each in content.files:
        stored = kept.get(each.file)
        if stored is None or stored.purged_at is not None:
            found.append(Problem("files", "file-gone", {"name": each.name}))
        elif stored.clean_state == CleanState.PENDING:
            found.append(Problem("files", "file-being-cleaned", {"name": each.name}))
        else:
            settled.append(replace(_described(stored), sha1=_sha1(stored)))
    return (content if found else replace(content, files=tuple(settled))), found


def carry_over(draft: Draft, before: Notice, actor: Actor) -> None:
    """The files of the warning that ``draft`` follows, kept beside the draft; those taken away meanwhile are not."""
    wanted = {each.sha256 for each in draft.warning.files}
    if not wanted:
        return
    there = [each for each in files.attached(before) if each.purged_at is None and each.outgoing.sha256 in wanted]
    copies = files.keep_again(there, subject=draft, actor=actor)
    draft.content = canonical.text(replace(draft.warning, files=tuple(_described(each) for each in copies)))
    draft.save(update_fields=["content"])


def to_send(draft: Draft) -> list[StoredFile]:
    """The files that go out with the draft. Raises Conflict where one is not what was approved any more."""
    kept = _kept(draft)
    found = [(each, kept.get(each.file)) for each in draft.warning.files]
    if any(stored is None or stored.purged_at is not None for _, stored in found):
        raise Conflict("file-purged")
    if any(stored is not None and stored.outgoing.sha256 != each.sha256 for each, stored in found):
        raise Conflict("changed-meanwhile")
    return [stored for _, stored in found if stored is not None]


def of(notice: Notice, public_id: str) -> StoredFile | None:
    """A file of a notice that whoever asks may see."""
    return files.attached(notice).filter(public_id=public_id).first()


def _kept(draft: Draft) -> dict[str, StoredFile]:
    return {each.public_id: each for each in files.attached(draft)}


def _described(stored: StoredFile) -> Enclosed:
    out = stored.outgoing
    return Enclosed(stored.public_id, stored.name, media_type(stored.media_type), out.size, out.sha256)


def _sha1(stored: StoredFile) -> str:
    found = hashlib.sha1(usedforsecurity=False)
    with store.read(stored.outgoing.sha256) as stream:
        while part := stream.read(1 << 20):
            found.update(part)
    return found.hexdigest()


def media_type(said: str) -> str:
    """What a sender called the kind of file, where it is a media type at all."""
    plain = said.partition(";")[0].strip().lower()
    return plain if _MEDIA_TYPE.fullmatch(plain) else UNKNOWN_TYPE
