"""What the data commands do once Django runs."""

import secrets
import sys
from pathlib import Path
from typing import NoReturn

import msgspec
import typer
from django.conf import settings

from tongbao.incidents.actions import mails, submissions
from tongbao.incidents.models import Submission
from tongbao.incidents.rules.intake import Draft
from tongbao.journal import chain, queries, seal
from tongbao.kernel.refusals import Refusal
from tongbao.notices.incoming import mailbox
from tongbao.policy import actors
from tongbao.wiring.cli.output import document, fail, refused

MOST_BYTES = 1024 * 1024


def submit(file: Path, key: str) -> None:
    """Take in the submission in ``file``."""
    raw = sys.stdin.buffer.read(MOST_BYTES + 1) if str(file) == "-" else _read(file)
    if len(raw) > MOST_BYTES:
        fail("too-large", f"more than {MOST_BYTES} bytes")
    try:
        draft = msgspec.json.decode(raw, type=Draft)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        fail("unreadable", str(error))
    try:
        taken = submissions.submit(
            draft,
            key=f"command:{key or secrets.token_urlsafe(18)}",
            door=Submission.Door.COMMAND,
            actor=actors.system("command"),
        )
    except Refusal as refusal:
        refused(refusal)
    document(
        {
            "submission": taken.submission.public_id,
            "receipt": taken.receipt,
            "received_at": taken.submission.received_at,
            "state": taken.submission.state,
            "repeat": taken.repeat,
        }
    )


def submit_mail(file: Path) -> None:
    """Take in the mail in ``file``, as the mailbox does."""
    raw = sys.stdin.buffer.read(mailbox.LARGEST + 1) if str(file) == "-" else _read(file, mailbox.LARGEST)
    found = mails.take(raw[: mailbox.LARGEST], whole=len(raw) <= mailbox.LARGEST)
    became = found.note.removeprefix("submission ") if found.note.startswith("submission ") else None
    document({"incoming": found.public_id, "state": found.state, "why": found.why, "submission": became})


def verify(key: str) -> None:
    """Check the journal; exit 1 with the first broken entry and its neighbours."""
    try:
        seals = seal.read(settings.TONGBAO.seals, key=key or None)
    except seal.SealError as error:
        _broken(
            {
                "ok": False,
                "checked": 0,
                "seals": 0,
                "first_break": {"code": "seal-unreadable", "detail": str(error)},
            }
        )
    verdict = chain.verify(queries.rows(), seals=seals, head=queries.head())
    answer: dict[str, object] = {
        "ok": verdict.first_break is None,
        "checked": verdict.checked,
        "last": verdict.last,
        "seals": len(seals),
    }
    if verdict.first_break is None:
        document(answer)
        return
    place = verdict.first_break.seq
    near = queries.rows(first=max(1, place - 1), last=place + 1)
    _broken(
        answer
        | {
            "first_break": {"seq": place, "code": verdict.first_break.code},
            "around": [
                {"seq": r.seq, "at": r.at, "event": r.event, "actor": r.actor, "subject": r.subject} for r in near
            ],
        }
    )


def _broken(answer: dict[str, object]) -> NoReturn:
    document(answer)
    raise typer.Exit(1)


def _read(file: Path, most: int = MOST_BYTES) -> bytes:
    try:
        with file.open("rb") as handle:
            return handle.read(most + 1)
    except OSError as error:
        fail("unreadable", f"{file}: {error.strerror}")


def backup(file: Path, passphrase_file: Path | None) -> None:
    """Write the encrypted backup."""
    from tongbao.wiring import backup as backups

    try:
        document(backups.write(file, passphrase=_secret(passphrase_file)))
    except backups.BackupError as error:
        fail(error.code, str(error))


def restore(file: Path, identity_file: Path | None, passphrase_file: Path | None) -> None:
    """Restore the encrypted backup."""
    from tongbao.wiring import backup as backups

    identity = _secret(identity_file)
    try:
        document(backups.restore(file, identity=identity, passphrase=_secret(passphrase_file)))
    except backups.BackupError as error:
        fail(error.code, str(error))


def _secret(file: Path | None) -> str:
    """The text of a passphrase or identity file; empty for none."""
    if file is None:
        return ""
    try:
        return _read(file).decode().strip()
    except UnicodeDecodeError:
        fail("unreadable", f"{file}: not UTF-8")
