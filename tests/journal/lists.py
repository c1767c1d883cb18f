"""The verbs of views kept under a name."""

from typing import Any

from tests.journal.story import Act, Story
from tongbao.incidents.actions import lists
from tongbao.journal.events import Event

E = Event


def _keep(d: Any) -> Act:
    return lambda actor: lists.keep_view(what="cases", name="x", query="state=open", shared=True, actor=actor)


def _remove(d: Any) -> Act:
    key = _keep(d)(d.cast.officer).public_id
    return lambda actor: lists.remove_view(key, actor=actor)


LISTS: dict[str, Story] = {
    "incidents.actions.lists.keep_view": Story(_keep, {E.VIEW_KEPT}, refused="constituent"),
    "incidents.actions.lists.remove_view": Story(_remove, {E.VIEW_REMOVED}, refused="handler"),
}
