"""A walk over all verbs: every write and every refused attempt is in the journal, and a repeat leaves nothing."""

import copy
import importlib
import json
import pkgutil
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.conf import settings as django_settings
from django.db import transaction
from django.db.models import Model
from django.test import override_settings
from django.utils.translation import override

import tongbao
from tests.conftest import NOON, Cast, country_as_it_is
from tests.journal.desk import SILENT, STORIES, Desk
from tongbao.journal.events import Event
from tongbao.journal.models import JournalEntry
from tongbao.kernel import clock
from tongbao.kernel.refusals import Conflict, Forbidden, Invalid, NotFound

pytestmark = pytest.mark.usefixtures("noon")


def verbs() -> dict[str, Callable[..., Any]]:
    """Every verb of the product by its place."""
    found = {}
    for module in pkgutil.walk_packages(tongbao.__path__, "tongbao."):
        if any(part in module.name for part in ("migrations", "__main__", ".urls", ".clean")):
            continue
        for name, value in vars(importlib.import_module(module.name)).items():
            if getattr(value, "is_verb", False) and value.__module__ == module.name:
                found[f"{module.name.removeprefix('tongbao.')}.{name}"] = value
    return found


@pytest.fixture(scope="module")
def day(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Desk, Path]]:
    """A desk and its files before anything that is told here: made once, each story rolls back to it."""
    home = tmp_path_factory.mktemp("desk")
    ours = msgspec.structs.replace(django_settings.TONGBAO, data_dir=str(home))
    whole = transaction.atomic()
    whole._from_testcase = True  # verbs insist on being the outermost block but for a test's
    with django_db_blocker.unblock(), override("en"), override_settings(TONGBAO=ours), clock.at(NOON):
        whole.__enter__()
        made = Desk(Cast(country_as_it_is()))
    yield made, home
    with django_db_blocker.unblock():
        transaction.set_rollback(True)
        whole.__exit__(None, None, None)


@pytest.fixture
def desk(day: tuple[Desk, Path], cast: Cast, settings: Any, tmp_path: Path) -> Desk:
    kept, home = day
    shutil.copytree(home, tmp_path, dirs_exist_ok=True)
    settings.TONGBAO = msgspec.structs.replace(settings.TONGBAO, data_dir=str(tmp_path))
    own = copy.copy(kept)
    rows = {name: copy.deepcopy(row) for name, row in vars(kept).items() if isinstance(row, Model)}
    vars(own).update(rows, cast=cast)
    return own


def since(seq: int) -> list[JournalEntry]:
    return list(JournalEntry.objects.filter(seq__gt=seq).order_by("seq"))


def last() -> int:
    return JournalEntry.objects.order_by("-seq").values_list("seq", flat=True).first() or 0


def test_it_has_a_story_for_every_verb() -> None:
    assert set(verbs()) == set(STORIES)
    assert {name for name, story in STORIES.items() if not story.events} == set(SILENT)


def test_it_uses_every_word_of_its_vocabulary() -> None:
    """No event is kept that nothing records, and none is recorded that is not in the vocabulary."""
    told = {event for story in STORIES.values() for event in story.events}
    elsewhere = {
        Event.ACCESS_READ: "test_reading.py",
        Event.ACCESS_REFUSED: "below",
        Event.ACCOUNT_FACTOR_ADDED: "tests/accounts",
        Event.ACCOUNT_FACTOR_REMOVED: "tests/accounts",
        Event.ACCOUNT_SIGN_IN_FAILED: "tests/accounts",
        Event.ARCHIVE_ASKED: "tests/observations/test_archive.py",
        Event.BACKUP_RESTORED: "tests/cli",
        Event.FEED_FINDINGS_EXPORTED: "tests/observations/test_archive.py",
        Event.FILE_KEPT: "tests/files",
        Event.OBLIGATION_DERIVED: "below",
        Event.OBLIGATION_SUPERSEDED: "below",
        Event.PARTICIPANT_CHANGED: "below",
        Event.PARTNER_ALERT_MERGED: "tests/notices/test_partners.py",
        Event.SUBMISSION_FOLDED: "tests/incidents/test_desk_work.py",
        Event.SUBMISSION_QUARANTINED: "below",
        Event.LESSON_CAME_BACK: "tests/lessons/test_lessons.py",
    }
    assert told | set(elsewhere) == set(Event)


