"""What is named for somebody, read in its own order, says what the list says: over generated worlds, page by page."""

from datetime import timedelta
from unittest.mock import patch

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import NOON
from tests.policy.test_visibility import MARKINGS, PEOPLE
from tests.soak import times
from tongbao.incidents import queries
from tongbao.incidents.models import Incident
from tongbao.incidents.queries import IN_ORDER, OPEN, Filters
from tongbao.kernel.markings import TLP, Grant, Grantee, Marking
from tongbao.operations.models import routine
from tongbao.policy import order
from tongbao.policy.actors import Actor, Kind
from tongbao.policy.models import UNTIMED, Audience, mark

CASES = st.tuples(MARKINGS, st.integers(0, 3), st.sampled_from(["open", "closed"]), st.booleans())
"""A marking, an hour, a state, and whether a version that knew no order has written the audience."""


def pages_agree(cases: list[tuple[Marking, int, str, bool]], actors: list[Actor]) -> None:
    point = transaction.savepoint()
    try:
        frame = routine()
        for number, (marking, hour, state, untimed) in enumerate(cases):
            case = Incident.objects.create(
                operation=frame,
                number=f"T-{number}",
                title="x",
                state=state,
                aware_at=NOON,
                received_at=NOON,
                opened_at=NOON + timedelta(hours=hour),
                tlp=marking.tlp,
                track=marking.track,
            )
            mark(case, Marking(marking.tlp, marking.track, None, marking.grants))
            if untimed:
                Audience.objects.filter(kind="incident", object_id=case.pk).update(at=UNTIMED)
        for actor in actors:
            for filters in (*IN_ORDER, OPEN):
                assert paged(actor, filters) == list(queries.cases(actor, filters).values_list("pk", flat=True))
    finally:
        transaction.savepoint_rollback(point)


def paged(actor: Actor, filters: Filters) -> list[int]:
    found, cursor = list[int](), ""
    while True:
        page = queries.newest(actor, filters, cursor, size=2)
        found += [each.pk for each in page.rows]
        if not (cursor := page.next):
            return found


WORLDS = {"cases": st.lists(CASES, min_size=1, max_size=9), "actors": st.lists(PEOPLE, min_size=1, max_size=3)}


@pytest.mark.django_db
@patch.multiple(order, FIRST=2)
@patch.multiple(queries, BATCHES=(2, 4))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(**WORLDS)
def test_it_reads_in_order_what_the_list_shows(
    cases: list[tuple[Marking, int, str, bool]], actors: list[Actor]
) -> None:
    pages_agree(cases, actors)


@pytest.mark.soak
@pytest.mark.django_db
@patch.multiple(order, FIRST=2)
@patch.multiple(queries, BATCHES=(2, 4))
@settings(max_examples=times(10_000), deadline=None, suppress_health_check=list(HealthCheck))
@given(**WORLDS)
def test_it_reads_in_order_what_the_list_shows_in_many_worlds(
    cases: list[tuple[Marking, int, str, bool]], actors: list[Actor]
) -> None:
    pages_agree(cases, actors)


@pytest.mark.django_db
def test_it_trusts_the_order_again_once_rows_of_another_version_have_their_times() -> None:
    frame = routine()
    member = Actor(Kind.USER, "user:x", organisation=7)
    made = [
        Incident.objects.create(
            operation=frame,
            number=f"T-{hour}",
            title="x",
            aware_at=NOON,
            received_at=NOON,
            opened_at=NOON - timedelta(hours=hour),
        )
        for hour in range(3)
    ]
    for case in made:
        mark(case, Marking(TLP.AMBER, grants=frozenset({Grant(Grantee.ORGANISATION, 7)})))
    assert list(order.newest(member, "incident") or ()) == [case.pk for case in made]
    Audience.objects.filter(object_id=made[1].pk).update(at=UNTIMED)
    assert order.newest(member, "incident") is None
    assert order.complete(Incident) == 1
    assert order.complete(Incident) == 0
    assert list(order.newest(member, "incident") or ()) == [case.pk for case in made]
