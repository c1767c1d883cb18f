"""What a report is typed into: by the public, by a constituent, by an officer on the telephone."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongbao.files.forms import UploadsField
from tongbao.incidents.forms import homeland_choices, level_choices, type_choices
from tongbao.incidents.rules.intake import LENGTHS, Draft, Entrance, Vocabulary, check
from tongbao.kernel import clock
from tongbao.kernel.refusals import Problem
from tongbao.parties.choosing import OrganisationField
from tongbao.policy.actors import Actor
from tongbao.profiles.model import Profile
from tongbao.ui.forms import Form, Lines, Moment
from tongbao.ui.sentences import problem_sentence


class ReportForm(Form):
    """A submission from the public; a signed-in constituent's has the statutory parts too."""

    key = forms.CharField(widget=forms.HiddenInput, required=False)
    website = forms.CharField(
        required=False,
        label=_("Leave this empty"),
        widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"}),
    )
    summary = forms.CharField(
        label=_("What happened, in one sentence"),
        max_length=LENGTHS["summary"],
        help_text=_("For example: our mail server sends spam."),
    )
    description = Lines(
        label=_("What exactly did you see?"),
        most=LENGTHS["description"],
        rows=8,
        required=False,
        help_text=_("What, in which order, what you have kept. Please do not send passwords."),
    )
    type = forms.ChoiceField(label=_("Kind of incident"), required=False)
    homeland_type = forms.ChoiceField(
        label=_("Homeland security incident"),
        required=False,
        help_text=_("Violence, disease, chemicals, radiation, accidents at critical infrastructure and the like."),
    )
    aware_at = Moment(label=_("When did you notice it?"), required=False, help_text=_("Empty means now."))
    occurred_at = Moment(label=_("When did it happen, as far as you know?"), required=False)
    level = forms.TypedChoiceField(
        label=_("Level by your own assessment"), coerce=int, empty_value=None, required=False
    )
    systems = Lines(
        label=_("Systems concerned"),
        most=LENGTHS["systems"],
        rows=3,
        required=False,
        help_text=_("One per line."),
    )
    addresses = Lines(
        label=_("Addresses, hosts or links involved"),
        most=LENGTHS["addresses"],
        rows=3,
        required=False,
        help_text=_("One per line. Written as hxxp or with [.] is fine."),
    )
    measures = Lines(label=_("What have you done so far?"), most=LENGTHS["measures"], rows=3, required=False)
    support = Lines(label=_("What help do you need?"), most=LENGTHS["support"], rows=3, required=False)
    other = Lines(label=_("Anything else"), most=LENGTHS["other"], rows=2, required=False)
    contact_name = forms.CharField(label=_("Your name"), max_length=LENGTHS["contact_name"], required=False)
    contact_email = forms.CharField(
        label=_("Your e-mail address"),
        max_length=LENGTHS["contact_email"],
        required=False,
        help_text=_("Only if you want us to write to you. You can follow up without it."),
    )
    contact_telephone = forms.CharField(
        label=_("Your telephone number"), max_length=LENGTHS["contact_telephone"], required=False
    )
    contact_safe = forms.BooleanField(
        label=_("These contacts do not depend on the system that was hit"), required=False
    )
    attachments = UploadsField(say=problem_sentence, label=_("Files"), required=False)

    def __init__(
        self, *args: Any, profile: Profile, constituent: bool, entrance: Entrance = Entrance.INCIDENT, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.entrance = entrance
        self.fields["type"].choices = type_choices()  # type: ignore[attr-defined]
        self.fields["level"].choices = level_choices(profile)  # type: ignore[attr-defined]
        self.fields["homeland_type"].choices = homeland_choices(profile)  # type: ignore[attr-defined]
        if not constituent:
            del self.fields["level"], self.fields["homeland_type"]
        _fit(self, entrance)

    def clean(self) -> dict[str, Any] | None:
        """A suspicious thing needs no sentence: what it is says enough."""
        given = super().clean() or {}
        if self.entrance == Entrance.SUSPICIOUS and not given.get("summary") and not self.errors:
            first = (given.get("addresses") or given.get("description") or "").strip().partition("\n")[0]
            if not first and not given.get("attachments"):
                self.add_error("addresses", problem_sentence(Problem("addresses", "required")))
            given["summary"] = ": ".join(filter(None, [gettext("Suspicious"), first]))[: LENGTHS["summary"]]
        for problem in _besides(given) if self.errors else ():
            self.add_error(problem.path, problem_sentence(problem))
        return given

    def draft(self) -> Draft:
        """What was typed, as every door hands it in."""
        known = {name: value for name, value in self.cleaned_data.items() if name in Draft.__struct_fields__}
        return Draft(**known, entrance=self.entrance)


def _besides(given: dict[str, Any]) -> list[Problem]:
    """What the door would refuse of a form once its fields are mended: said with them, so that it is mended once."""
    names = ("aware_at", "occurred_at", "contact_email")
    draft = Draft(summary="-", **{name: given[name] for name in names if given.get(name)})
    return check(draft, known=Vocabulary(types=frozenset(), levels=frozenset()), now=clock.now())


_NEEDED = {
    Entrance.WEAKNESS: {"summary", "description", "systems", "addresses", "other"},
    Entrance.SUSPICIOUS: {"summary", "addresses", "description", "occurred_at"},
}
_ALWAYS = {"key", "website", "contact_name", "contact_email", "contact_telephone", "attachments"}
_ASKED: dict[Entrance, dict[str, tuple[Any, Any]]] = {
    Entrance.WEAKNESS: {
        "summary": (_("The weakness, in one sentence"), _("For example: the login page accepts any password.")),
        "description": (
            _("How can it be seen?"),
            _("Steps, conditions, what somebody could do with it. Please try nothing that harms others."),
        ),
        "systems": (_("In which product or service, and which version?"), _("One per line.")),
        "other": (
            _("What do you wish?"),
            _("By when you want to publish, whether you want to be named, whom you have told already."),
        ),
    },
    Entrance.SUSPICIOUS: {
        "summary": (_("What is suspicious about it?"), _("One sentence, or nothing.")),
        "addresses": (
            _("The link, address or number"),
            _("One per line. Written as hxxp or with [.] is fine. Do not open it again."),
        ),
        "description": (_("The message as you got it"), _("Copied as text; or attach the mail or a picture below.")),
        "occurred_at": (_("When did you get it?"), ""),
    },
}


def _fit(form: ReportForm, entrance: Entrance) -> None:
    """Ask what this entrance needs, in its words."""
    if entrance == Entrance.INCIDENT:
        return
    for name in set(form.fields) - _NEEDED[entrance] - _ALWAYS:
        del form.fields[name]
    for name, (label, hint) in _ASKED[entrance].items():
        form.fields[name].label, form.fields[name].help_text = label, hint
    form.fields["summary"].required = entrance == Entrance.WEAKNESS
    if entrance == Entrance.WEAKNESS:
        form.fields["systems"].required = True
    else:  # a link may stand in words: here nothing is refused for how it is written
        form.fields["addresses"].widget.attrs["rows"] = 3


class CallForm(ReportForm):
    """What a caller says, typed by an officer while they speak."""

    organisation = OrganisationField(
        label=_("Organisation of the caller"),
        required=False,
        help_text=_(
            "Its code or its exact name. It completes the report in the portal. Call back on a number that you know."
        ),
    )
    field_order = ["organisation", "contact_name", "contact_telephone", "summary", "description"]

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, constituent=True, **kwargs)
        del self.fields["key"], self.fields["website"]
        self.fields["organisation"].ask(actor)  # type: ignore[attr-defined]
        self.fields["contact_name"].label = _("Name of the caller")
        self.fields["contact_telephone"].label = _("Number to call back")
        self.fields["contact_email"].label = _("E-mail address of the caller")
        self.fields["contact_email"].help_text = ""
        self.fields["contact_safe"].label = _("The number does not depend on the system that was hit")
        self.fields["measures"].label = _("What has been done so far?")
        self.fields["support"].label = _("What help is needed?")
