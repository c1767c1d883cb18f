"""Forms of the directory."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from tongbao.kernel.markings import Track
from tongbao.parties import legal, openpgp
from tongbao.parties.actions.organisations import OrganisationDraft
from tongbao.parties.actions.turns import Span
from tongbao.parties.models import ContactPoint, Organisation, Turn
from tongbao.parties.rules import CASE_EVENTS, SEVERITIES
from tongbao.policy.actors import Actor
from tongbao.policy.can import OFFICE_ROLES, Role
from tongbao.profiles import places
from tongbao.profiles.model import Profile
from tongbao.ui.forms import Form, Lines, Moment
from tongbao.ui.sentences import word


def _tongue() -> str:
    return "zh" if (get_language() or "").startswith("zh") else "en"


class OrganisationForm(Form):
    """An organisation in the directory."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    code = forms.CharField(label=_("Official number"), max_length=40)
    name_zh = forms.CharField(label=_("Name in Chinese"), max_length=120)
    name_en = forms.CharField(label=_("Name in English"), max_length=120)
    kind = forms.ChoiceField(label=_("Kind of organisation"))
    entity_type = forms.ChoiceField(label=_("Type under the law"), required=False)
    sector = forms.ChoiceField(label=_("Sector"), required=False)
    subsector = forms.ChoiceField(label=_("Subsector"), required=False)
    county = forms.ChoiceField(label=_("County"), required=False)
    supervisor = forms.CharField(label=_("Supervised by (official number)"), max_length=40, required=False)
    track = forms.TypedChoiceField(label=_("Track"), coerce=int)

    def __init__(self, *args: Any, profile: Profile, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        tongue = _tongue()
        choices: dict[str, list[tuple[Any, Any]]] = {
            "kind": [(kind, word("organisation", kind)) for kind in Organisation.Kind.values],
            "entity_type": [
                ("", _("not obliged by the law")),
                *((e.code, getattr(e.label, tongue)) for e in profile.entity_types),
            ],
            "sector": [("", _("none")), *((s.code, getattr(s.label, tongue)) for s in profile.sectors)],
            "subsector": [
                ("", _("none")),
                *(
                    (getattr(s.label, tongue), [(part.code, getattr(part.label, tongue)) for part in s.subsectors])
                    for s in profile.sectors
                    if s.subsectors
                ),
            ],
            "county": [
                ("", _("not said")),
                *((p.code, getattr(p.label, tongue)) for p in places.counties(settings.TONGBAO.jurisdiction).values()),
            ],
            "track": [(t.value, word("track", t.value)) for t in Track if t in actor.tracks],
        }
        for name, found in choices.items():
            self.fields[name].choices = found  # type: ignore[attr-defined]

    def draft(self) -> OrganisationDraft:
        """What was typed, as the verbs take it."""
        known = {k: v for k, v in self.cleaned_data.items() if k in OrganisationDraft.__struct_fields__}
        return OrganisationDraft(**known)


class NamesForm(Form):
    """What an organisation's own administrator may change."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    name_zh = forms.CharField(label=_("Name in Chinese"), max_length=120)
    name_en = forms.CharField(label=_("Name in English"), max_length=120)


class LegalForm(Form):
    """How the law stands to an organisation: one choice for the responsibility level, one for each further law."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        held = {f"coverages-{row.regime}": row.entity_type for row in organisation.coverages.all()}
        known = {"version": organisation.version, "responsibility_level": organisation.responsibility_level}
        super().__init__(*args, initial=known | held, **kwargs)
        tongue, scale = _tongue(), legal.responsibility()
        if scale is not None:
            levels = [(each.code, getattr(each.label, tongue)) for each in reversed(scale.levels)]
            self.fields["responsibility_level"] = forms.ChoiceField(
                label=getattr(scale.label, tongue), choices=[("", _("not graded")), *levels], required=False
            )
        for profile in legal.further():
            kinds = [(each.code, getattr(each.label, tongue)) for each in profile.entity_types]
            self.fields[f"coverages-{profile.regime}"] = forms.ChoiceField(
                label=getattr(profile.label, tongue), choices=[("", _("does not cover it")), *kinds], required=False
            )

    def coverages(self) -> dict[str, str]:
        """What was chosen, by regime."""
        return {
            name.removeprefix("coverages-"): value
            for name, value in self.cleaned_data.items()
            if name.startswith("coverages-")
        }


class EnrolForm(Form):
    """How the first administrator was checked."""

    check_made = Lines(
        label=_("How the first administrator was verified out of band"),
        most=2000,
        rows=3,
        help_text=_("Whom you called, on which number from which source, when."),
    )


class CompromisedForm(Form):
    """Whether the organisation's own systems can be trusted."""

    reason = Lines(label=_("Reason"), most=2000, rows=2)


class SeatForm(Form):
    """A post in an organisation."""

    title_zh = forms.CharField(label=_("Title in Chinese"), max_length=80)
    title_en = forms.CharField(label=_("Title in English"), max_length=80)
    rank = forms.IntegerField(label=_("Rank (1 is the highest)"), min_value=1, max_value=99, initial=1)
    roles = forms.MultipleChoiceField(label=_("Roles"), widget=forms.CheckboxSelectMultiple, required=False)

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["roles"].choices = [  # type: ignore[attr-defined]
            (role.value, word("role", role.value))
            for role in Role
            if organisation.is_office or role not in OFFICE_ROLES
        ]


class HolderForm(Form):
    """Somebody who takes a seat."""

    name = forms.CharField(label=_("Name"), max_length=120)
    email = forms.CharField(label=_("E-mail address to sign in with"), max_length=254)


class ContactForm(Form):
    """A way to reach a seat."""

    kind = forms.ChoiceField(label=_("Way"))
    address = forms.CharField(label=_("Address or number"), max_length=254)
    language = forms.ChoiceField(label=_("Language"), choices=[("zh-hant", "中文"), ("en", "English")])
    out_of_band = forms.BooleanField(label=_("Does not depend on the organisation's own systems"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [(k, word("contact", k)) for k in ContactPoint.Kind.values]  # type: ignore[attr-defined]


class VerifyForm(Form):
    """How an address was checked."""

    how = Lines(label=_("How it was checked over another way"), most=1000, rows=2)


class TurnForm(Form):
    """A time in which a seat is called before the others, or is away."""

    seat = forms.ChoiceField(label=_("Seat"))
    kind = forms.ChoiceField(label=_("How"))
    starts_at = Moment(label=_("From"))
    ends_at = Moment(label=_("Until"))
    note = forms.CharField(label=_("Note"), max_length=200, required=False)

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        title = f"title_{_tongue()}"
        seats = [(seat.public_id, getattr(seat, title)) for seat in organisation.seats.order_by("rank", "id")]
        self.fields["seat"].choices = seats  # type: ignore[attr-defined]
        self.fields["kind"].choices = [(k, word("turn", k)) for k in Turn.Kind.values]  # type: ignore[attr-defined]

    def span(self) -> Span:
        return Span(**self.cleaned_data)

    def place(self, path: str) -> str | None:
        return super().place(path.rpartition(".")[2])


class TurnFileForm(Form):
    """Turns from a calendar program."""

    file = forms.FileField(
        label=_("Calendar file (.ics)"),
        help_text=_(
            "The title of an event is the name of the seat; its category may be override or away. "
            "Events that repeat are followed for a year."
        ),
    )

    def place(self, path: str) -> str | None:
        return "file"


class CalledForm(Form):
    """A time that is asked about."""

    at = Moment(label=_("Who would be called at"))


class KeyForm(Form):
    """The OpenPGP key of an e-mail address."""

    key = Lines(
        label=_("OpenPGP public key"),
        most=openpgp.LONGEST,
        rows=4,
        required=False,
        help_text=_("In ASCII armour. Empty: what is mailed there is no longer encrypted."),
    )


class QuietForm(Form):
    """When a contact point is not to be disturbed."""

    hours = forms.CharField(
        label=_("Quiet hours"),
        max_length=20,
        required=False,
        help_text=_("Such as 22:00-07:00. What is severe and immediate is sent all the same. Empty: none."),
    )


class FeedsForm(Form):
    """What of feeds is told at a contact point."""

    types = forms.CharField(
        label=_("Types of findings"),
        max_length=500,
        required=False,
        help_text=_(
            "Types or classes of the taxonomy with spaces between, such as malicious-code vulnerable/weak-crypto. "
            "* for all. Empty: no rule; who reports is told what no rule asks for."
        ),
    )
    least = forms.TypedChoiceField(label=_("At least as severe as"), coerce=int)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        steps = [(str(each), word("severity_of_feeds", str(each))) for each in range(len(SEVERITIES))]
        self.fields["least"].choices = steps  # type: ignore[attr-defined]


class CasesForm(Form):
    """What of cases the machine behind a contact point is told."""

    events = forms.MultipleChoiceField(
        label=_("Events of cases"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("Of cases that this seat may see, as far as the rule of release allows. None: nothing."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["events"].choices = [(each, word("case_event", each)) for each in CASE_EVENTS]  # type: ignore[attr-defined]


class NetworkForm(Form):
    """Addresses, a domain, a numbered network or a country."""

    value = forms.CharField(
        label=_("Network (CIDR), address or domain"),
        max_length=253,
        help_text=_(
            "Or the number of a network (AS64496), or the two letters of a country: "
            "what feeds tell of it and nobody owns goes to whoever holds it."
        ),
    )


class ImportForm(Form):
    """A directory file."""

    file = forms.FileField(
        label=_("CSV file in UTF-8"),
        help_text=_(
            "Columns: code, name_zh, name_en, kind; optional: entity_type, sector, subsector, county, "
            "supervisor_code, network, contact_email, contact_telephone."
        ),
    )


class GroupForm(Form):
    """A sharing group."""

    name_zh = forms.CharField(label=_("Name in Chinese"), max_length=80)
    name_en = forms.CharField(label=_("Name in English"), max_length=80)
    members = Lines(label=_("Members, by official number"), most=4000, rows=4, help_text=_("One per line."))
