"""Single rows written by SQL that is kept: as Django writes them."""

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, connection, models, transaction
from django.test.utils import CaptureQueriesContext

from tongbao.jobs.models import Cursor, Parked
from tongbao.jobs.rows import add, add_all, write

pytestmark = pytest.mark.django_db


def values(row: models.Model) -> dict[str, object]:
    return {each.attname: getattr(row, each.attname) for each in row._meta.concrete_fields if not each.primary_key}


def test_a_row_is_there_with_its_defaults_and_its_own_values(noon: datetime) -> None:
    made = Parked(cursor="incidents:answered", seq=17, error="KeyError", again=True)
    add(made)
    found = Parked.objects.get()
    assert values(found) == values(made)
    assert (found.parked_at, found.done_at, made.pk) == (noon, None, found.pk)


def test_a_few_at_once_and_those_that_are_there_already_left_as_they_are(noon: datetime) -> None:
    add_all([])
    add_all([Parked(cursor="a", seq=seq, error="first") for seq in (1, 2)])
    add_all([Parked(cursor="a", seq=seq, error="second") for seq in (2, 3)], known=True)
    assert list(Parked.objects.order_by("seq").values_list("seq", "error")) == [
        (1, "first"),
        (2, "first"),
        (3, "second"),
    ]
    with pytest.raises(IntegrityError), transaction.atomic():
        add_all([Parked(cursor="a", seq=3, error="third")])


def test_what_the_table_refuses_is_refused_as_ever(noon: datetime) -> None:
    for wanted in (1, 1):
        try:
            with transaction.atomic():
                add(Parked(cursor="a", seq=wanted, error=""))
        except IntegrityError:
            break
    else:
        pytest.fail("stored twice")
    assert Parked.objects.count() == 1


def test_only_the_columns_named_are_written_and_only_of_this_row(noon: datetime) -> None:
    Parked.objects.bulk_create([Parked(cursor="a", seq=seq, error="x") for seq in (1, 2)])
    first, other = Parked.objects.order_by("seq")
    first.error, first.done_at, first.cursor = "y", noon + timedelta(hours=1), "not written"
    with CaptureQueriesContext(connection) as asked:
        write(first, "error", "done_at")
    assert len(asked) == 1
    written = Parked.objects.get(pk=first.pk)
    assert (written.error, written.done_at, written.cursor) == ("y", noon + timedelta(hours=1), "a")
    assert values(Parked.objects.get(pk=other.pk)) == values(other)


def test_a_key_that_is_no_number_is_a_key_too() -> None:
    held = Cursor.objects.create(name="a")
    Cursor.objects.create(name="b")
    held.seq, held.retry_at = 9, None
    write(held, "seq", "retry_at")
    assert list(Cursor.objects.order_by("name").values_list("name", "seq")) == [("a", 9), ("b", 0)]
