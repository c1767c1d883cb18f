"""The verbs of the takedown desk: open, add, ask, look, drop; and what an answer brings about."""

from collections.abc import Iterable
from datetime import timedelta

from msgspec import Struct

from tongbao.engines.observables import defanged, extract
from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.kernel import clock
from tongbao.kernel.checks import faults, ip, sound
from tongbao.kernel.markings import TLP, Marking
from tongbao.kernel.refusals import Conflict, Invalid, NotFound, Problem
from tongbao.notices.models import Receipt
from tongbao.operations.models import Operation, routine
from tongbao.parties.models import Organisation
from tongbao.policy import actors
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.policy.models import mark
from tongbao.policy.require import require
from tongbao.takedown import reported, rules, steps
from tongbao.takedown.models import Takedown, TakedownStep
from tongbao.takedown.rules import Kind, Part, State, Verdict

Step = TakedownStep.Kind


class Draft(Struct, frozen=True, kw_only=True):
    """A harmful site. ``places``: its links, or its host alone, in any writing; ``address``: where the host was found
    to be; ``operation``: by its public id, empty for that of the reports that name it."""

    places: str
    kind: str = Kind.PHISHING.value
    words: str = ""
    address: str = ""
    tlp: int = TLP.GREEN
    operation: str = ""


@verb
def open_takedown(draft: Draft, *, actor: Actor) -> Takedown:
    """Begin a takedown of the host that ``draft`` names, with every link to it that reports and cases name. A host that
    is being taken down already gets what is new; nothing new changes nothing."""
    require(actor, Can.TAKEDOWN_MANAGE)
    host, links = _named(draft.places)
    operation = _operation(draft.operation, actor)
    mentions = reported.mentions(actor, host, operation.pk if operation else None)
    _check(draft, mentions.least)
    frame = operation.pk if operation else mentions.operation or routine().pk
    rows = Takedown.objects.visible_to(actor).select_for_update(of=("self",)).filter(host=host, operation=frame)
    found = rows.exclude(state=State.DROPPED).order_by("-id").first()
    links += mentions.links
    if found is not None:
        _add(found, links, draft.address, actor)
        return found
    now = clock.now()
    made = Takedown.objects.create(
        operation_id=frame,
        host=host,
        kind=draft.kind,
        links=sorted(set(links))[: rules.MOST_LINKS],
        address=_address(draft.address or _literal(host)),
        words=draft.words.strip(),
        opened_at=now,
        opened_by_id=actor.user,
        round_at=now,
        check_due_at=now,
        tlp=draft.tlp,
        track=mentions.track,
    )
    mark(made, Marking(TLP(draft.tlp), mentions.track))
    steps.note(made, Step.OPENED, actor, words=made.words)
    record(Event.TAKEDOWN_OPENED, actor=actor, subject=made, refs=[*mentions.cases[:20]], reports=mentions.reports)
    return made


@verb
def add_to_takedown(public_id: str, *, places: str, address: str, actor: Actor) -> Takedown:
    """Further links to the same host, or where it is now. Nothing new changes nothing."""
    found = _locked(public_id, actor)
    if found.state == State.DROPPED:
        raise Conflict("takedown-over")
    host, links = _named(places) if places.strip() else (found.host, [])
    if host != found.host:
        raise Invalid.one("places", "host-another", value=found.host[:40])
    _add(found, links, address, actor)
    return found


@verb
def ask_takedown(public_id: str, *, organisation: str, part: str, words: str, tlp: int, actor: Actor) -> TakedownStep:
    """Ask somebody to take it down, by a notice; asking the same again is a reminder.

    What the rule of release withholds is kept as a step that says so, and changes nothing else.
    """
    found = _locked(public_id, actor)
    home = Organisation.objects.visible_to(actor).filter(public_id=organisation, track=found.track).first()
    problems = faults("words", words, most=rules.LONGEST, needed=False)
    problems += rules.marking_faults(tlp, least=found.tlp)
    if home is None:
        problems.append(Problem("organisation", "organisation-unknown", {"value": organisation[:40]}))
    if part not in set(Part):
        problems.append(Problem("part", "choice-unknown", {"value": part[:40]}))
    if home is None or problems:
        raise Invalid(problems)
    round_ = found.steps.filter(kind=Step.ASKED, result="sent", at__gte=found.round_at)
    before = round_.filter(organisation=home).exists()
    state = rules.asked(State(found.state), before=before)
    notice = steps.request(found, home, words.strip(), TLP(tlp), actor)
    sent = Receipt.objects.filter(notice=notice).exists()
    made = steps.note(found, Step.ASKED, actor, organisation=home, part=part, notice=notice, words=words.strip())
    made.result = "sent" if sent else "withheld"
    made.save(update_fields=["result"])
    if sent:
        _asked(found, home, state)
    record(Event.TAKEDOWN_ASKED, actor=actor, subject=found, refs=[home, notice], result=made.result, state=state)
    return made


@verb
def check_takedown(public_id: str, *, verdict: str, words: str = "", actor: Actor) -> Takedown:
    """What a look at the site has found: somebody's, or a program's of theirs. The product opens no such link."""
    found = _locked(public_id, actor)
    if verdict not in set(Verdict):
        raise Invalid.one("verdict", "choice-unknown", value=verdict[:40])
    said = sound("words", words, most=rules.LONGEST, needed=False)
    now, before = clock.now(), State(found.state)
    found.state = rules.checked(before, Verdict(verdict))
    if found.state == State.DOWN and before != State.DOWN:
        found.down_at = now
        found.first_down_at = found.first_down_at or (now if found.asked_at else None)
    elif before == State.DOWN and found.state == State.REAPPEARED:
        found.down_at, found.round_at, found.returns = None, now, found.returns + 1
    found.check_due_at = rules.next_look(State(found.state), at=now, down_at=found.down_at)
    steps.plan(found)
    found.save()
    steps.note(found, Step.CHECKED, actor, result=verdict, words=said)
    record(Event.TAKEDOWN_CHECKED, actor=actor, subject=found, verdict=verdict, state=found.state)
    return found


