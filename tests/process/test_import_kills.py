"""Workers killed while they take cases over from another product: every case of a file comes once, and whole."""

import random
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import Count, F

from tests.instance import Instance
from tests.outside import Outside
from tests.process.importer import POINTS
from tests.process.test_feed_kills import working
from tests.process.test_kills import the_journal_holds
from tests.soak import times
from tests.standards.exports import TICKET, exported
from tongbao.incidents.actions import imports
from tongbao.incidents.models import CaseImport, Incident, Origin
from tongbao.kernel.markings import TLP
from tongbao.policy import actors

pytestmark = pytest.mark.process
CASES = 5
SENDER = actors.system("tests")


def hand_in(number: int) -> str:
    """A file of cases, for the workers to take over."""
    refs = range(number * CASES + 1, (number + 1) * CASES + 1)
    raw = [TICKET | {"id": ref, "EffectiveId": {"id": str(ref)}, "Subject": f"Case {ref}"} for ref in refs]
    about = {"name": f"{number}.json", "product": "rtir", "tlp": TLP.GREEN, "actor": SENDER}
    kept = imports.receive_import(exported(*raw), **about)  # type: ignore[arg-type]
    imports.want_import(kept.public_id, actor=SENDER)
    return kept.public_id


def every_case_came_once(files: int) -> None:
    count = files * CASES
    assert not CaseImport.objects.filter(wanted_at__isnull=False).exists()
    assert set(CaseImport.objects.values_list("stopped", flat=True)) == {""}
    assert CaseImport.objects.exclude(applied_at=None).count() == files
    assert sorted(Origin.objects.values_list("ref", flat=True), key=int) == [str(n) for n in range(1, count + 1)]
    assert sorted(Incident.objects.values_list("title", flat=True)) == sorted(f"Case {n}" for n in range(1, count + 1))
    entries = set(Incident.objects.annotate(entries=Count("log")).values_list("entries", flat=True))
    assert len(entries) == 1, "each with its whole log"
    assert Incident.objects.order_by("number").last() == Incident.objects.get(number__endswith=f"{count:05d}")


def story(instance: Instance, outside: Outside, points: Iterable[tuple[str, int]]) -> None:
    """A file comes, a worker dies over it, another takes over when the lease has run out."""
    deaths = files = 0
    for number, (point, at) in enumerate(points):
        files = number + 1
        with outside.inside():
            hand_in(number)
        deaths += working(instance, point, at, worker="importer") != 0
        with outside.inside():
            later = F("lease_until") - timedelta(hours=1)
            CaseImport.objects.exclude(lease_until=None).update(lease_until=later)
        assert working(instance, worker="importer") == 0
    assert deaths, "no worker died"
    with outside.inside():
        every_case_came_once(files)
    the_journal_holds(outside)


@pytest.fixture
def place(make_instance: Callable[..., Instance], look: Callable[[Instance], Outside]) -> Any:
    instance = make_instance("empty")
    return instance, look(instance)


def test_it_survives_workers_killed_while_they_take_cases_over(place: Any) -> None:
    story(*place, [("held", 2), ("opening", 3), ("recorded", CASES + 1), ("taken", 2)])


@pytest.mark.soak
def test_it_survives_a_worker_killed_at_every_point(place: Any) -> None:
    story(*place, [(point, at) for point in POINTS for at in (1, 2)])


@pytest.mark.soak
def test_it_survives_a_hundred_kills_over_imports(place: Any) -> None:
    pick = random.Random(9)
    story(*place, [(pick.choice(POINTS), pick.randrange(1, CASES)) for _ in range(times(100))])
