"""``python -m tests.process.reader [--die POINT] [--at N]``: a worker that reads feeds, in small batches, and dies.

It is the product's own work, killed by a real SIGKILL the Nth time that it comes to a point.
"""

from collections.abc import Callable

from tests.process.worker import after, die, doomed

READING = ("claimed", "read", "put", "counted", "half", "written", "publishing", "closed")
"""claimed: a run is taken · read: the engine is done, nothing says so · put: a batch is in findings, not committed ·
counted: it is committed · half: a file of the archive is on disk without its name · written: all are, no row names
them · publishing: the rows are written, not committed · closed: the run has its verdict."""
TIDYING = ("made", "settling", "settled", "collecting")
"""made: a day's files are one, the rows are the old ones · settling: the rows are the new ones, not committed ·
settled: committed · collecting: old files are away, their rows too."""
POINTS = READING + TIDYING


def _arm(point: str, at: int) -> None:
    from tongbao.engines.archive import stores
    from tongbao.engines.telemetry.chain import Run
    from tongbao.observations import archiving, running, staging

    places = {
        "claimed": (running, "_claim"), "read": (Run, "over"), "put": (staging, "put"), "counted": (running, "_batch"),
        "half": (stores, "_synced"), "written": (archiving, "put"), "publishing": (archiving, "publish"),
        "closed": (running, "_finish"), "made": (archiving, "_made"), "settling": (archiving, "record"),
        "settled": (archiving, "_settle"), "collecting": (archiving, "collect"),
    }  # fmt: skip
    after(*places[point], nth(at))


def nth(at: int) -> Callable[[], None]:
    """Die at the Nth call."""
    count = 0

    def then() -> None:
        nonlocal count
        count += 1
        if count == at:
            die()

    return then


def main() -> None:
    doomed(POINTS, _arm)
    from tongbao.observations import applying, archiving, running

    applying.SIZE = 4
    while running.work():
        pass
    archiving.compact()
    archiving.collect()
    archiving.clear()


if __name__ == "__main__":
    main()
