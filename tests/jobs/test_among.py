"""Rows whose keys are among very many, on whichever database."""

import random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.conftest import Cast
from tongbao.jobs.among import FEW, among
from tongbao.parties.models import Organisation, Seat

pytestmark = pytest.mark.django_db
MANY = range(10**9, 10**9 + FEW + 1)
"""Keys that nothing has."""


def codes(*keys: int) -> set[str]:
    return set(Organisation.objects.filter(among("pk", keys)).values_list("code", flat=True))


@pytest.mark.parametrize("others", [(), MANY])
def test_it_finds_what_is_named_and_nothing_else(cast: Cast, others: tuple[int, ...]) -> None:
    wanted = Organisation.objects.filter(code__in=["SUNPOWER", "HARBOUR"]).values_list("pk", flat=True)
    assert codes(*wanted, *others) == {"SUNPOWER", "HARBOUR"}
    assert codes(*others) == set()


def test_it_goes_through_a_relation_and_beside_other_conditions(cast: Cast) -> None:
    home = Organisation.objects.get(code="SUNPOWER")
    found = Seat.objects.filter(among("organisation", [home.pk, *MANY]), rank__gte=0)
    assert {each.organisation_id for each in found} == {home.pk}
    assert set(found) == set(Seat.objects.filter(organisation=home))
    assert not Seat.objects.filter(among("organisation__supervisor", MANY)).exists()
    assert not Seat.objects.exclude(among("organisation", [*Organisation.objects.values_list("pk", flat=True), *MANY]))


def test_many_keys_are_one_value_of_one_question(cast: Cast) -> None:
    keys = [*Organisation.objects.values_list("pk", flat=True), *range(10**6, 10**6 + 70_000)]
    with CaptureQueriesContext(
        connection,
    ) as asked:
        found = list(Organisation.objects.filter(among("pk", keys)))
    assert len(asked) == 1
    assert len(found) == Organisation.objects.count()


def test_it_says_the_same_as_in(cast: Cast) -> None:
    chance = random.Random(20261126)
    for _ in range(20):
        keys = [chance.randint(1, 40) for _ in range(chance.randint(0, 30))]
        plain = set(Organisation.objects.filter(pk__in=keys).values_list("pk", flat=True))
        assert set(Organisation.objects.filter(among("pk", [*keys, *MANY])).values_list("pk", flat=True)) == plain
