"""Starts the cleaning process and takes its answer. Nothing hostile is parsed in this process."""

import subprocess
import sys
from pathlib import Path

from msgspec import Struct

import tongbao
from tongbao.files import clean, rules, store
from tongbao.files.clean import limits
from tongbao.files.rules import CleanState, Kind
from tongbao.files.store import Written
from tongbao.kernel.refusals import Invalid, TooLarge

LONGEST = 60
"""Seconds by the clock on the wall after which a cleaning is ended, however little it has computed."""


class Cleaned(Struct, frozen=True):
    """How a cleaning ended; the clean copy when ``state`` is ``done``."""

    state: CleanState
    written: Written | None = None


def run(sha256: str) -> Cleaned:
    """Clean these kept bytes; the copy is on disk when this returns, no row names it yet.

    The same bytes give the same copy. Raises Unavailable ("disk-full", "file-missing") and OSError when the
    machine, not the file, is at fault: then it is worth another attempt later.
    """
    with store.read(sha256) as file:
        kind = rules.sniff(file.read(rules.HEAD))
    if kind is None:
        return Cleaned(CleanState.UNSUPPORTED)
    with store.telling_full_disk(), store.scratch() as copy:
        code = _start(kind, store.path_of(sha256), copy)
        if code == clean.UNSUPPORTED:
            return Cleaned(CleanState.UNSUPPORTED)
        if code != clean.CLEANED:
            return Cleaned(CleanState.FAILED)
        try:
            with copy.open("rb") as file:
                chunks = iter(lambda: file.read(store.CHUNK), b"")
                return Cleaned(CleanState.DONE, store.write(chunks, limit=limits.OUTPUT))
        except (Invalid, TooLarge):
            return Cleaned(CleanState.FAILED)


def _start(kind: Kind, source: Path, target: Path) -> int:
    """The exit code; negative when a signal ended the process (a limit, or our own patience)."""
    code_folder = Path(tongbao.__file__).parents[1]
    command = [sys.executable, "-P", "-B", "-m", "tongbao.files.clean", kind, str(source), str(target)]
    try:
        return subprocess.run(  # noqa: S603 - fixed program, our own paths
            command,
            env={"PYTHONPATH": str(code_folder), "LC_ALL": "C.UTF-8"},
            cwd=target.parent,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=LONGEST,
            check=False,
        ).returncode
    except subprocess.TimeoutExpired:
        return clean.FAILED
