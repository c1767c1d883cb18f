"""The parent of ``serve``: starts web and worker processes, restarts what dies, stops all of them cleanly.

No Django here: the parent stays small and cannot hang on the database. Children get their own session (a
Ctrl-C reaches them once, through us) and die with the parent, even if it is killed. What a child has started
itself dies with the child: a web server that was killed leaves nobody behind who holds its port.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from types import FrameType

from msgspec import Struct

GRACE = 20.0
QUICK = 5.0
MOST_QUICK_FAILURES = 5
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 8.0
HOPELESS = 2
"""The exit code of a child that says why it cannot run: starting it again would change nothing."""
_PR_SET_PDEATHSIG = 1


class Child(Struct, frozen=True):
    """A process to keep running."""

    name: str
    command: tuple[str, ...]
    environment: dict[str, str] = {}


class _Running:
    def __init__(self, child: Child) -> None:
        self.child = child
        self.failures = 0
        self.code = 0
        self.restart_at = 0.0
        self.started = 0.0
        self.process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        self.started = time.monotonic()
        self.process = subprocess.Popen(  # noqa: S603 - our own command, no shell
            self.child.command,
            env=os.environ | self.child.environment,
            start_new_session=True,
            preexec_fn=_die_with_parent,
        )

    def look(self) -> bool:
        """Restart the process if it has died, after a pause that grows. False: it keeps failing at once."""
        if self.process is not None:
            if self.process.poll() is None:
                return True
            lived = time.monotonic() - self.started
            self.failures = self.failures + 1 if lived < QUICK else 0
            self.code = self.process.returncode
            _say(f"{self.child.name} ended with {self.code}")
            self.sweep_up()
            self.process = None
            self.restart_at = time.monotonic() + min(LONGEST_PAUSE, FIRST_PAUSE * 2**self.failures)
        if self.failures >= MOST_QUICK_FAILURES or self.code == HOPELESS:
            return False
        if time.monotonic() >= self.restart_at:
            self.start()
        return True

    def sweep_up(self) -> None:
        """End what the ended process has left behind in its session."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)

    def signal(self, number: int) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)


def supervise(children: Sequence[Child]) -> int:
    """Run until a signal, or until a child cannot be kept alive. The exit code: 0 after a signal, 2 when a child
    has said why it cannot run, else 1."""
    stopping = False

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    running = [_Running(child) for child in children]
    code = 0
    while not stopping:
        for each in running:
            if not each.look():
                _say(f"{each.child.name} {'cannot run' if each.code == HOPELESS else 'keeps failing'}: giving up")
                stopping, code = True, HOPELESS if each.code == HOPELESS else 1
        time.sleep(0.2)
    _end(running)
    return code


def _end(running: list[_Running]) -> None:
    for each in running:
        each.signal(signal.SIGTERM)
    end = time.monotonic() + GRACE
    for each in running:
        if each.process is None:
            continue
        try:
            each.process.wait(max(0.1, end - time.monotonic()))
        except subprocess.TimeoutExpired:
            _say(f"{each.child.name} did not stop in {GRACE:.0f} s: killed")
            each.process.kill()
            each.process.wait()
        each.sweep_up()


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _say(text: str) -> None:
    sys.stderr.write(f"tongbao: {text}\n")
    sys.stderr.flush()
