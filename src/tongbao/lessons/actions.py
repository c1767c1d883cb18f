"""The verbs of lessons: write, hand in, publish what was granted, take back."""

from django.conf import settings
from msgspec import Struct

from tongbao.approvals import steps as approvals
from tongbao.approvals.models import Approval, Opinion
from tongbao.approvals.rules import Passage
from tongbao.incidents import lookup
from tongbao.incidents.models import Incident
from tongbao.incidents.steps import for_handlers
from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.kernel import clock
from tongbao.kernel.checks import faults, sound
from tongbao.kernel.markings import TLP, Grant, Grantee, Marking, Track
from tongbao.kernel.refusals import Conflict, Invalid, NotFound, Problem
from tongbao.lessons import identifying, rules
from tongbao.lessons.models import Lesson
from tongbao.lessons.rules import State
from tongbao.parties.models import Organisation
from tongbao.parties.standing import actor_of
from tongbao.policy import actors
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.policy.models import mark
from tongbao.policy.require import require
from tongbao.profiles import load
from tongbao.profiles.model import Label
from tongbao.release import steps as release
from tongbao.release.facts import Thing, Way
from tongbao.release.rules import Verdict

KIND = "lesson"
LABELS = {
    "title": Label("Title", "標題"),
    "happened": Label("What happened", "發生經過"),
    "helped": Label("What helped", "有效作法"),
    "change": Label("What to change", "應改善事項"),
}
_TONGUES = {"zh": Label("Chinese", "中文"), "en": Label("English", "英文")}


class Draft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The words in both languages; ``reach``: 0 for everybody (TLP:CLEAR), 1 for constituents (TLP:GREEN)."""

    title_zh: str = ""
    title_en: str = ""
    happened_zh: str = ""
    happened_en: str = ""
    helped_zh: str = ""
    helped_en: str = ""
    change_zh: str = ""
    change_en: str = ""
    reach: int = TLP.GREEN


@verb
def write_lesson(incident: str, draft: Draft, *, actor: Actor) -> Lesson:
    """Begin a lesson from a closed case. It may be unfinished."""
    case = lookup.incident(actor, incident)
    require(actor, Can.INCIDENT_CLOSE, case)
    if case.state != Incident.State.CLOSED:
        raise Conflict("incident-not-closed")
    words = _sound(draft)
    made = Lesson.objects.create(
        operation=case.operation,
        incident=case,
        **words,
        reach=draft.reach,
        author_id=actor.user,
        written_at=clock.now(),
        tlp=max(case.tlp, TLP.AMBER),
        track=case.track,
    )
    mark(made, _as_case(case))
    record(Event.LESSON_WRITTEN, actor=actor, subject=made, refs=[case])
    return made


@verb
def edit_lesson(public_id: str, draft: Draft, *, version: int, actor: Actor) -> Lesson:
    """Other words. The same ones change nothing."""
    lesson = _locked(public_id, actor, version)
    rules.may_write(lesson.state)
    words = _sound(draft)
    if lesson.words == words and lesson.reach == draft.reach:
        return lesson
    for name, text in words.items():
        setattr(lesson, name, text)
    lesson.reach, lesson.author_id = draft.reach, actor.user
    _touch(lesson)
    record(Event.LESSON_WRITTEN, actor=actor, subject=lesson, refs=[lesson.incident])
    return lesson


@verb
def hand_in_lesson(public_id: str, *, version: int, actor: Actor) -> Lesson:
    """Hand it in for a second person's judgement. Raises Invalid with every place that is empty or gives the case away.

    Whoever handed it in steps aside: somebody else has to judge.
    """
    lesson = _locked(public_id, actor, version)
    rules.may_write(lesson.state)
    if problems := [*rules.missing(lesson.words), *told(lesson, actor)]:
        raise Invalid(problems)
    if not _released(lesson, actor, enter=False):
        raise Conflict("lesson-withheld")
    held = Approval.objects.select_for_update().filter(public_id=lesson.approval).first()
    if held is None:
        held = approvals.hand_in(_paper(lesson), actor=actor)
        lesson.approval = held.public_id
    else:
        approvals.hand_in_again(held, passages(lesson), {"reach": lesson.reach}, actor=actor)
    Opinion.objects.update_or_create(
        edition=held.latest(),
        person_id=actor.account,
        defaults={"approval": held, "view": Opinion.View.ASIDE, "text": "–", "at": clock.now()},
    )
    lesson.state = State.SUBMITTED
    _touch(lesson)
    record(Event.LESSON_HANDED_IN, actor=actor, subject=lesson, refs=[held])
    return lesson


@verb
def hear_decision(approval: str) -> Lesson | None:
    """A second person has judged. What was granted is published, if the rule of release still lets it go and nothing in
    it gives the case away by now, as whoever handed it in may read that; otherwise it comes back."""
    actor = actors.system("lessons")
    lesson = Lesson.objects.select_for_update(of=("self",)).filter(approval=approval, state=State.SUBMITTED).first()
    if lesson is None:
        return None
    outcome = Approval.objects.get(public_id=approval).state
    if outcome not in (Approval.State.GRANTED, Approval.State.RETURNED, Approval.State.REFUSED):
        return None
    sound_still = outcome == Approval.State.GRANTED and _sound_still(lesson)
    ways = _released(lesson, actor, enter=True) if sound_still else []
    lesson.state = State.REFUSED if outcome == Approval.State.REFUSED else State.RETURNED
    if ways:
        lesson.state, lesson.published_at = State.PUBLISHED, clock.now()
        lesson.digest = release.digest_of(*lesson.words.values())
        mark(lesson, _published(lesson, ways))
    lesson.approval = "" if outcome == Approval.State.GRANTED and not ways else lesson.approval
    _touch(lesson)
    event = Event.LESSON_PUBLISHED if ways else Event.LESSON_CAME_BACK
    record(event, actor=actor, subject=lesson, state=lesson.state)
    return lesson


@verb
def withdraw_lesson(public_id: str, *, reason: str, version: int, actor: Actor) -> Lesson:
    """Take a published one back: nobody reads it any more. The case keeps it."""
    lesson = _locked(public_id, actor, version)
    rules.may_withdraw(lesson.state)
    why = sound("reason", reason, most=2000)
    lesson.state = State.WITHDRAWN
    mark(lesson, _as_case(lesson.incident))
    _touch(lesson)
    record(Event.LESSON_WITHDRAWN, actor=actor, subject=lesson, reason=why)
    return lesson


def told(lesson: Lesson, actor: Actor) -> list[Problem]:
    """What in its words gives the case away, as far as the actor may read the case."""
    return rules.telling(lesson.words, identifying.identity(lesson.incident, actor))


def _sound_still(lesson: Lesson) -> bool:
    """Looked through once more, with the eyes of whoever handed it in: what they have learnt meanwhile counts, and the
    outcome tells them nothing that they could not read. Who may not see the case any more publishes nothing of it."""
    rows = Opinion.objects.filter(approval__public_id=lesson.approval, view=Opinion.View.ASIDE)
    aside = rows.select_related("person").order_by("-edition", "-id").first()
    actor = actor_of(aside.person) if aside is not None else None
    if actor is None or not Incident.objects.visible_to(actor).filter(pk=lesson.incident_id).exists():
        return False
    return not told(lesson, actor)


def _locked(public_id: str, actor: Actor, version: int) -> Lesson:
    rows = Lesson.objects.visible_to(actor).select_for_update(of=("self",)).select_related("incident", "operation")
    lesson = rows.filter(public_id=public_id).first()
    if lesson is None or not Incident.objects.visible_to(actor).filter(pk=lesson.incident_id).exists():
        raise NotFound
    require(actor, Can.INCIDENT_CLOSE, lesson)
    if lesson.version != version:
        raise Conflict("changed-meanwhile")
    return lesson


def _sound(draft: Draft) -> dict[str, str]:
    words = {name: getattr(draft, name).replace("\r\n", "\n").strip() for name in rules.FIELDS}
    found = [each for name, most in rules.FIELDS.items() for each in faults(name, words[name], most=most, needed=False)]
    if draft.reach not in (TLP.CLEAR, TLP.GREEN):
        found.append(Problem("reach", "choice-unknown", {"value": str(draft.reach)[:40]}))
    if found:
        raise Invalid(found)
    return words


def _as_case(case: Incident) -> Marking:
    """Until it is published it is the handlers', as restricted as its case."""
    own = for_handlers(case.marking())
    return Marking(max(own.tlp, TLP.AMBER), own.track, None, own.grants)


