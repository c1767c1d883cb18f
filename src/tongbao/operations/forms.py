"""Forms of an operation."""

from django import forms
from django.utils.translation import gettext_lazy as _

from tongbao.kernel.markings import TLP
from tongbao.ui.forms import Form, Lines, Marking

_OPEN = (TLP.CLEAR, TLP.GREEN, TLP.AMBER, TLP.AMBER_STRICT)


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
    """What has to be done."""

    title = forms.CharField(label=_("What has to be done"), max_length=200)
