"""Forms of lessons."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongbao.kernel.markings import TLP
from tongbao.kernel.refusals import Problem
from tongbao.lessons import rules
from tongbao.ui.forms import Form, Lines
from tongbao.ui.sentences import problem_sentence


class LessonForm(Form):
    """Both languages beside each other. It may be saved unfinished."""

    title_zh = forms.CharField(label=_("Title, Chinese"), max_length=rules.LONGEST_TITLE, required=False)
    title_en = forms.CharField(label=_("Title, English"), max_length=rules.LONGEST_TITLE, required=False)
    happened_zh = Lines(label=_("What happened, Chinese"), most=rules.LONGEST, rows=5, required=False)
    happened_en = Lines(label=_("What happened, English"), most=rules.LONGEST, rows=5, required=False)
    helped_zh = Lines(label=_("What helped, Chinese"), most=rules.LONGEST, rows=4, required=False)
    helped_en = Lines(label=_("What helped, English"), most=rules.LONGEST, rows=4, required=False)
    change_zh = Lines(label=_("What to change, Chinese"), most=rules.LONGEST, rows=4, required=False)
    change_en = Lines(label=_("What to change, English"), most=rules.LONGEST, rows=4, required=False)
    reach = forms.TypedChoiceField(
        label=_("For whom"),
        choices=[(TLP.GREEN.value, _("constituents (TLP:GREEN)")), (TLP.CLEAR.value, _("everybody (TLP:CLEAR)"))],
        initial=TLP.GREEN.value,
        coerce=int,
    )


class EditForm(LessonForm):
    version = forms.IntegerField(widget=forms.HiddenInput)


class HandInForm(Form):
    """All parts, so that what is missing or gives the case away is said beside its name."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def tell(self, problems: Iterable[Problem]) -> None:
        """The parts are not on this form: each is named."""
        for each in problems:
            said = problem_sentence(each)
            named = LessonForm.base_fields.get(each.path)
            label = named.label if named is not None else ""
            self.add_error(None, gettext("%(label)s: %(error)s") % {"label": label, "error": said} if label else said)


class WithdrawForm(Form):
    version = forms.IntegerField(widget=forms.HiddenInput)
    reason = Lines(label=_("Reason"), most=2000, rows=2)


def start(lesson: Any) -> dict[str, Any]:
    return {**lesson.words, "reach": lesson.reach, "version": lesson.version}
