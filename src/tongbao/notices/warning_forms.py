"""The forms on which a warning is written."""

from typing import Any

import msgspec
from django import forms
from django.conf import settings
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from msgspec.structs import replace

from tongbao.files.forms import UploadsField
from tongbao.kernel import clock
from tongbao.kernel.markings import TLP
from tongbao.kernel.refusals import Problem
from tongbao.notices import ladder, offers, types
from tongbao.notices.models import SavedAudience
from tongbao.notices.rules.content import Area, Audience, Content, Texts
from tongbao.notices.rules.escalation import MOST_STEPS, Move, Step
from tongbao.notices.rules.quorum import Quorum
from tongbao.operations import rendering
from tongbao.operations.ladder import rungs
from tongbao.operations.models import Operation
from tongbao.parties import directory
from tongbao.parties.models import Organisation, Seat, SharingGroup
from tongbao.policy.actors import Actor
from tongbao.profiles import load, places
from tongbao.profiles.model import Label
from tongbao.standards.cap.model import Category, Certainty, Severity, Urgency
from tongbao.ui.forms import Form, Lines, Marking, Moment
from tongbao.ui.sentences import problem_sentence, word
from tongbao.ui.templatetags.tongbao import name

Choices = list[tuple[str, Any]]
SHOWN_STEPS = 6
LONGEST_BLANK = 2000


def _several(label: Any) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(label=label, required=False, widget=forms.CheckboxSelectMultiple)


def _operations() -> Choices:
    """Daily work first, then what else is real; what reaches only the enrolled stands last, marked."""
    running = Operation.objects.filter(ends_at=None).order_by("code")
    found = sorted(running, key=lambda each: (each.gated, each.kind != Operation.Kind.ROUTINE))
    return [(each.public_id, rendering.titled(each, name(each), get_language() or "")) for each in found]


