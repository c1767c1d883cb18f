"""Forms of the case desk."""

from typing import Any, Literal

from django import forms
from django.db.models import QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from tongbao.files.forms import UploadsField
from tongbao.incidents.actions.splitting import Split
from tongbao.incidents.actions.triage import IncidentDraft
from tongbao.incidents.models import Incident, Participant, Submission
from tongbao.kernel.markings import TLP, Track
from tongbao.parties.choosing import OrganisationField
from tongbao.policy.actors import Actor
from tongbao.policy.statements import Statement
from tongbao.profiles import load
from tongbao.profiles.model import Profile
from tongbao.standards.casefiles import PRODUCTS
from tongbao.ui.forms import Form, Lines, Marking, Moment, tlp_choices
from tongbao.ui.sentences import problem_sentence, word


def tongue() -> Literal["en", "zh"]:
    return "zh" if (get_language() or "").startswith("zh") else "en"


def type_choices() -> list[tuple[str, Any]]:
    """The taxonomy's types under their classes, in the language of the page."""
    classes, language = load.taxonomy().classes, tongue()
    return [
        ("", _("Not known yet")),
        *((getattr(c.label, language), [(t.code, getattr(t.label, language)) for t in c.types]) for c in classes),
    ]


def homeland_choices(profile: Profile) -> list[tuple[str, Any]]:
    """The profile's types of homeland security incidents."""
    return [
        ("", _("It is none")),
        *((each.code, getattr(each.label, tongue())) for each in profile.homeland_types),
    ]


def level_choices(profile: Profile) -> list[tuple[str, Any]]:
    """The profile's levels by their full names."""
    return [
        ("", _("Not assessed yet")),
        *((str(level.rank), getattr(level.label, tongue())) for level in profile.levels),
    ]


