"""Forms of what is done to many at once, and of filters kept under a name."""

from collections.abc import Callable

from django import forms
from django.utils.translation import gettext_lazy as _

from tongbao.incidents import playbooks
from tongbao.incidents.rules import lists as rules
from tongbao.kernel.markings import TLP
from tongbao.ui.forms import Form, Lines, Marking, Moment
from tongbao.ui.templatetags.tongbao import name


class ReasonsForm(Form):
    reason = Lines(label=_("Reason"), most=2000, rows=3)


class NothingForm(Form):
    """A step that needs no words."""


class IntoForm(Form):
    into = forms.CharField(label=_("Into which case"), max_length=40, help_text=_("Its number or reference."))


class NotesForm(Form):
    text = Lines(label=_("Text"), most=20_000, rows=4)
    tlp = Marking(initial=TLP.AMBER.value)


class TasksForm(Form):
    title = forms.CharField(label=_("What has to be done"), max_length=200)
    due_at = Moment(label=_("Until"), required=False)


class PlaybooksForm(Form):
    playbook = forms.ChoiceField(
        label=_("Playbook"), choices=lambda: [(each.code, name(each.label)) for each in playbooks.every().values()]
    )


class LinksForm(Form):
    other = forms.CharField(label=_("Other case"), max_length=40, help_text=_("Its number or reference."))
    reason = forms.CharField(label=_("Why they belong together"), max_length=200)


BULK: dict[str, Callable[..., Form]] = {
    "reject": ReasonsForm,
    "release": NothingForm,
    "merge": IntoForm,
    "note": NotesForm,
    "task": TasksForm,
    "playbook": PlaybooksForm,
    "link": LinksForm,
}
"""What each step needs besides the ones that it is done to."""


class ViewForm(Form):
    """A filter to be kept."""

    what = forms.ChoiceField(choices=[(each, each) for each in rules.LISTS])
    name = forms.CharField(label=_("Name of this view"), max_length=rules.LONGEST_NAME)
    query = forms.CharField(max_length=4000, required=False)
    shared = forms.BooleanField(label=_("for colleagues too"), required=False)
