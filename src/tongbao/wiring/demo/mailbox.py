"""A mail server for the demonstration: takes everything on loopback, keeps it as files, passes nothing on. What is for
the office it puts into the folder that the product reads its mail from."""

import email
import email.policy
import re
import signal
import sys
import threading
from email.message import EmailMessage
from mailbox import Maildir
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class Keeper:
    """Writes each mail to ``folder``, in the order of arrival, and what is for ``office`` to ``replies`` too."""

    def __init__(self, folder: Path, replies: Path | None = None, office: str = "") -> None:
        self.folder, self.replies, self.office = folder, replies, office
        folder.mkdir(parents=True, exist_ok=True)
        self.count = len(list(folder.glob("*.eml")))

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.count += 1
        to = re.sub(r"[^A-Za-z0-9@.-]", "_", ",".join(envelope.rcpt_tos))[:80]
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        draft = self.folder / f"{self.count:05d}-{to}.part"
        draft.write_bytes(content)
        draft.replace(draft.with_suffix(".eml"))
        if self.replies is not None and self.office in (each.lower() for each in envelope.rcpt_tos):
            Maildir(self.replies).add(content)
        return f"250 kept as {self.count}"


def read(path: Path) -> tuple[EmailMessage, str]:
    """A mail that was kept, and its words: beside them there may be files."""
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert isinstance(message, EmailMessage)  # noqa: S101 - that policy makes no other
    words = message.get_body(("plain",))
    return message, words.get_content() if words is not None else ""


def reply(told: EmailMessage, words: str) -> EmailMessage:
    """What somebody's mail program makes of a mail when ``words`` are typed above it."""
    answer = EmailMessage()
    answer["From"], answer["To"], answer["Subject"] = str(told["To"]), str(told["From"]), f"Re: {told['Subject']}"
    answer["In-Reply-To"] = str(told["Message-ID"])
    answer.set_content(words)
    return answer


def start(folder: Path, host: str, port: int, replies: Path | None = None, office: str = "") -> Controller:
    """Start the server in a thread; ``stop()`` ends it."""
    kept = Keeper(folder, replies, office.lower())
    controller = Controller(kept, hostname=host, port=port, data_size_limit=2 * 1024 * 1024)
    controller.start()
    return controller


def main() -> None:
    """``python -m tongbao.wiring.demo.mailbox FOLDER HOST PORT REPLIES OFFICE``."""
    folder, host, port, replies, office = sys.argv[1:6]
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    controller = start(Path(folder), host, int(port), Path(replies), office)
    stop.wait()
    controller.stop()


if __name__ == "__main__":
    main()
