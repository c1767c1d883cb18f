"""``feed receive``: hand files of feeds to this instance; a worker reads them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tongbao.files.store import MIB
from tongbao.kernel.refusals import Refusal
from tongbao.observations import receiving, running
from tongbao.observations.actions import runs
from tongbao.observations.models import FeedRun
from tongbao.operations.models import routine
from tongbao.policy import actors
from tongbao.wiring.cli.output import document, fail, refused


def receive(files: list[Path], *, report: str, scope: str, wait: bool) -> int:
    """Take files in. With ``wait`` this process reads them too. Exit 1 when one was not read to its end."""
    taken = [_taken(file, report, scope) for file in files]
    if wait:
        while running.work():
            pass
    found = [FeedRun.objects.select_related("stream").get(pk=each.pk) for each in taken]
    document([_said(each) for each in found])
    return int(any(each.verdict in {FeedRun.Verdict.PARTIAL, FeedRun.Verdict.REFUSED} for each in found))


def _taken(file: Path, report: str, scope: str) -> FeedRun:
    try:
        arrived = receiving.arrive(_chunks(file))
        return runs.take_in(
            arrived,
            name=file.name,
            report=report,
            scope=scope,
            door=FeedRun.Door.COMMAND,
            operation=routine(),
            actor=actors.system("command"),
        )
    except Refusal as refusal:
        refused(refusal)
    except OSError as error:
        fail("unreadable", f"{file}: {error.strerror}")


def _chunks(file: Path) -> Iterator[bytes]:
    with file.open("rb") as stream:
        while chunk := stream.read(MIB):
            yield chunk


def _said(run: FeedRun) -> dict[str, Any]:
    return {
        "id": run.public_id,
        "file": run.name,
        "report": run.stream.name if run.stream else run.report,
        "state": run.state,
        "verdict": run.verdict,
        "fault": run.fault,
        "rows": run.rows,
        "rejected": run.rejected,
        "duplicates": run.duplicates,
        "kept": run.kept,
        "attributed": run.attributed,
        "new": run.fresh,
        "again": run.again,
        "gone": run.gone,
    }
