"""Forms of an operation."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tongbao.kernel.markings import TLP
from tongbao.operations import ladder, rules
from tongbao.operations.models import Operation
from tongbao.operations.rules import Draft
from tongbao.parties.models import Organisation, Seat, SharingGroup
from tongbao.policy.actors import Actor
from tongbao.ui.forms import Form, Lines, Marking, Moment
from tongbao.ui.sentences import word
from tongbao.ui.templatetags.tongbao import name

_OPEN = (TLP.CLEAR, TLP.GREEN, TLP.AMBER, TLP.AMBER_STRICT)
_KINDS = tuple(rules.MODES)
MOST_CHOICES = 200


class FactForm(Form):
    """What is known."""

    text = Lines(label=_("What is known"), most=4000, rows=3)
    source = forms.CharField(label=_("Source"), max_length=200)
    tlp = Marking(*_OPEN)


class DecisionForm(Form):
    """What was decided."""

    text = Lines(label=_("What was decided"), most=4000, rows=3)
    reason = Lines(label=_("Why"), most=4000, rows=2)
    tlp = Marking(*_OPEN)


class TaskForm(Form):
    """What has to be done, by whom, until when. ``home``: the organisation whose seats there are to choose from."""

    title = forms.CharField(label=_("What has to be done"), max_length=200)
    assignee = forms.ChoiceField(label=_("Who does it"), required=False)
    due_at = Moment(label=_("Due"), required=False)

    def __init__(self, *args: Any, home: Organisation | None, actor: Actor, **options: Any) -> None:
        super().__init__(*args, **options)
        seats = Seat.objects.visible_to(actor).filter(organisation=home)[:MOST_CHOICES] if home else []
        self.fields["assignee"].choices = [("", _("nobody yet")), *((each.public_id, name(each)) for each in seats)]  # type: ignore[attr-defined]


class OperationForm(Form):
    """A new operation. Whether it is real follows from its kind."""

    kind = forms.ChoiceField(label=_("Kind"))
    code = forms.CharField(
        label=_("Code"),
        max_length=12,
        help_text=_("Capital letters, digits and hyphens; numbers of cases begin with it."),
    )
    name_zh = forms.CharField(label=_("Name in Chinese"), max_length=rules.LONGEST_NAME)
    name_en = forms.CharField(label=_("Name in English"), max_length=rules.LONGEST_NAME)
    level = forms.ChoiceField(label=_("Response level"), required=False)
    purpose = Lines(label=_("Purpose"), most=rules.LONGEST_TEXT, rows=3, required=False)
    parent = forms.ChoiceField(label=_("Part of"), required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        running = Operation.objects.filter(ends_at=None).order_by("-starts_at", "-id")[:MOST_CHOICES]
        choices: dict[str, list[tuple[str, Any]]] = {
            "kind": [(kind, word("operation_kind", kind)) for kind in _KINDS],
            "level": [("", _("none")), *((each.code, name(each.label)) for each in ladder.rungs())],
            "parent": [("", _("nothing: it stands alone")), *((each.public_id, name(each)) for each in running)],
        }
        for field, found in choices.items():
            self.fields[field].choices = found  # type: ignore[attr-defined]

    def draft(self) -> Draft:
        return Draft(**self.cleaned_data)


class EndForm(Form):
    """Why an operation ends."""

    reason = Lines(label=_("Why it ends"), most=rules.LONGEST_TEXT, rows=2)


class EnrolForm(Form):
    """Whom a drill may reach, named in bulk."""

    organisations = Lines(
        label=_("Organisations, by official number"),
        most=8000,
        rows=4,
        required=False,
        help_text=_("One per line. All their seats are enrolled."),
    )
    groups = forms.MultipleChoiceField(label=_("Sharing groups"), widget=forms.CheckboxSelectMultiple, required=False)

    def __init__(self, *args: Any, actor: Actor, **options: Any) -> None:
        super().__init__(*args, **options)
        known = SharingGroup.objects.visible_to(actor)[:MOST_CHOICES]
        self.fields["groups"].choices = [(each.public_id, name(each)) for each in known]  # type: ignore[attr-defined]


class SeatsForm(Form):
    """Single seats of one organisation."""

    seats = forms.MultipleChoiceField(label=_("Seats"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, home: Organisation, actor: Actor, **options: Any) -> None:
        super().__init__(*args, **options)
        seats = Seat.objects.visible_to(actor).filter(organisation=home)[:MOST_CHOICES]
        self.fields["seats"].choices = [(each.public_id, name(each)) for each in seats]  # type: ignore[attr-defined]
