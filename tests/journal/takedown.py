"""The verbs of the takedown desk, each with a call that works."""

from datetime import timedelta
from typing import Any

from tests.journal.story import Act, Story
from tests.takedown.sites import LINK, asked, begun
from tongbao.journal.events import Event
from tongbao.kernel import clock
from tongbao.kernel.markings import TLP
from tongbao.notices import actions as answering
from tongbao.notices.models import Receipt
from tongbao.notices.rules import Grade
from tongbao.parties.models import Organisation
from tongbao.takedown import actions, reminding
from tongbao.takedown.models import Takedown, TakedownStep

E = Event


def _open(d: Any) -> Act:
    return lambda actor: actions.open_takedown(actions.Draft(places=LINK), actor=actor)


def _add(d: Any) -> Act:
    key = begun(d.cast).public_id
    return lambda actor: actions.add_to_takedown(key, places=f"{LINK}/two", address="", actor=actor)


def _ask(d: Any) -> Act:
    key, home = begun(d.cast).public_id, Organisation.objects.get(code="FARHILL").public_id
    said = {"organisation": home, "part": "hoster", "words": "x", "tlp": TLP.GREEN}
    return lambda actor: actions.ask_takedown(key, **said, actor=actor)


def _check(d: Any) -> Act:
    key = begun(d.cast).public_id
    return lambda actor: actions.check_takedown(key, verdict="down", words="x", actor=actor)


def _drop(d: Any) -> Act:
    key = begun(d.cast).public_id
    return lambda actor: actions.drop_takedown(key, words="x", actor=actor)


def _hear(d: Any) -> Act:
    receipt = Receipt.objects.get(notice=asked(d.cast, begun(d.cast), "SUNPOWER").notice)
    answering.answer(receipt.public_id, code="removed", words="", grade=Grade.SIGNED_IN, actor=d.cast.constituent)
    return lambda actor: actions.hear_answer(receipt.public_id, number=1, source="journal:1")


def _remind(d: Any) -> Act:
    found = asked(d.cast, begun(d.cast), "SUNPOWER").takedown
    Takedown.objects.update(remind_due_at=clock.now())
    TakedownStep.objects.update(at=clock.now() - timedelta(hours=25))
    Takedown.objects.update(round_at=clock.now() - timedelta(hours=26))
    return lambda actor: reminding.remind_takedown(found.pk)


TAKEDOWN: dict[str, Story] = {
    "takedown.actions.open_takedown": Story(_open, {E.TAKEDOWN_OPENED}, refused="auditor"),
    "takedown.actions.add_to_takedown": Story(_add, {E.TAKEDOWN_AMENDED}, refused="auditor"),
    "takedown.actions.ask_takedown": Story(_ask, {E.TAKEDOWN_ASKED}, refused="auditor", again=False),
    "takedown.actions.check_takedown": Story(_check, {E.TAKEDOWN_CHECKED}, refused="auditor", again=False),
    "takedown.actions.drop_takedown": Story(_drop, {E.TAKEDOWN_DROPPED}, refused="auditor"),
    "takedown.actions.hear_answer": Story(_hear, {E.TAKEDOWN_ANSWERED}),
    "takedown.reminding.remind_takedown": Story(_remind, {E.TAKEDOWN_REMINDED}),
}
