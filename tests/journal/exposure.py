"""The verb of asking whether somebody is exposed."""

from datetime import timedelta
from typing import Any

from tests.journal.story import Act, Story
from tongbao.exposure import actions
from tongbao.journal.events import Event
from tongbao.kernel import clock
from tongbao.kernel.markings import TLP

E = Event


def _ask(d: Any) -> Act:
    due = clock.now() + timedelta(days=2)
    said = {"organisations": [d.home("HARBOUR").public_id], "words": "x", "tlp": TLP.GREEN, "answer_by": due}
    return lambda actor: actions.ask_exposed(d.other.public_id, **said, actor=actor)


EXPOSURE: dict[str, Story] = {
    "exposure.actions.ask_exposed": Story(_ask, {E.EXPOSURE_ASKED}, refused="auditor", again=False)
}
