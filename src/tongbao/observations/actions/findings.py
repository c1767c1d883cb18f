"""What owners and officers say of findings. Every verb takes several at once: they hang together or none changes."""

from collections.abc import Sequence

from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.kernel import clock
from tongbao.kernel.checks import sound
from tongbao.kernel.refusals import Conflict, Invalid, NotFound
from tongbao.observations.applying import life_of
from tongbao.observations.models import Digest, Finding, Step
from tongbao.observations.rules import days, life
from tongbao.observations.rules.days import Seen
from tongbao.observations.rules.life import LONGEST_WORDS, USUAL_QUIET, State, Verdict
from tongbao.parties.models import Organisation
from tongbao.policy import actors
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.policy.require import require

MOST = 500
"""So many findings at once."""


@verb
def acknowledge(
    public_ids: Sequence[str], *, verdict: str, words: str = "", quiet: int = USUAL_QUIET, actor: Actor
) -> list[Finding]:
    """Say what findings are: confirmed, a false positive (with the reason, and for how many days it holds), or
    undetermined. Saying the same again changes nothing. Raises Conflict for what is settled."""
    found = _locked(public_ids, actor, Can.FINDING_ANSWER)
    said = sound("words", words, most=LONGEST_WORDS, needed=False)
    for finding in found:
        _acknowledge(finding, verdict, said, quiet, actor)
    return found


def _acknowledge(finding: Finding, verdict: str, words: str, quiet: int, actor: Actor) -> None:
    now = clock.now()
    judged, until = life.acknowledge(life_of(finding), verdict, words, quiet, now)
    if (finding.state, finding.verdict, finding.words) == (State.ACKNOWLEDGED, judged, words):
        return
    took = life.took(finding.notified_at, now) if finding.acknowledged_at is None else None
    finding.state, finding.verdict, finding.words = State.ACKNOWLEDGED, judged, words
    finding.suppressed_until, finding.acknowledged_at = until, finding.acknowledged_at or now
    _saved(finding, actor, took, words)
    record(Event.FEED_FINDING_ACKNOWLEDGED, actor=actor, subject=finding, verdict=judged.value)


@verb
def fix(public_ids: Sequence[str], *, words: str = "", actor: Actor) -> list[Finding]:
    """Say that findings are mended. Whether it is true the next runs tell. A repeat changes nothing."""
    found = _locked(public_ids, actor, Can.FINDING_ANSWER)
    said = sound("words", words, most=LONGEST_WORDS, needed=False)
    for finding in found:
        _fix(finding, said, actor)
    return found


def _fix(finding: Finding, words: str, actor: Actor) -> None:
    if not life.fix(life_of(finding)):
        return
    now = clock.now()
    took = life.took(finding.notified_at, now)
    finding.state, finding.settled_at, finding.words = State.FIXED, now, words
    _saved(finding, actor, took, words)
    record(Event.FEED_FINDING_FIXED, actor=actor, subject=finding)


@verb
def reassign(public_ids: Sequence[str], *, organisation: str, words: str, actor: Actor) -> list[Finding]:
    """Give findings to another organisation, or to none (empty). It is told of them as of new ones; what is seen of
    them again goes there too."""
    found = _locked(public_ids, actor, Can.FINDING_MANAGE)
    said = sound("words", words, most=LONGEST_WORDS)
    home = Organisation.objects.visible_to(actor).filter(public_id=organisation).first() if organisation else None
    if organisation and home is None:
        raise Invalid.one("organisation", "organisation-unknown", value=organisation[:40])
    for finding in found:
        _reassign(finding, home, said, actor)
    return found


