"""Reading the mailbox of replies. What has been kept is marked as read, never deleted; a crash reads it again."""

import imaplib
import os
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from django.conf import settings

from tongbao.jobs.models import Heartbeat
from tongbao.net import MailServerAway, imap
from tongbao.notices.incoming import placing

LARGEST = 10 * 1024 * 1024
"""Of anything larger only the beginning is read."""
BATCH = 50
_SEEN = re.compile(r":2,[A-Z]*$")


Take = Callable[..., object]
"""What takes a mail: its bytes, and whether those are all (``whole``). An upper room may look at it first."""


def fetch(take: Take = placing.take_mail) -> int:
    """Take what has come in. Returns how many messages that were."""
    return sum(1 for _ in _folder(take)) + sum(1 for _ in _server(take))


def _folder(take: Take) -> Iterator[None]:
    """The Maildir: ``new`` is what nobody has read; what has been kept moves to ``cur``, marked as seen."""
    home = settings.TONGBAO.replies
    if home is None or not (home / "new").is_dir():
        return
    for path in sorted((home / "new").iterdir())[:BATCH]:
        with suppress(FileNotFoundError):  # another worker was quicker
            size = path.stat().st_size
            with path.open("rb") as file:
                take(file.read(LARGEST), whole=size <= LARGEST)
            _seen(home, path)
            yield None


def _seen(home: Path, path: Path) -> None:
    (home / "cur").mkdir(exist_ok=True)
    os.replace(path, home / "cur" / f"{_SEEN.sub('', path.name)}:2,S")


def _server(take: Take) -> Iterator[None]:
    """The IMAP folder: what has been kept is flagged as seen."""
    ours = settings.TONGBAO
    if not ours.imap_host:
        return
    try:
        server = imap(ours)
        try:
            yield from _unseen(server, take)
        finally:
            with suppress(OSError, imaplib.IMAP4.error):
                server.logout()
    except (MailServerAway, OSError, imaplib.IMAP4.error) as error:
        Heartbeat.beat("replies", good=False, detail=str(error)[:200])
        return
    Heartbeat.beat("replies")


def _unseen(server: imaplib.IMAP4, take: Take) -> Iterator[None]:
    _, found = server.uid("SEARCH", "UNSEEN")
    for key in (found[0] or b"").split()[:BATCH]:
        uid = key.decode()
        _, parts = server.uid("FETCH", uid, f"(RFC822.SIZE BODY.PEEK[]<0.{LARGEST}>)")
        held = next((part for part in parts if isinstance(part, tuple)), None)
        if held is None:
            continue
        size = re.search(rb"RFC822\.SIZE (\d+)", held[0])
        take(held[1], whole=size is None or int(size.group(1)) <= LARGEST)
        server.uid("STORE", uid, "+FLAGS", "(\\Seen)")
        yield None
