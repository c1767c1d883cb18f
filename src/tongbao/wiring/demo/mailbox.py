"""A mail server for the demonstration: takes everything on loopback, keeps it as files, passes nothing on."""

import email
import email.policy
import re
import signal
import sys
import threading
from email.message import EmailMessage
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class Keeper:
    """Writes each mail to ``folder``, in the order of arrival."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.count = len(list(folder.glob("*.eml")))

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.count += 1
        to = re.sub(r"[^A-Za-z0-9@.-]", "_", ",".join(envelope.rcpt_tos))[:80]
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        draft = self.folder / f"{self.count:05d}-{to}.part"
        draft.write_bytes(content)
        draft.replace(draft.with_suffix(".eml"))
        return f"250 kept as {self.count}"


def read(path: Path) -> tuple[EmailMessage, str]:
    """A mail that was kept, and its words: beside them there may be files."""
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert isinstance(message, EmailMessage)  # noqa: S101 - that policy makes no other
    words = message.get_body(("plain",))
    return message, words.get_content() if words is not None else ""


def start(folder: Path, host: str, port: int) -> Controller:
    """Start the server in a thread; ``stop()`` ends it."""
    controller = Controller(Keeper(folder), hostname=host, port=port, data_size_limit=2 * 1024 * 1024)
    controller.start()
    return controller


def main() -> None:
    """``python -m tongbao.wiring.demo.mailbox FOLDER HOST PORT``."""
    folder, host, port = sys.argv[1:4]
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    controller = start(Path(folder), host, int(port))
    stop.wait()
    controller.stop()


if __name__ == "__main__":
    main()