def _reassign(finding: Finding, home: Organisation | None, words: str, actor: Actor) -> None:
    if finding.state == State.MERGED:
        raise Conflict("finding-merged")
    if finding.organisation == home:
        return
    before, now = finding.organisation, clock.now()
    if home and home.track != finding.track and finding.first_track is None:
        finding.first_track = finding.track
    finding.organisation, finding.track = home, home.track if home else finding.track
    finding.state, finding.verdict, finding.words, finding.suppressed_until = State.OPEN, "", "", None
    finding.opened_at, finding.notified_at, finding.acknowledged_at, finding.settled_at = now, None, None, None
    finding.digest = None
    _saved(finding, actor, None, words)
    record(Event.FEED_FINDING_REASSIGNED, actor=actor, subject=finding, refs=[before, home])


@verb
def merge(public_ids: Sequence[str], *, into: str, actor: Actor) -> Finding:
    """Make findings part of another of the same organisation: they count there, and are told of and answered there."""
    found = _locked([*public_ids, into], actor, Can.FINDING_MANAGE)
    whole = next(each for each in found if each.public_id == into)
    parts = [each for each in found if each.pk != whole.pk]
    if not parts:
        raise Invalid.one("into", "same-finding")
    for part in parts:
        _merge(part, whole, actor)
    whole.version += 1
    whole.save()
    return whole


def _merge(part: Finding, whole: Finding, actor: Actor) -> None:
    if State.MERGED in (part.state, whole.state):
        raise Conflict("finding-merged")
    if (part.organisation_id, part.operation_id) != (whole.organisation_id, whole.operation_id):
        raise Conflict("findings-of-different-owners")
    counted = Seen(whole.last_day, whole.days, whole.count)
    for back in range(days.KEPT + 1):
        if part.days >> back & 1:
            counted = days.again(counted, part.last_day - back)
    whole.last_day, whole.days, whole.count = counted.last, counted.bits, counted.count
    whole.first_seen, whole.last_seen = min(whole.first_seen, part.first_seen), max(whole.last_seen, part.last_seen)
    whole.covered_on = max(whole.covered_on, part.covered_on)
    part.state, part.merged_into = State.MERGED, whole
    _saved(part, actor, None, "")
    record(Event.FEED_FINDING_MERGED, actor=actor, subject=part, refs=[whole])


def _locked(public_ids: Sequence[str], actor: Actor, can: Can) -> list[Finding]:
    """The findings, locked in one order by everybody. One that is hidden is not found."""
    wanted = set(public_ids)
    if not wanted:
        raise Invalid.one("findings", "nothing-chosen")
    if len(wanted) > MOST:
        raise Invalid.one("findings", "too-many-chosen", most=MOST)
    rows = Finding.objects.visible_to(actor).select_for_update(of=("self",)).select_related("organisation")
    found = list(rows.filter(public_id__in=wanted).order_by("pk"))
    if len(found) < len(wanted):
        raise NotFound
    for each in found:
        require(actor, can, each)
    return found


def _saved(finding: Finding, actor: Actor, took: int | None, words: str) -> None:
    finding.version += 1
    finding.save()
    Step.objects.create(
        finding=finding,
        organisation_id=finding.organisation_id,
        state=finding.state,
        verdict=finding.verdict if finding.state == State.ACKNOWLEDGED else "",
        at=clock.now(),
        took=took,
        by_id=actor.user,
        by_office=actor.office,
        words=words,
    )


@verb
def hear_answer(digest: str, *, code: str, words: str) -> int:
    """One answer to a digest is an answer for each finding in it that nobody has answered yet; returns how many.

    Who gave it stands with the receipt. A repeat finds none that is unanswered, and changes nothing.
    """
    told = Digest.objects.filter(public_id=digest).first()
    if told is None or code not in {"fixed", *Verdict}:
        return 0
    actor = actors.system("feeds")
    found = list(Finding.objects.select_for_update().filter(digest=told, state=State.NOTIFIED).order_by("pk"))
    for finding in found:
        if code == "fixed":
            _fix(finding, words, actor)
        else:
            _acknowledge(finding, code, words, USUAL_QUIET, actor)
    return len(found)
