"""Forms of inquiries."""

from typing import Any

from django import forms
from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _

from tongbao.incidents import playbooks
from tongbao.incidents.forms import tongue
from tongbao.incidents.models import Incident, Participant
from tongbao.incidents.parts import narrowed
from tongbao.policy.actors import Actor
from tongbao.policy.statements import Statement
from tongbao.ui.forms import Form, Lines, Moment
from tongbao.ui.sentences import word

MOST = 50
"""So many participants to choose from, organisations first: whoever reported a campaign is written to in the thread."""


class AskForm(Form):
    """What is asked of whom by when."""

    threads = forms.MultipleChoiceField(label=_("Whom"), widget=forms.CheckboxSelectMultiple)
    text = Lines(label=_("What you need to know, or to be done"), most=20_000, rows=5)
    due_at = Moment(label=_("By when"))

    def __init__(self, *args: Any, incident: Incident, actor: Actor, named: str = "", **kwargs: Any) -> None:
        """``named``: of many participants those whose name holds it."""
        super().__init__(*args, **kwargs)
        rows = list(narrowed(_present(actor, incident.pk), named)[:MOST]) if named else _threads(actor, incident.pk)
        if self.is_bound:
            typed = self.fields["threads"].widget.value_from_datadict(self.data, self.files, self.add_prefix("threads"))
            rows += [each for each in _present(actor, incident.pk).filter(public_id__in=typed) if each not in rows]
        self.fields["threads"].choices = [(each.public_id, _named(each)) for each in rows]  # type: ignore[attr-defined]


def _present(actor: Actor, incident: int) -> QuerySet[Participant]:
    rows = Participant.objects.visible_to(actor).present().filter(incident=incident).select_related("organisation")
    return rows.order_by(F("organisation").asc(nulls_last=True), "id")


@Statement
def _threads(actor: Actor, incident: int) -> QuerySet[Participant]:
    return _present(actor, incident)[:MOST]


class SettleForm(Form):
    """What came back by another way."""

    note = Lines(label=_("What came back, and how; or why you wait no more"), most=4000, rows=2)


def letter(incident: Incident, code: str) -> dict[str, str]:
    """The words of a letter of a fitting playbook, in both languages, with the case filled in; as what the form starts
    with."""
    for book in playbooks.fitting(incident.type, incident.homeland_type):
        for each in book.letters:
            if f"{book.code}.{each.code}" == code:
                filled = {"reference": incident.reference, "title": incident.title}
                return {"text": f"{each.text.zh}\n\n{each.text.en}".format(**filled)}
    return {}


def letters(incident: Incident) -> list[tuple[str, str]]:
    """The letters that fit a case: what to ask for, and their names."""
    return [
        (f"{book.code}.{each.code}", getattr(each.label, tongue()))
        for book in playbooks.fitting(incident.type, incident.homeland_type)
        for each in book.letters
    ]


def _named(each: Participant) -> str:
    home = each.organisation
    name = getattr(home, f"name_{tongue()}") if home is not None else str(_("anonymous reporter"))
    shown = f"{name} ({word('participant', each.role)})"
    if home is None or home.enrolled_at is not None:
        return shown
    hint = str(_("not enrolled, does not read it here: send a notice"))
    return f"{shown} · {hint}"
