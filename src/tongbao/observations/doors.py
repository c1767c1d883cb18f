"""Doors that nobody stands at: a folder that files are dropped into, a Maildir and a folder of an IMAP server.

What has been taken in is moved aside (folder), or marked as read (mail); a crash takes it in again, and the same bytes
are the run that there is. While the disk is short of room everything stays where it is.
"""

import imaplib
import logging
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import msgspec
from django.conf import settings

from tongbao.engines.telemetry import opening
from tongbao.files.store import MIB
from tongbao.jobs.models import Heartbeat
from tongbao.kernel import clock
from tongbao.kernel.refusals import Refusal, Unavailable
from tongbao.net import MailServerAway, imap
from tongbao.observations import receiving
from tongbao.observations.actions import runs
from tongbao.observations.models import FeedRun
from tongbao.operations.models import routine
from tongbao.policy import actors

BATCH = 50
SETTLED = timedelta(seconds=10)
"""A dropped file that was written to more recently may not be whole yet."""
DONE, REFUSED = "done", "refused"
WORKER = actors.system("feeds")
_SEEN = re.compile(r":2,[A-Z]*$")
_log = logging.getLogger(__name__)


def look() -> int:
    """Take in what has come. Returns how many files that were."""
    if not receiving.room():
        return 0
    return sum(1 for _ in _dropped()) + sum(1 for _ in _maildir()) + sum(1 for _ in _server())


def _taken(chunks: Iterable[bytes], name: str, door: FeedRun.Door, report: str = "") -> bool:
    """Whether it was taken in. What cannot be now (the disk, the database) is tried again; what never can is not."""
    try:
        runs.take_in(receiving.arrive(chunks), name=name, report=report, door=door, operation=routine(), actor=WORKER)
    except Unavailable:
        raise
    except Refusal as refusal:
        _log.warning("a file of a feed was refused: %s", refusal.code)
        return False
    return True


def _dropped() -> Iterator[None]:
    """Files of the folder, and of folders in it: these are named for the report. What is refused is put aside too."""
    home = settings.TONGBAO.feeds_drop
    if home is None or not home.is_dir():
        return
    folders = [home, *(each for each in sorted(home.iterdir()) if each.is_dir() and each.name not in (DONE, REFUSED))]
    for folder in folders:
        report = "" if folder == home else folder.name
        for path in [each for each in sorted(folder.iterdir()) if _whole(each)][:BATCH]:
            with suppress(FileNotFoundError):  # another worker was quicker
                taken = _taken(_chunks(path), path.name, FeedRun.Door.FOLDER, report)
                target = home / (DONE if taken else REFUSED)
                target.mkdir(exist_ok=True)
                os.replace(path, target / path.name)
                yield None


def _whole(path: Path) -> bool:
    with suppress(FileNotFoundError):
        old = clock.now().timestamp() - path.stat().st_mtime
        return path.is_file() and not path.name.startswith(".") and old >= SETTLED.total_seconds()
    return False


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(MIB):
            yield chunk


def _maildir() -> Iterator[None]:
    """``new`` is what nobody has read; what has been kept moves to ``cur``, marked as seen."""
    home = settings.TONGBAO.feeds_mail
    if home is None or not (home / "new").is_dir():
        return
    for path in sorted((home / "new").iterdir())[:BATCH]:
        with suppress(FileNotFoundError):
            _taken(_chunks(path), f"{path.name}.eml", FeedRun.Door.MAIL)
            (home / "cur").mkdir(exist_ok=True)
            os.replace(path, home / "cur" / f"{_SEEN.sub('', path.name)}:2,S")
            yield None


def _server() -> Iterator[None]:
    """The IMAP folder: what has been kept is flagged as seen."""
    ours = settings.TONGBAO
    if not (ours.imap_host and ours.feeds_imap_folder):
        return
    try:
        server = imap(msgspec.structs.replace(ours, imap_folder=ours.feeds_imap_folder))
        try:
            yield from _unseen(server)
        finally:
            with suppress(OSError, imaplib.IMAP4.error):
                server.logout()
    except (MailServerAway, OSError, imaplib.IMAP4.error) as error:
        Heartbeat.beat("feeds", good=False, detail=str(error)[:200])
        return
    Heartbeat.beat("feeds")


def _unseen(server: imaplib.IMAP4) -> Iterator[None]:
    _, found = server.uid("SEARCH", "UNSEEN")
    for key in (found[0] or b"").split()[:BATCH]:
        uid = key.decode()
        _, parts = server.uid("FETCH", uid, f"(RFC822.SIZE BODY.PEEK[]<0.{opening.MOST_MAIL + 1}>)")
        held = next((part for part in parts if isinstance(part, tuple)), None)
        if held is not None:
            _taken([held[1]], f"imap-{uid}.eml", FeedRun.Door.MAIL)
            server.uid("STORE", uid, "+FLAGS", "(\\Seen)")
            yield None
