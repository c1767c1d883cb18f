"""The answer: what the reader may see of what is asked for, counted."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from django.db.models import Count, Q
from msgspec import Struct, field

from tongbao.engines.observables import Seen
from tongbao.exposure.rules import Asked, Sign
from tongbao.incidents import queries as cases
from tongbao.incidents.models import Incident, Observable
from tongbao.incidents.queries import Filters
from tongbao.kernel import clock
from tongbao.kernel.markings import TLP
from tongbao.observations.models import Finding
from tongbao.parties import directory
from tongbao.parties.models import Organisation
from tongbao.policy.actors import Actor

NEWEST, EACH, SHOWN = 50_000, 20_000, 200
"""So many of the newest open findings are looked through for words, so many mentions counted, so many organisations
shown."""


class Line(Struct):
    """One value or word. ``seen``: findings, settled ones too; ``open``: those that stand; ``homes``: organisations
    that these or its networks name."""

    kind: str
    value: str
    seen: int = 0
    open: int = 0
    cases: int = 0
    reports: int = 0
    homes: set[int] = field(default_factory=set)


class Concerned(Struct, frozen=True):
    """An organisation that may be exposed, and why: so many signs of each kind."""

    organisation: Organisation
    signs: dict[Sign, int]

    @property
    def total(self) -> int:
        return sum(self.signs.values())


class Exposure(Struct, frozen=True):
    lines: list[Line]
    organisations: list[Concerned]
    more: int

    @property
    def exposed(self) -> bool:
        """Whether anything of ours has anything to do with it."""
        return any(line.open or line.homes for line in self.lines)


def of_case(actor: Actor, incident: Incident) -> tuple[Seen, ...]:
    """What a case that has been opened names, as far as the reader may see it."""
    rows = Observable.objects.visible_to(actor).filter(incident=incident).exclude(tlp=TLP.RED)
    return tuple(dict.fromkeys(each.seen for each in rows.order_by("id")[:1000]))


def exposure(actor: Actor, asked: Asked, *, without: Incident | None = None) -> Exposure:
    """What our own data say. ``without``: the case that asks, which says nothing of itself."""
    lines = {each.value: Line(each.kind, each.value) for each in asked.values}
    signs: dict[int, Counter[Sign]] = defaultdict(Counter)
    _findings(actor, lines, signs)
    _mentions(actor, lines, signs, without)
    _networks(actor, asked.values, lines, signs)
    words = [_word(actor, each, signs, without) for each in asked.words]
    known = Organisation.objects.visible_to(actor).in_bulk(list(signs))
    ranked = sorted(signs, key=lambda key: (-sum(signs[key].values()), key))
    found = [Concerned(known[key], dict(signs[key])) for key in ranked if key in known]
    for line in (*lines.values(), *words):
        line.homes &= set(known)
    return Exposure([*lines.values(), *words], found[:SHOWN], max(0, len(found) - SHOWN))


def _findings(actor: Actor, lines: dict[str, Line], signs: dict[int, Counter[Sign]]) -> None:
    rows = Finding.objects.visible_to(actor).standing().filter(address__in=list(lines)).order_by()
    alive = Finding.objects.open().filter(address__in=list(lines)).values("pk")
    counted = rows.values("address", "organisation").annotate(n=Count("pk"), live=Count("pk", filter=Q(pk__in=alive)))
    for each in counted:
        line, live = lines[each["address"]], each["live"]
        home: int | None = each["organisation"]
        line.seen += each["n"]
        line.open += live
        if home is not None and live:
            signs[home][Sign.FINDING] += live
            line.homes.add(home)


def _mentions(actor: Actor, lines: dict[str, Line], signs: dict[int, Counter[Sign]], without: Incident | None) -> None:
    """Cases and reports that name a value, each once."""
    rows = Observable.objects.visible_to(actor).filter(value__in=list(lines))
    pairs: set[tuple[str, int | None, int | None]] = set(rows.values_list("value", "incident", "submission")[:EACH])
    keys = {case for _, case, _ in pairs if case is not None}
    if without is not None:
        keys.discard(without.pk)
    owners: dict[int | None, int | None] = dict(
        Incident.objects.visible_to(actor).filter(pk__in=keys).values_list("pk", "owner")
    )
    for value, case in {(value, case) for value, case, _ in pairs if case in owners}:
        lines[value].cases += 1
        owner = owners[case]
        if owner is not None:
            signs[owner][Sign.CASE] += 1
    own = None if without is None else without.pk
    for value, _case, _report in {pair for pair in pairs if pair[2] is not None and pair[1] != own}:
        lines[value].reports += 1


def _networks(actor: Actor, values: Iterable[Seen], lines: dict[str, Line], signs: dict[int, Counter[Sign]]) -> None:
    now = clock.now()
    for each in values:
        held = directory.owners_of(each.value, now, actor=actor) if each.kind in {"ipv4", "ipv6", "domain"} else []
        for network in held[:1]:
            signs[network.organisation_id][Sign.NETWORK] += 1
            lines[each.value].homes.add(network.organisation_id)


def _word(actor: Actor, word: str, signs: dict[int, Counter[Sign]], without: Incident | None) -> Line:
    """A product or family: open findings that name it, and cases that speak of it."""
    newest = Finding.objects.visible_to(actor).open().order_by("-last_day", "-id").values("pk")[:NEWEST]
    named = Q(identifier__icontains=word) | Q(malware__icontains=word) | Q(detail__icontains=word)
    rows = Finding.objects.filter(named, pk__in=newest).order_by().values("organisation").annotate(n=Count("pk"))
    line = Line("word", word)
    for each in rows:
        home, n = each["organisation"], each["n"]
        line.seen += n
        line.open += n
        if home is not None:
            signs[home][Sign.PRODUCT] += n
            line.homes.add(home)
    found = cases.search(actor, Filters(text=word), limit=50)
    line.cases = sum(1 for case in found if without is None or case.pk != without.pk)
    return line