class IncidentForm(Form):
    """What is known of a case. ``version`` is what the officer was looking at."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    title = forms.CharField(
        label=_("Title"),
        max_length=200,
        help_text=_("Everyone who takes part sees it: name nobody who should not be named."),
    )
    summary = Lines(label=_("Summary for handlers"), most=20_000, rows=6, required=False)
    type = forms.ChoiceField(label=_("Kind of incident"), required=False)
    homeland_type = forms.ChoiceField(
        label=_("Homeland security incident"),
        required=False,
        help_text=_("Its own duties and forms follow, beside or instead of those on cyber incidents."),
    )
    level = forms.TypedChoiceField(label=_("Incident level"), coerce=int, empty_value=None, required=False)
    owner = OrganisationField(label=_("Organisation it happened to"), required=False)
    aware_at = Moment(label=_("Aware since"), required=False)
    tlp = Marking()
    track = forms.TypedChoiceField(label=_("Track"), coerce=int)
    systems = Lines(label=_("Affected systems"), most=4000, rows=3, required=False, help_text=_("One per line."))
    addresses = Lines(
        label=_("Addresses and hosts named"),
        most=4000,
        rows=3,
        required=False,
        help_text=_("Their owners are proposed when you tell those concerned."),
    )

    def __init__(self, *args: Any, actor: Actor, profile: Profile, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["type"].choices = type_choices()  # type: ignore[attr-defined]
        self.fields["homeland_type"].choices = homeland_choices(profile)  # type: ignore[attr-defined]
        self.fields["level"].choices = level_choices(profile)  # type: ignore[attr-defined]
        self.fields["owner"].ask(actor)  # type: ignore[attr-defined]
        self.fields["track"].choices = [  # type: ignore[attr-defined]
            (track.value, word("track", track.value)) for track in Track if track in actor.tracks
        ]

    def draft(self) -> IncidentDraft:
        """What was typed, as the verbs take it."""
        known = {name: value for name, value in self.cleaned_data.items() if name in IncidentDraft.__struct_fields__}
        return IncidentDraft(**known)


def initial_of(incident: Incident) -> dict[str, Any]:
    """What the edit form shows at first."""
    return {
        "version": incident.version,
        "title": incident.title,
        "summary": incident.summary,
        "type": incident.type,
        "homeland_type": incident.homeland_type,
        "level": incident.level,
        "owner": incident.owner.public_id if incident.owner else "",
        "aware_at": incident.aware_at,
        "tlp": incident.tlp,
        "track": incident.track,
        "systems": "\n".join(incident.systems.values_list("name", flat=True)),
        "addresses": "\n".join(incident.addresses.values_list("value", flat=True)),
    }


class HandOnForm(Form):
    """To whom a case is handed on, and in which form."""

    organisation = forms.CharField(
        label=_("Organisation"), max_length=200, help_text=_("Its code or its exact name, as in the directory.")
    )
    kind = forms.ChoiceField(
        label=_("As what"),
        choices=[
            ("bundle", _("signed bundle: the team takes the case over, or gets it back")),
            ("stix", _("indicators: STIX 2.1")),
            ("misp", _("indicators: MISP event")),
        ],
    )
    note = Lines(label=_("What you ask or report"), most=4000, rows=3, required=False)


class ReportForm(Form):
    """What a case is put on paper as. Asked by address, so that a report can be made again."""

    form = forms.ChoiceField(
        label=_("As what"),
        choices=[
            ("page", _("page to print")),
            ("pdf", _("PDF")),
            ("docx", _("file for a word processor (DOCX)")),
        ],
    )
    language = forms.ChoiceField(label=_("Language"), choices=[("zh-hant", "中文"), ("en", "English")])
    tlp = Marking(
        label=_("Up to the marking"),
        help_text=_("What is marked more narrowly is left out, and the report is marked so."),
    )

    def __init__(self, *args: Any, incident: Incident, **options: Any) -> None:
        super().__init__(*args, **options)
        choices = tlp_choices(*(each for each in TLP if each >= incident.tlp))
        self.fields["tlp"].choices = choices  # type: ignore[attr-defined]


class ReceiveForm(Form):
    """A signed bundle."""

    file = forms.FileField(label=_("Bundle"))


class CaseImportForm(Form):
    """A file of cases from another product."""

    product = forms.ChoiceField(label=_("Product"), choices=list(PRODUCTS.items()))
    tlp = Marking(
        label=_("Marking"),
        help_text=_("For every case that the file does not mark more narrowly."),
    )
    file = forms.FileField(label=_("File (JSON)"))


class VersionForm(Form):
    """A step on something that may have changed meanwhile."""

    version = forms.IntegerField(widget=forms.HiddenInput)


class ReasonForm(VersionForm):
    """A step that needs a reason."""

    reason = Lines(label=_("Reason"), most=2000, rows=3)


class PurgeForm(Form):
    """Why a file is taken away."""

    reason = Lines(
        label=_("Reason"), most=1000, rows=3, help_text=_("It stays. Do not repeat here what must not be known.")
    )


class ParticipantForm(Form):
    """An organisation that takes part, and as what."""

    organisation = forms.CharField(
        label=_("Organisation"), max_length=200, help_text=_("Its code or its exact name, as in the directory.")
    )
    role = forms.ChoiceField(label=_("Takes part as"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [  # type: ignore[attr-defined]
            (role, word("participant", role)) for role in Participant.Role.values
        ]


class OutcomeForm(VersionForm):
    """Closing a case."""

    finding = forms.ChoiceField(
        label=_("What it turned out to be"),
        choices=[(code, word("finding", code)) for code in Incident.Finding.values],
    )
    outcome = Lines(label=_("Outcome"), most=4000, rows=4, help_text=_("What it was, what was done, what is left."))


class SplitForm(VersionForm):
    """Which reports go on in a case of their own."""

    submissions = forms.MultipleChoiceField(
        label=_("Reports that go on in a new case"), widget=forms.CheckboxSelectMultiple
    )
    title = forms.CharField(label=_("Title of the new case"), max_length=200)
    reason = Lines(label=_("Reason"), most=2000, rows=2)

    def __init__(self, *args: Any, incident: Incident, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["submissions"].choices = _reports(actor, incident.pk)  # type: ignore[attr-defined]

    def split(self) -> Split:
        """What was chosen, as the verb takes it."""
        given = self.cleaned_data
        return Split(tuple(given["submissions"]), given["title"], given["reason"])


@Statement
def _reports(actor: Actor, incident: int) -> QuerySet[Submission, tuple[str, str]]:
    rows = Submission.objects.visible_to(actor).filter(incident=incident, folded_into=None)
    return rows.order_by("received_at", "id").values_list("public_id", "summary")[:100]


class MergeForm(VersionForm):
    """Two things are one case."""

    into = forms.CharField(label=_("Into which case"), max_length=40, help_text=_("Its number or reference."))
    reason = Lines(label=_("Reason"), most=2000, rows=2, required=False)


class LinkForm(Form):
    """Two cases belong together."""

    other = forms.CharField(label=_("Other case"), max_length=40, help_text=_("Its number or reference."))
    reason = forms.CharField(label=_("Why they belong together"), max_length=200)


class EntryForm(Form):
    """A note, or a message in a thread."""

    text = Lines(label=_("Text"), most=20_000, rows=4)
    tlp = Marking()
    attachments = UploadsField(say=problem_sentence, label=_("Files"), required=False)


class SayForm(Form):
    """A message about a report, to whoever sent it."""

    text = Lines(label=_("Message to the reporter"), most=20_000, rows=3)
    attachments = UploadsField(say=problem_sentence, label=_("Files"), required=False)


class MessageForm(EntryForm):
    """A message in a participant's thread: never TLP:RED, which is for named persons."""

    tlp = Marking(TLP.CLEAR, TLP.GREEN, TLP.AMBER, TLP.AMBER_STRICT)


class TaskForm(Form):
    """Something to do."""

    title = forms.CharField(label=_("What has to be done"), max_length=200)
    due_at = Moment(label=_("Until"), required=False)


class ReaderForm(Form):
    """A person who may see a case whatever its marking."""

    user = forms.CharField(label=_("E-mail address of the account"), max_length=254)


class EvidenceForm(Form):
    """What was done to meet an obligation."""

    evidence = forms.CharField(widget=forms.HiddenInput)
    text = Lines(label=_("What was done, and how you know"), most=4000, rows=3)


class LeaveForm(Form):
    """Why a participant takes no further part."""

    reason = Lines(label=_("Why it takes no further part"), most=2000, rows=2)


class WaiveForm(Form):
    """Why an obligation need not be met."""

    reason = Lines(label=_("Why it need not be met"), most=2000, rows=2)