class BeginForm(Form):
    """Which type of warning, in which operation; then the blanks of its wording."""

    operation = forms.ChoiceField(label=_("In which operation"))
    event = forms.ChoiceField(label=_("What has happened"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["operation"].choices = _operations()  # type: ignore[attr-defined]
        self.fields["event"].choices = [  # type: ignore[attr-defined]
            (each.code, name(each.label)) for each in types.types().values()
        ]

    def known(self, actor: Actor) -> tuple[dict[str, Label], Audience]:
        """What is known of the blanks and the recipients before the officer begins."""
        return {}, Audience()


class LevelForm(BeginForm):
    """A level of the response ladder that is opened, and the groups called."""

    level = forms.ChoiceField()
    groups = forms.MultipleChoiceField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["level"].choices = [(each.code, each.code) for each in rungs()]  # type: ignore[attr-defined]
        self.fields["groups"].choices = [(each.code, each.code) for each in ladder.groups()]  # type: ignore[attr-defined]

    def known(self, actor: Actor) -> tuple[dict[str, Label], Audience]:
        given = self.cleaned_data
        chosen = next(each for each in rungs() if each.code == given["level"])
        return ladder.values(chosen, given["groups"], at=clock.now()), ladder.audience(given["groups"], actor)


class BlanksForm(Form):
    """The blanks of one type, in both languages; all may stay open for now."""

    def __init__(self, *args: Any, event: str, known: dict[str, Label] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.blanks = types.types()[event].blanks
        for code, label in self.blanks.items():
            for language, tongue in (("zh", _("in Chinese")), ("en", _("in English"))):
                self.fields[f"{code}_{language}"] = forms.CharField(
                    label=pgettext_lazy("blank", "%(what)s, %(language)s") % {"what": name(label), "language": tongue},
                    max_length=LONGEST_BLANK,
                    required=False,
                    initial=getattr((known or {}).get(code), language, ""),
                )

    def values(self) -> dict[str, Label]:
        given = self.cleaned_data
        return {code: Label(en=given[f"{code}_en"], zh=given[f"{code}_zh"]) for code in self.blanks}


class DraftForm(Form):
    """The whole of a warning on one page."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    title_zh = forms.CharField(label=_("Title in Chinese"), max_length=200, required=False)
    title_en = forms.CharField(label=_("Title in English"), max_length=200, required=False)
    body_zh = Lines(label=_("Text in Chinese"), most=8000, rows=5, required=False)
    body_en = Lines(label=_("Text in English"), most=8000, rows=5, required=False)
    instruction_zh = Lines(label=_("What to do, in Chinese"), most=4000, rows=3, required=False)
    instruction_en = Lines(label=_("What to do, in English"), most=4000, rows=3, required=False)
    severity = forms.ChoiceField(label=_("Severity"))
    urgency = forms.ChoiceField(label=_("Urgency"))
    certainty = forms.ChoiceField(label=_("Certainty"))
    category = forms.ChoiceField(label=pgettext_lazy("warning", "Category"))
    tlp = Marking(initial=TLP.GREEN.value)
    expires_at = Moment(label=_("Holds until"), required=False)
    counties = _several(_("Where: counties"))
    polygon = Lines(
        label=_("Where: polygon"),
        most=100_000,
        rows=2,
        required=False,
        help_text=_("Pairs of latitude,longitude with spaces between; the last pair is the first."),
    )
    circle = forms.CharField(
        label=_("Where: circle"), max_length=80, required=False, help_text=_("latitude,longitude, a space, kilometres.")
    )
    organisations = Lines(
        label=_("Organisations"),
        most=40_000,
        rows=4,
        required=False,
        help_text=_("Number or exact name, one per line."),
    )
    seats = Lines(
        label=_("Single seats"),
        most=40_000,
        rows=2,
        required=False,
        help_text=_("Number of the organisation, a slash, the name of the seat; one per line."),
    )
    sectors = _several(_("Whole sectors"))
    kinds = _several(_("Organisations of a kind"))
    groups = _several(_("Sharing groups"))
    audience_counties = _several(_("Everybody in the counties"))
    saved = _several(_("Groups of recipients kept under a name"))
    without = Lines(
        label=_("But not"), most=40_000, rows=2, required=False, help_text=_("Number or exact name, one per line.")
    )
    public = forms.BooleanField(label=_("Everybody: on the public page and in the public feed"), required=False)
    answers = forms.ChoiceField(label=_("Answers offered"))
    answer_by = Moment(label=_("Answer by"), required=False)
    quorum_seats = forms.IntegerField(
        label=_("Seats of each organisation that have to answer"), min_value=1, max_value=20
    )
    quorum_organisations = forms.IntegerField(
        label=_("Organisations that are enough"), min_value=0, max_value=5000, help_text=_("0: every one of them.")
    )
    stand_down_title_zh = forms.CharField(label=_("Title of the Cancel in Chinese"), max_length=200, required=False)
    stand_down_title_en = forms.CharField(label=_("Title of the Cancel in English"), max_length=200, required=False)
    stand_down_body_zh = Lines(label=_("Text of the Cancel in Chinese"), most=8000, rows=3, required=False)
    stand_down_body_en = Lines(label=_("Text of the Cancel in English"), most=8000, rows=3, required=False)

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.actor = actor
        for number in range(1, SHOWN_STEPS + 1):
            self.fields[f"after_{number}"] = forms.IntegerField(
                label=_("Step %(number)s: after so many minutes of silence") % {"number": number},
                required=False,
                min_value=1,
                max_value=10080,
            )
            self.fields[f"move_{number}"] = forms.ChoiceField(label=_("goes to"), required=False)
        for field, choices in _choices(actor).items():
            self.fields[field].choices = choices  # type: ignore[attr-defined]

    def steps(self) -> list[tuple[Any, Any]]:
        """The fields of the plan, step by step, for the page."""
        return [(self[f"after_{number}"], self[f"move_{number}"]) for number in range(1, SHOWN_STEPS + 1)]

    def clean(self) -> dict[str, Any] | None:
        super().clean()
        for field in ("organisations", "without"):
            self.cleaned_data[field] = self._organisations(field)
        self.cleaned_data["seats"] = self._seats()
        return self.cleaned_data

    def _organisations(self, field: str) -> tuple[str, ...]:
        found = []
        for line in _lines(self.cleaned_data.get(field)):
            organisation = directory.named(line, self.actor)
            if organisation is None:
                self.add_error(field, problem_sentence(Problem(field, "organisation-unknown", {"value": line[:40]})))
            else:
                found.append(organisation.public_id)
        return tuple(dict.fromkeys(found))

    def _seats(self) -> tuple[str, ...]:
        found = []
        for line in _lines(self.cleaned_data.get("seats")):
            code, _slash, title = (part.strip() for part in line.partition("/"))
            home = directory.named(code, self.actor)
            rows = Seat.objects.filter(organisation=home) if home is not None else Seat.objects.none()
            seat = rows.filter(title_zh=title).first() or rows.filter(title_en__iexact=title).first()
            if seat is None:
                self.add_error("seats", problem_sentence(Problem("seats", "seat-unknown", {"value": line[:80]})))
            else:
                found.append(seat.public_id)
        return tuple(dict.fromkeys(found))

    def content(self, before: Content) -> Content:
        """What was typed, as the verb takes it; what the page does not show stays as it was."""
        given = self.cleaned_data
        shown = {name: given[name] for name in ("tlp", "answers", "answer_by", "expires_at")}
        return replace(
            before,
            category=Category(given["category"]),
            severity=Severity(given["severity"]),
            urgency=Urgency(given["urgency"]),
            certainty=Certainty(given["certainty"]),
            texts=Texts(**{name: _unix(given[name]) for name in Texts.__struct_fields__}),
            area=Area(
                counties=tuple(given["counties"]),
                polygon=" ".join(given["polygon"].split()),
                circle=" ".join(given["circle"].split()),
            ),
            audience=self._audience(),
            quorum=Quorum(given["quorum_seats"], given["quorum_organisations"]),
            plan=self._plan() + before.plan[SHOWN_STEPS:],
            stand_down=replace(before.stand_down, **{part: _unix(given[f"stand_down_{part}"]) for part in _CANCEL}),
            **shown,
        )

    def _audience(self) -> Audience:
        given = self.cleaned_data
        several = {name: tuple(given[name]) for name in ("sectors", "kinds", "groups", "saved")}
        return Audience(
            organisations=given["organisations"],
            seats=given["seats"],
            counties=tuple(given["audience_counties"]),
            without=given["without"],
            public=given["public"],
            **several,
        )

    def _plan(self) -> tuple[Step, ...]:
        given = self.cleaned_data
        rows = ((given[f"after_{n}"], given[f"move_{n}"]) for n in range(1, SHOWN_STEPS + 1))
        return tuple(Step(after, Move(move)) for after, move in rows if after and move)[:MOST_STEPS]

    def place(self, path: str) -> str | None:
        return super().place(_field(path))

    @classmethod
    def label_of(cls, path: str) -> Any:
        """The label of the field that a problem's path means; the path itself where it means none."""
        found = cls.base_fields.get(_field(path))
        return found.label if found is not None else path


_CANCEL = ("title_zh", "title_en", "body_zh", "body_en")
_PLACES = {
    "area.polygon": "polygon",
    "area.circle": "circle",
    "audience": "organisations",
    "plan": "after_1",
    "quorum.seats": "quorum_seats",
    "quorum.organisations": "quorum_organisations",
} | {f"plan.{number}": f"after_{number}" for number in range(1, SHOWN_STEPS + 1)}


def _field(path: str) -> str:
    return _PLACES.get(path, path.replace("stand_down.", "stand_down_"))


def _unix(text: str) -> str:
    """One way of ending lines, so that what was not touched has not changed."""
    return text.replace("\r\n", "\n").strip()


def _lines(text: str | None) -> list[str]:
    return [line.strip() for line in (text or "").splitlines() if line.strip()]


def _choices(actor: Actor) -> dict[str, Choices]:
    profile = load.in_force(settings.TONGBAO.jurisdiction, clock.now())
    where = [(each.code, name(each.label)) for each in places.counties(settings.TONGBAO.jurisdiction).values()]
    moves = [("", "–"), *((move.value, word("move", move.value)) for move in Move)]
    return {
        "severity": [(each.value, word("severity", each.value)) for each in Severity],
        "urgency": [(each.value, word("urgency", each.value)) for each in Urgency],
        "certainty": [(each.value, word("certainty", each.value)) for each in Certainty],
        "category": [(each.value, word("cap_category", each.value)) for each in Category],
        "counties": where,
        "audience_counties": where,
        "sectors": [(each.code, name(each.label)) for each in profile.sectors],
        "kinds": [(each, word("organisation", each)) for each in Organisation.Kind.values if each != "office"],
        "groups": [(each.public_id, name(each)) for each in SharingGroup.objects.visible_to(actor)],
        "saved": [(each.public_id, name(each)) for each in SavedAudience.objects.visible_to(actor)],
        "answers": [(each.code, name(each.label)) for each in offers.sets().values()],
    } | {f"move_{number}": moves for number in range(1, SHOWN_STEPS + 1)}


def initial(content: Content, version: int) -> dict[str, Any]:
    """The fields as they stand in a draft."""
    audience = content.audience
    texts = {name: getattr(content.texts, name) for name in Texts.__struct_fields__}
    cancel = {f"stand_down_{name}": getattr(content.stand_down, name) for name in _CANCEL}
    plan: dict[str, Any] = {}
    for number, step in enumerate(content.plan, 1):
        plan |= {f"after_{number}": step.minutes, f"move_{number}": step.move.value}
    several = {name: getattr(audience, name) for name in ("sectors", "kinds", "groups", "saved", "public")}
    parts = ("category", "severity", "urgency", "certainty", "tlp", "answers", "answer_by", "expires_at")
    return {
        "version": version,
        "counties": content.area.counties,
        "polygon": content.area.polygon,
        "circle": content.area.circle,
        "audience_counties": audience.counties,
        "organisations": _codes(audience.organisations),
        "without": _codes(audience.without),
        "seats": _seat_lines(audience.seats),
        "quorum_seats": content.quorum.seats,
        "quorum_organisations": content.quorum.organisations,
        **{name: getattr(content, name) for name in parts},
        **texts,
        **cancel,
        **plan,
        **several,
    }


def _codes(public_ids: tuple[str, ...]) -> str:
    return "\n".join(Organisation.objects.filter(public_id__in=public_ids).values_list("code", flat=True))


def _seat_lines(public_ids: tuple[str, ...]) -> str:
    rows = Seat.objects.filter(public_id__in=public_ids).select_related("organisation")
    return "\n".join(f"{seat.organisation.code} / {seat.title_zh}" for seat in rows)


class EncloseForm(Form):
    """Files to go with a warning."""

    attachments = UploadsField(say=problem_sentence, label=_("Files"))

    def place(self, path: str) -> str | None:
        return "attachments" if path == "files" else super().place(path)


class SecondForm(Form):
    """Who lets a TLP:RED draft out."""

    user = forms.CharField(label=_("Who lets it out: e-mail address of the account"), max_length=254)


class ReasonForm(Form):
    """Why: for returning, for sending alone, for what is to be said about that."""

    words = Lines(label=_("Reason"), most=1000, rows=3)


class AudienceForm(Form):
    """Recipients kept under a name."""

    name_zh = forms.CharField(label=_("Name in Chinese"), max_length=80)
    name_en = forms.CharField(label=_("Name in English"), max_length=80)
    organisations = Lines(
        label=_("Organisations"),
        most=40_000,
        rows=6,
        required=False,
        help_text=_("Number or exact name, one per line."),
    )
    sectors = _several(_("Whole sectors"))
    kinds = _several(_("Organisations of a kind"))
    groups = _several(_("Sharing groups"))
    counties = _several(_("Everybody in the counties"))

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.actor = actor
        choices = _choices(actor)
        for field in ("sectors", "kinds", "groups", "counties"):
            self.fields[field].choices = choices[field]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any] | None:
        super().clean()
        found = []
        for line in _lines(self.cleaned_data.get("organisations")):
            organisation = directory.named(line, self.actor)
            if organisation is None:
                self.add_error(
                    "organisations", problem_sentence(Problem("", "organisation-unknown", {"value": line[:40]}))
                )
            else:
                found.append(organisation.public_id)
        self.cleaned_data["organisations"] = tuple(found)
        return self.cleaned_data

    def audience(self) -> Audience:
        given = self.cleaned_data
        return Audience(
            organisations=given["organisations"],
            sectors=tuple(given["sectors"]),
            kinds=tuple(given["kinds"]),
            groups=tuple(given["groups"]),
            counties=tuple(given["counties"]),
        )


def audience_initial(saved: SavedAudience) -> dict[str, Any]:
    """The fields as they stand."""
    audience = msgspec.convert(saved.audience, Audience)
    lists = {name: getattr(audience, name) for name in ("sectors", "kinds", "groups", "counties")}
    return {
        "name_zh": saved.name_zh,
        "name_en": saved.name_en,
        "organisations": _codes(audience.organisations),
        **lists,
    }