@pytest.mark.parametrize("name", sorted(STORIES))
def test_it_records_what_every_verb_does(name: str, desk: Desk, cast: Cast) -> None:
    story = STORIES[name]
    act, actor = story.begin(desk), getattr(cast, story.by)
    before = last()
    act(actor)
    written = since(before)
    assert story.events <= {entry.event for entry in written}, [entry.event for entry in written]
    if name in SILENT:
        assert written == []
    doers = {entry.actor for entry in written}
    assert all(doer in _doers(name, actor, doer) for doer in doers), doers


def _doers(name: str, actor: Any, doer: str) -> set[str]:
    """Who may stand in the entries of a verb: whoever called it; for the worker's verbs the product itself, for a
    link or a receipt its holder, and for an invitation the person that it makes."""
    own = {actor.reference}
    if doer.startswith(("system:", "link:", "receipt:")):
        own.add(doer)
    if name in {"parties.actions.seats.accept_seat", "accounts.actions.note_sign_in", "accounts.actions.note_change"}:
        own.add(doer)
    return own


@pytest.mark.parametrize("name", sorted(name for name, story in STORIES.items() if story.refused))
def test_it_records_every_refused_attempt(name: str, desk: Desk, cast: Cast) -> None:
    story = STORIES[name]
    act, intruder = story.begin(desk), getattr(cast, story.refused)
    before = last()
    with pytest.raises(Forbidden):
        act(intruder)
    (entry,) = since(before)
    assert (entry.event, entry.actor) == (Event.ACCESS_REFUSED, intruder.reference)
    facts = json.loads(entry.text)["facts"]
    assert facts["attempted"] == name.rpartition(".")[2]
    assert facts["can"].count(":") == 2


@pytest.mark.parametrize("name", sorted(name for name, story in STORIES.items() if story.again))
def test_it_records_nothing_of_a_repeat(name: str, desk: Desk, cast: Cast) -> None:
    """The same call again: nothing changes, or it says that there is nothing left to do."""
    story = STORIES[name]
    act, actor = story.begin(desk), getattr(cast, story.by)
    act(actor)
    before = last()
    with clock.at(NOON + timedelta(seconds=30)), suppress(Conflict, Invalid, NotFound):
        act(actor)
    assert since(before) == []


def test_it_lets_no_outsider_tell_hidden_from_absent(desk: Desk, cast: Cast) -> None:
    """A verb on what somebody may not see is not found, and leaves nothing: there is nothing to be refused."""
    from tongbao.incidents.actions import cases, log

    before = last()
    for key in (desk.incident.public_id, "a" * 20):
        with pytest.raises(NotFound):
            log.note(key, words="x", actor=cast.stranger)
        with pytest.raises(NotFound):
            cases.close_incident(key, outcome="x", version=1, actor=cast.stranger)
    assert since(before) == []


def test_it_records_what_follows_by_itself(desk: Desk, cast: Cast) -> None:
    """Obligations derived and superseded, a report set aside, a role changed: none of it is asked for by name."""
    from tongbao.incidents.actions import cases, participants
    from tongbao.incidents.actions.triage import IncidentDraft
    from tongbao.kernel.markings import TLP

    before = last()
    draft = IncidentDraft(title="x", level=1, tlp=TLP.GREEN, owner=desk.home("SUNPOWER").public_id)
    cases.edit_incident(desk.incident.public_id, draft, version=desk.version(desk.incident), actor=cast.officer)
    for role in ("helper", "source"):
        participants.add_participant(
            desk.incident.public_id, organisation=desk.home("HARBOUR").public_id, role=role, actor=cast.officer
        )
    events = {entry.event for entry in since(before)}
    assert {"obligation.superseded", "obligation.derived", "participant.added", "participant.changed"} <= events
    assert JournalEntry.objects.filter(event="submission.quarantined").count() == 1


def test_it_names_people_and_things_by_reference_only(desk: Desk, cast: Cast) -> None:
    """Whatever happened on that day: no name, no address, no text of anybody's is in the journal."""
    for story in STORIES.values():
        try:
            story.begin(desk)(getattr(cast, story.by))
        except Exception:
            continue
    text = " ".join(JournalEntry.objects.values_list("text", flat=True))
    secrets = ["@", "林值勤", "張聯絡", "Sunlight", "日光電力", "勒索", "203.0.113", "已復原", "誤傳", "致電"]
    assert [each for each in secrets if each in text] == []
