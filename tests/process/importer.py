"""``python -m tests.process.importer [--die POINT] [--at N]``: a worker that takes cases over, and dies.

It is the product's own work, killed by a real SIGKILL the Nth time that it comes to a point.
"""

from tests.process.reader import nth
from tests.process.worker import after, doomed

POINTS = ("held", "opening", "recorded", "taken", "finished")
"""held: the lease is taken or drawn out · opening: a case is written with its log, not committed · recorded: its
journal entry too, or the file's last one · taken: a case is committed · finished: so is the end of the file."""


def _arm(point: str, at: int) -> None:
    from tongbao.incidents import importing
    from tongbao.incidents.actions import imports

    places = {
        "held": (importing, "_hold"), "opening": (imports, "_observe"), "recorded": (imports, "record"),
        "taken": (imports, "take_over"), "finished": (imports, "finish_import"),
    }  # fmt: skip
    after(*places[point], nth(at))


def main() -> None:
    doomed(POINTS, _arm)
    from tongbao.incidents import importing

    importing.RENEWED = 2
    while importing.work():
        pass


if __name__ == "__main__":
    main()
