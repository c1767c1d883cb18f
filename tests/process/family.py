"""Processes as the kernel knows them: who is whose child, who is still there."""

import time
from collections.abc import Callable
from pathlib import Path

PROC = Path("/proc")


def command(pid: int) -> str:
    """The command line of a process; empty when it is gone or only waits to be buried."""
    try:
        return (PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def children(parent: int) -> list[int]:
    """The living children of a process."""
    found = []
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == parent and fields[0] != "Z":
                found.append(int(entry.name))
    return sorted(found)


def family(parent: int) -> list[int]:
    """Children, grandchildren and so on."""
    return [each for child in children(parent) for each in [child, *family(child)]]


def wait_until(check: Callable[[], bool], what: Callable[[], object], seconds: float = 30) -> None:
    """Wait for something to become true; ``what`` says how things stand when it does not."""
    for _ in range(int(seconds * 20)):
        if check():
            return
        time.sleep(0.05)
    raise AssertionError(what())