def _paper(lesson: Lesson) -> approvals.Paper:
    return approvals.Paper(
        kind=KIND,
        profile=load.in_force(settings.TONGBAO.jurisdiction, clock.now()),
        operation=lesson.operation_id,
        about=lesson.subject(),
        title=lesson.title_zh,
        passages=passages(lesson),
        terms={"reach": lesson.reach},
        submitter=None,
        authority=None,
        marking=lesson.marking(),
    )


def passages(lesson: Lesson) -> tuple[Passage, ...]:
    """The parts as they are judged, one a language."""
    found = []
    for name, text in lesson.words.items():
        part, _, tongue = name.rpartition("_")
        label, language = LABELS[part], _TONGUES[tongue]
        both = Label(f"{label.en} ({language.en})", f"{label.zh}（{language.zh}）")
        found.append(Passage(code=name, label=both, text=text))
    return tuple(found)


def _released(lesson: Lesson, actor: Actor, *, enter: bool) -> list[Way]:
    """The ways by which the rule of release lets it go: to everybody, or to each enrolled organisation."""
    marking = Marking(TLP(lesson.reach), Track(lesson.incident.track))
    thing = Thing(
        kind=Lesson.MARKED,
        ref=lesson.public_id,
        title_zh=lesson.title_zh,
        title_en=lesson.title_en,
        digest=release.digest_of(*lesson.words.values()),
        marking=marking,
    )
    if lesson.reach == TLP.CLEAR:
        ways = [Way(channel="portal", protected=False, feed="lessons")]
    else:
        homes = Organisation.objects.exclude(enrolled_at=None).order_by("pk").values_list("pk", flat=True)
        ways = [Way(channel="portal", protected=True, organisation=key) for key in homes]
    now = clock.now()
    decisions = release.judge(thing, ways, operation=lesson.operation, at=now)
    if enter:
        release.enter(thing, ways, decisions, operation=lesson.operation, actor=actor, at=now)
    return [way for way, decided in zip(ways, decisions, strict=True) if decided.verdict == Verdict.RELEASE]


def _published(lesson: Lesson, ways: list[Way]) -> Marking:
    named = {Grant(Grantee.ORGANISATION, way.organisation) for way in ways if way.organisation is not None}
    grants = frozenset(named or {Grant(Grantee.PUBLIC, 0)})
    return Marking(TLP(lesson.reach), Track(lesson.track), None, grants)


def _touch(lesson: Lesson) -> None:
    lesson.version += 1
    lesson.save()
