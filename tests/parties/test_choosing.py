"""An organisation is named by what people call it; near misses are helped on, and nobody learns of hidden ones."""

import pytest
from django.utils import translation

from tests.conftest import Cast
from tongbao.kernel.markings import Track
from tongbao.parties import choosing
from tongbao.parties.choosing import OrganisationField
from tongbao.parties.models import Organisation
from tongbao.policy.actors import Actor
from tongbao.ui.forms import Form

pytestmark = pytest.mark.django_db


class Naming(Form):
    organisation = OrganisationField(label="x")

    def __init__(self, *args: object, actor: Actor, **options: object) -> None:
        super().__init__(*args, **options)
        self.fields["organisation"].ask(actor)  # type: ignore[attr-defined]


def asked(actor: Actor, typed: str) -> Naming:
    return Naming({"organisation": typed}, actor=actor)


def test_it_takes_code_name_label_and_identifier(cast: Cast) -> None:
    home = Organisation.objects.get(code="SUNPOWER")
    for typed in (
        "SUNPOWER",
        " sunpower ",
        home.name_zh,
        home.name_en.upper(),
        home.public_id,
        f"SUNPOWER {home.name_en}",
    ):
        form = asked(cast.officer, typed)
        assert form.is_valid(), typed
        assert form.cleaned_data["organisation"] == home.public_id


def test_it_names_those_that_are_near_and_takes_none_of_them(cast: Cast) -> None:
    home = Organisation.objects.get(code="SUNPOWER")
    form = asked(cast.officer, home.name_en.split()[0])
    assert not form.is_valid()
    assert "SUNPOWER" in form.errors["organisation"][0]
    assert "no such organisation" in asked(cast.officer, "無此機關").errors["organisation"][0]
    with translation.override("zh-hant"):
        assert home.name_zh in asked(cast.officer, home.name_zh[:2]).errors["organisation"][0]


def test_it_shows_a_chosen_one_by_code_and_name(cast: Cast) -> None:
    home = Organisation.objects.get(code="SUNPOWER")
    form = Naming(initial={"organisation": home.public_id}, actor=cast.officer)
    assert f'value="SUNPOWER {home.name_en}"' in str(form["organisation"])
    assert '<datalist id="id_organisation-known">' in str(form["organisation"])


def test_it_suggests_nothing_where_there_are_too_many(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choosing, "SUGGESTED", 2)
    assert "datalist" not in str(Naming(actor=cast.officer)["organisation"])


def test_it_knows_nothing_of_what_the_actor_does_not_see(cast: Cast) -> None:
    home = Organisation.objects.get(code="SUNPOWER")
    Organisation.objects.filter(pk=home.pk).update(track=Track.NATIONAL_SECURITY)
    for typed in ("SUNPOWER", home.public_id, home.name_en.split()[0]):
        hidden = asked(cast.reviewer, typed).errors["organisation"][0]
        assert hidden == asked(cast.reviewer, "無此").errors["organisation"][0].replace("無此", typed)
    assert "SUNPOWER" not in str(Naming(initial={"organisation": home.public_id}, actor=cast.reviewer)["organisation"])
