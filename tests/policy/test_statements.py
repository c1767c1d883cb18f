"""Statements: their SQL is worked out once, and they answer as the queryset that they are built from."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.db.models.sql.compiler import SQLCompiler
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver
from msgspec import structs

from tests.conftest import Cast
from tongbao.kernel import clock
from tongbao.parties.models import Organisation, Person, Seat, Shift
from tongbao.policy import statements
from tongbao.policy.actors import ANONYMOUS, Actor
from tongbao.policy.statements import STATEMENTS, Statement

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def unlisted() -> Any:
    """What a test makes is none of the product's."""
    held = list(STATEMENTS)
    yield
    STATEMENTS[:] = held


def test_answers_as_its_queryset_for_every_key_and_actor(cast: Cast) -> None:
    def build(actor: Actor, kind: str) -> QuerySet[Organisation]:
        return Organisation.objects.visible_to(actor).filter(kind=kind).select_related("supervisor").order_by("code")

    asked = Statement[Organisation](build)
    for actor in (cast.officer, cast.constituent, ANONYMOUS, cast.officer):
        for kind in Organisation.Kind.values:
            assert asked(actor, str(kind)) == list(build(actor, kind))
            assert asked.first(actor, str(kind)) == build(actor, kind).first()


def test_its_sql_is_written_once_for_an_actor(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Statement[Seat](lambda actor, home: Seat.objects.filter(organisation=home).order_by("pk"))
    homes = list(Organisation.objects.values_list("pk", flat=True)[:5])
    asked(cast.officer, homes[0])
    compiled: list[Any] = []
    written = SQLCompiler.as_sql

    def noted(self: Any, *given: Any, **more: Any) -> Any:
        compiled.append(self)
        return written(self, *given, **more)

    monkeypatch.setattr(SQLCompiler, "as_sql", noted)
    for home in homes:
        assert {each.organisation_id for each in asked(cast.officer, home)} <= {home}
    assert compiled == []


def test_what_is_kept_grows_with_the_actors_and_not_with_the_time(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list may begin elsewhere a minute later: then it is put together anew, in place of the old one."""
    asked = Statement[Seat](lambda actor, home: Seat.objects.filter(organisation=home).order_by("pk"))
    prepared: list[Any] = []
    monkeypatch.setattr(asked, "prepare", lambda shape, real=asked.prepare: prepared.append(shape) or real(shape))
    home = Organisation.objects.latest("pk").pk
    for minute in (0, 0, 1, 2, 2):
        monkeypatch.setattr(statements.time, "monotonic", lambda minute=minute: minute * 60.0)
        asked(cast.officer, home)
    assert len(prepared) == 3
    assert asked._kept.cache_info().currsize == 1
    for seat in range(200):
        asked(structs.replace(cast.officer, seats=frozenset({seat})), home)
    assert asked._kept.cache_info().currsize <= 100


def test_rows_come_as_models_values_and_single_values_with_what_is_fetched_beside_them(cast: Cast) -> None:
    rows = Organisation.objects.filter(code="SUNPOWER")
    key = rows.values_list("pk", flat=True)[0]
    only = Organisation.objects.filter
    pairs = Statement[Any](lambda pk: only(pk=pk).values_list("code", "kind"))
    assert pairs(key) == list(rows.values_list("code", "kind"))
    assert Statement[Any](lambda pk: only(pk=pk).values_list("code", flat=True))(key) == ["SUNPOWER"]
    assert Statement[Any](lambda pk: only(pk=pk).values("code"))(key) == [{"code": "SUNPOWER"}]
    assert Statement[Any](lambda pk: only(pk=pk).values_list("code", named=True))(key)[0].code == "SUNPOWER"
    (found,) = Statement[Organisation](lambda pk: only(pk=pk).prefetch_related("seats"))(key)
    with CaptureQueriesContext(connection) as asked:
        assert list(found.seats.all())
    assert not asked.captured_queries
    assert Statement[Organisation](lambda kind: only(pk__in=[], kind=kind))("office") == []


def test_moments_are_keys(cast: Cast, noon: datetime) -> None:
    asked = Statement[Shift](lambda since, until: Shift.objects.filter(starts_at__gte=since, starts_at__lt=until))
    made = Shift.objects.create(person=Person.objects.latest("pk"), starts_at=noon)
    assert asked(noon - timedelta(hours=1), noon) == []
    assert asked(noon, noon + timedelta(seconds=1)) == [made]


def test_two_keys_keep_their_places(cast: Cast) -> None:
    asked = Statement[Organisation](lambda code, kind: Organisation.objects.filter(kind=kind, code=code))
    home = Organisation.objects.get(code="SUNPOWER")
    assert asked("SUNPOWER", str(home.kind)) == [home]
    assert asked(str(home.kind), "SUNPOWER") == asked("SUNPOWER", "SUNPOWER") == []


@pytest.mark.parametrize(
    "build",
    [
        lambda n: Organisation.objects.all()[:n],  # cut by a key: it is no value
        lambda n: Organisation.objects.filter(code=f"x{n}"),  # changed
        lambda n: Organisation.objects.filter(code__icontains=n),  # changed by the lookup
        lambda n: Organisation.objects.all(),  # forgotten
    ],
)
def test_a_key_that_is_not_placed_as_it_is_is_refused(build: Any) -> None:
    with pytest.raises(TypeError, match="a key is not placed"):
        Statement[Any](build)(17)


def test_rows_are_no_keys(cast: Cast) -> None:
    home = Organisation.objects.get(code="SUNPOWER")
    with pytest.raises(TypeError, match="not the row"):
        Statement[Any](lambda organisation: Seat.objects.filter(organisation=organisation))(home)


def test_nothing_but_the_arguments_shapes_the_products_own(cast: Cast) -> None:
    """Each asked by a page is put together at two moments, for everybody of the cast: the same both times."""
    assert get_resolver().url_patterns  # every page is loaded
    assert len(STATEMENTS) > 20
    people = [cast.officer, cast.handler, cast.constituent, cast.admin, cast.auditor, cast.hoster, ANONYMOUS]
    for statement in STATEMENTS:
        for actor in people:
            shape = _shape(statement, actor)
            with clock.at(datetime(2026, 3, 1, tzinfo=UTC)):
                first = statement.prepare(shape)
            with clock.at(datetime(2031, 8, 9, 1, 2, 3, tzinfo=UTC)):
                again = statement.prepare(shape)
            assert (first.sql, first.places) == (again.sql, again.places), statement.build.__qualname__


def _shape(statement: Statement[Any], actor: Actor) -> tuple[Any, ...]:
    kinds = {"Actor": actor, "int": int, "str": str, "datetime": datetime, "date": date(2026, 3, 1)}
    given = {k: v for k, v in statement.build.__annotations__.items() if k != "return"}
    named = [(getattr(kind, "__name__", str(kind)), kind) for kind in given.values()]
    return tuple(kinds[name] if name in kinds else kind() for name, kind in named)