@verb
def drop_takedown(public_id: str, *, words: str, actor: Actor) -> Takedown:
    """No longer ask for it: it harms nobody, or it is another's to do. A repeat changes nothing."""
    found = _locked(public_id, actor)
    if found.state == State.DROPPED:
        return found
    if found.state == State.DOWN:
        raise Conflict("takedown-over")
    said = sound("words", words, most=rules.LONGEST)
    found.state, found.check_due_at, found.remind_due_at = State.DROPPED, None, None
    found.save(update_fields=["state", "check_due_at", "remind_due_at"])
    steps.note(found, Step.DROPPED, actor, words=said)
    record(Event.TAKEDOWN_DROPPED, actor=actor, subject=found)
    return found


@verb
def hear_answer(receipt: str, *, number: int, source: str) -> TakedownStep | None:
    """What somebody who was asked has answered. Once for each entry of the journal; of other notices nothing."""
    row = Receipt.objects.select_related("notice", "organisation").filter(public_id=receipt).first()
    if row is None or row.notice.subject_kind != Takedown.MARKED or _heard(source):
        return None
    rows = Takedown.objects.select_for_update(of=("self",)).select_related("operation")
    found = rows.filter(public_id=row.notice.subject_ref).first()
    given = list(row.answers.order_by("at", "id")[max(0, number - 1) : number])
    if found is None or not given:
        return None
    system = actors.system("desk")
    code, words = given[0].code, given[0].text
    found.state = rules.answered(State(found.state), code)
    if code == "removed" and found.state in rules.LIVE:
        found.check_due_at = clock.now()
    steps.plan(found)
    found.save(update_fields=["state", "check_due_at", "remind_due_at"])
    asked = found.steps.filter(notice=row.notice).first()
    made = steps.note(
        found,
        Step.ANSWERED,
        system,
        organisation=row.organisation,
        part=asked.part if asked else "",
        notice=row.notice,
        result=code,
        words=words,
        source=source,
    )
    record(Event.TAKEDOWN_ANSWERED, actor=system, subject=found, refs=[row], answer=code, state=found.state)
    return made


def _heard(source: str) -> bool:
    return TakedownStep.objects.filter(source=source).exists()


def _locked(public_id: str, actor: Actor) -> Takedown:
    rows = Takedown.objects.visible_to(actor).select_for_update(of=("self",)).select_related("operation")
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    require(actor, Can.TAKEDOWN_MANAGE, found)
    return found


def _named(places: str) -> tuple[str, list[str]]:
    """The one host that a text names, and its links."""
    sound("places", places, most=rules.LONGEST)
    named = extract(places)
    links = [each.value for each in named if each.kind == "url"]
    hosts = {rules.host_of(link) for link in links}
    hosts |= {each.value for each in named if each.kind in {"domain", "ipv4", "ipv6"}}
    if not hosts:
        raise Invalid.one("places", "host-missing")
    if len(hosts) > 1:
        raise Invalid.one("places", "hosts-several", count=len(hosts))
    return hosts.pop(), links


def _check(draft: Draft, least: int | None) -> None:
    problems = [] if draft.kind in set(Kind) else [Problem("kind", "choice-unknown", {"value": draft.kind[:40]})]
    problems += faults("words", draft.words, most=rules.LONGEST, needed=False)
    problems += rules.marking_faults(draft.tlp, least=least)
    if problems:
        raise Invalid(problems)


def _operation(public_id: str, actor: Actor) -> Operation | None:
    if not public_id:
        return None
    found = Operation.objects.filter(public_id=public_id).first()
    if found is None:
        raise Invalid.one("operation", "choice-unknown", value=public_id[:40])
    return found


def _address(text: str) -> str:
    try:
        return ip(text.strip()) if text.strip() else ""
    except ValueError:
        raise Invalid.one("address", "address-unreadable", value=text.strip()[:40]) from None


def _literal(host: str) -> str:
    return host if host.replace(".", "").isdigit() or ":" in host else ""


def _add(found: Takedown, links: Iterable[str], address: str, actor: Actor) -> None:
    """What is new of a site that is known."""
    fresh = sorted(set(links) - set(found.links))[: max(0, rules.MOST_LINKS - len(found.links))]
    moved = _address(address) or found.address
    if not fresh and moved == found.address:
        return
    words = "\n".join([*map(defanged, fresh), *([moved] if moved != found.address else [])])
    found.links, found.address = sorted([*found.links, *fresh]), moved
    found.save(update_fields=["links", "address"])
    steps.note(found, Step.ADDED, actor, words=words)
    record(Event.TAKEDOWN_AMENDED, actor=actor, subject=found, links=len(fresh))


def _asked(found: Takedown, home: Organisation, state: State) -> None:
    now = clock.now()
    found.reminders += int(state == State.REMINDED)
    found.state, found.asked_at = state, found.asked_at or now
    found.hoster = found.hoster or home
    found.check_due_at = now + timedelta(hours=24)
    steps.plan(found)
    found.save(update_fields=["state", "asked_at", "hoster", "reminders", "check_due_at", "remind_due_at"])
