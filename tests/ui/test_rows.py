"""Times left alone, and many forms on one page."""

from datetime import UTC, datetime

from django import forms
from django.http import QueryDict

from tongbao.ui.forms import Form, Moment, about, as_typed

SEEN = datetime(2026, 11, 23, 4, 5, 6, 789, tzinfo=UTC)


class Sighting(Form):
    at = Moment(required=False)
    words = forms.CharField(required=False)


def typed(at: str, known: datetime | None = None) -> Sighting:
    form = Sighting(QueryDict(f"at={at}&words=x"), initial={"at": known})
    assert form.is_valid(), form.errors
    return form


def test_it_keeps_the_seconds_of_a_time_that_nobody_changed() -> None:
    """The browser's control shows minutes: sending it back as it stands is no change."""
    assert 'value="2026-11-23T12:05"' in str(Sighting(initial={"at": SEEN})["at"])
    assert typed("2026-11-23T12:05", SEEN).cleaned_data["at"] == SEEN
    assert typed("2026-11-23T12:06", SEEN).cleaned_data["at"] == datetime(2026, 11, 23, 4, 6, tzinfo=UTC)
    assert typed("", SEEN).cleaned_data["at"] is None
    assert typed("2026-11-23T12:05").cleaned_data["at"] == datetime(2026, 11, 23, 4, 5, tzinfo=UTC)


def test_it_puts_a_refused_form_back_in_its_own_place_among_many() -> None:
    first, second = (Sighting(auto_id=about(name)) for name in ("a", "b"))
    refused = Sighting(QueryDict("words=typed"), auto_id=about("b"))
    assert as_typed(first, refused) is first
    assert as_typed(second, refused) is refused
    assert as_typed(second, None) is second
    assert second["words"].id_for_label == "b-words"


def test_it_makes_ids_of_whatever_was_sent() -> None:
    assert Sighting(auto_id=about("x", "%d%s<"))["words"].id_for_label == "x-ds<-words"
