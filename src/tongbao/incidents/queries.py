"""What pages and the API read of cases."""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, QuerySet, Subquery
from django.db.models.expressions import Combinable
from django.db.models.lookups import Exact
from msgspec import Struct, structs

from tongbao.incidents import steps
from tongbao.incidents.models import Incident, Obligation, Submission
from tongbao.incidents.models.seeing import of_few
from tongbao.incidents.rules import concern, duties
from tongbao.jobs.among import Keys, Looked
from tongbao.kernel import clock
from tongbao.kernel.refusals import NotFound
from tongbao.notices import addressing
from tongbao.parties import directory
from tongbao.parties.models import Network, Organisation, Seat
from tongbao.policy import order
from tongbao.policy.actors import Actor
from tongbao.policy.can import Role
from tongbao.policy.rules import reads_cases
from tongbao.policy.statements import Statement
from tongbao.profiles import load
from tongbao.profiles.law import law
from tongbao.profiles.model import Duty, Label, Profile
from tongbao.search import find
from tongbao.ui.paging import Page as Page
from tongbao.ui.paging import page as page
from tongbao.ui.paging import page_by_key as page_by_key
from tongbao.ui.paging import paged as paged
from tongbao.ui.paging import position

COUNTED = 1000
"""Totals are counted this far; beyond, "more than" is said."""
KEPT = 51
"""A page and the row behind it. Lists of no more are put together once."""


class Filters(Struct, frozen=True):
    """What a list of cases is narrowed to. Empty means anything."""

    state: str = ""
    level: int | None = None
    owner: str = ""
    since: datetime | None = None
    text: str = ""


OPEN = Filters(state=Incident.State.OPEN)
IN_ORDER = (Filters(), Filters(state=Incident.State.CLOSED))
"""Lists that leave out little of what is named for somebody."""
BATCHES = (order.FIRST, 2 * order.FIRST)
"""So many of them are looked at before their own order is given up."""


def cases(actor: Actor, filters: Filters) -> QuerySet[Incident]:
    """The cases that ``actor`` may see, narrowed, newest first. Text is searched by :func:`search`."""
    return _narrowed(Incident.objects.visible_to(actor), actor, filters)


def newest(actor: Actor, filters: Filters, after: str, *, size: int = 50) -> Page:
    """The page of :func:`cases` behind the cursor ``after``."""
    read = None
    if size < KEPT and filters in IN_ORDER and not (actor.system or reads_cases(actor)):
        read = _named(actor, filters, position(after), size + 1)
    if read is None and size < KEPT and filters in (*IN_ORDER, OPEN) and not after:
        read = _first_cases(actor, filters)[: size + 1]
    if read is not None:
        return paged(read, "opened_at", size)
    return page(cases(actor, filters), "opened_at", after, size=size)


def _named(actor: Actor, filters: Filters, before: tuple[datetime, int] | None, wanted: int) -> list[Incident] | None:
    """The newest cases of somebody who sees few of very many: what is named for the actor is read in its own order.
    None where that does not lead there soon."""
    keys, found = order.newest(actor, Incident.MARKED, before), list[Incident]()
    if keys is None:
        return None
    for asked in BATCHES:
        batch = list(islice(keys, asked))
        found += _cases_among(actor, filters, ",".join(map(str, batch)))
        if len(found) >= wanted or len(batch) < asked:
            return found[:wanted]
    return None


def search(actor: Actor, filters: Filters, *, limit: int = 50, asked: find.Question | None = None) -> list[Incident]:
    """Cases that hold every word of ``filters.text``: handlers search all of a case, others what all see. ``asked``:
    the same words, where other things are searched for them too."""
    kind = "incident-office" if actor.system or reads_cases(actor) else "incident"
    kept = limit <= KEPT and not filters.owner and filters.since is None
    among = partial(_cases_among, actor, structs.replace(filters, text="")) if kept else None
    return find.find(cases(actor, filters), kind, asked or filters.text, limit=limit, among=among)


def found(actor: Actor, filters: Filters) -> tuple[Page, tuple[int, bool]]:
    """The first fifty that hold every word; how many that are, and whether there are more."""
    rows = search(actor, filters, limit=KEPT)
    shown = rows[: KEPT - 1]
    return Page(shown, ""), (len(shown), len(rows) > len(shown))


@Statement
def _cases_among(actor: Actor, filters: Filters, keys: str) -> QuerySet[Incident]:
    rows = Incident.objects.filter(of_few(actor), pk__among=Keys(keys))
    return _narrowed(rows, actor, filters, column=Looked)[:KEPT]


@Statement
def _first_cases(actor: Actor, filters: Filters) -> QuerySet[Incident]:
    return cases(actor, filters)[:KEPT]


def _narrowed(
    rows: QuerySet[Incident], actor: Actor, filters: Filters, *, column: Callable[[str], Combinable] = F
) -> QuerySet[Incident]:
    rows = rows.select_related("owner")
    if filters.state:
        rows = rows.filter(Exact(column("state"), filters.state))
    if filters.level is not None:
        rows = rows.filter(Exact(column("level"), filters.level))
    if filters.owner:
        # Its key first: with it the database walks the organisation's cases in their order, without it it sorts them.
        owner = Organisation.objects.visible_to(actor).filter(public_id=filters.owner).values_list("pk", flat=True)
        rows = rows.filter(owner__in=list(owner.order_by()))
    if filters.since is not None:
        rows = rows.filter(updated_at__gte=filters.since)
    return rows.order_by("-opened_at", "-id")


def total(rows: QuerySet[Any], *, most: int = COUNTED) -> tuple[int, bool]:
    """How many rows there are, counted up to ``most``; and whether there are more."""
    counted = rows.order_by()[: most + 1].count()
    return min(counted, most), counted > most


def waiting_submissions(actor: Actor, *, quarantined: bool = False) -> QuerySet[Submission]:
    """Submissions that wait for a decision, the oldest first."""
    state = Submission.State.QUARANTINED if quarantined else Submission.State.NEW
    rows = Submission.objects.visible_to(actor).filter(state=state).select_related("owner")
    return rows.order_by("received_at", "id")


def with_alike(rows: QuerySet[Submission]) -> QuerySet[Submission]:
    """With how many report more of the same (``alike_count``)."""
    alike = Submission.objects.filter(folded_into=OuterRef("pk"), state=Submission.State.FOLDED).order_by()
    return rows.annotate(alike_count=Subquery(alike.values("folded_into").annotate(n=Count("pk")).values("n")))


def of_submission(actor: Actor, submission: Submission) -> QuerySet[Obligation]:
    """The obligations that began with a submission, as far as the actor may see them."""
    rows = Obligation.objects.visible_to(actor).filter(submission=submission)
    return rows.select_related("organisation", "incident", "submission")


def cases_shown(actor: Actor, submissions: Iterable[Submission]) -> set[int]:
    """Keys of the cases that these submissions belong to and that the actor may see."""
    keys = {each.incident_id for each in submissions if each.incident_id is not None}
    return set(Incident.objects.visible_to(actor).filter(pk__in=keys).values_list("pk", flat=True))


def incident_of(actor: Actor, obligation: str) -> Incident:
    """The case in which an obligation has to be met; hidden is not found, like one that has no case yet."""
    found = Obligation.objects.visible_to(actor).filter(public_id=obligation).select_related("incident").first()
    if found is None or found.incident is None:
        raise NotFound
    return found.incident


LOOKED_THROUGH = 500


def without_case(actor: Actor) -> QuerySet[Submission]:
    """The submissions of the actor's own organisation that are no case, or none that it may see, the newest first.

    The newest ``LOOKED_THROUGH`` are looked through: whose reports are cases would otherwise pay for all of them.
    """
    if actor.organisation is None:
        return Submission.objects.none()
    own = Submission.objects.visible_to(actor).filter(owner=actor.organisation).order_by("-received_at", "-id")
    case = Incident.objects.filter(of_few(actor), pk=OuterRef("incident"))
    newest = own.values("pk")[:LOOKED_THROUGH]
    return Submission.objects.filter(~Exists(case), pk__in=newest).order_by("-received_at", "-id")


def overdue(actor: Actor, now: datetime) -> QuerySet[Obligation]:
    """Open obligations past their time, the oldest first."""
    rows = Obligation.objects.visible_to(actor).open().filter(due_at__lt=now)
    return rows.listed().order_by("due_at", "id")


def due_soon(actor: Actor, now: datetime, until: datetime) -> QuerySet[Obligation]:
    """Open obligations that become due before ``until``."""
    rows = Obligation.objects.visible_to(actor).open().filter(due_at__gte=now, due_at__lt=until)
    return rows.listed().order_by("due_at", "id")


class Shown(Struct, frozen=True):
    """An obligation with its duty's words and its standing now."""

    row: Obligation
    duty: Duty
    profile: Profile
    source: Label
    standing: str

    @property
    def label(self) -> Label:
        return self.duty.label

    @property
    def confidence(self) -> str:
        return self.duty.basis.confidence

    @property
    def restricted(self) -> bool:
        """Whether a list shows nothing of what it is about: reading that is opening it."""
        thing = self.row.incident or self.row.submission
        return thing is not None and thing.restricted

    @property
    def unsettled(self) -> bool:
        return self.row.state in duties.OPEN

    @property
    def met_by(self) -> tuple[str, ...]:
        """What an entry may say that was done."""
        return duties.by_words(self.profile, self.duty)


def shown(rows: Iterable[Obligation]) -> list[Shown]:
    """Obligations as people read them."""
    now, found, known = clock.now(), [], dict[tuple[str, str], tuple[Duty, Profile, Label] | None]()
    for row in rows:
        asked = (row.profile, row.key)
        if asked not in known:
            known[asked] = required(*asked)
        if (duty := known[asked]) is not None:
            found.append(Shown(row, *duty, duties.standing(row.state, row.due_at, now)))
    return found


def required(profile_id: str, key: str) -> tuple[Duty, Profile, Label] | None:
    """A duty in its profile, and how that is cited."""
    profile = load.by_id(profile_id)
    duty = profile.duty(key)
    return None if duty is None else (duty, profile, law(profile).cited(duty.basis))


class Proposed(Struct, frozen=True):
    """Somebody to tell, with the rows that a page shows."""

    organisation: Organisation
    seat: Seat | None
    proposal: concern.Proposal
    reached: bool


def concerned(incident: Incident, actor: Actor) -> list[Proposed]:
    """Who is concerned by a case, with reasons, as ``actor`` sees the directory now."""
    owned = [
        concern.Owned(address, network.organisation_id)
        for address in incident.addresses.values_list("value", flat=True)
        if (network := _owner(address, incident.aware_at, actor)) is not None
    ]
    case = steps.concern_of(incident.owner, steps.law(incident.aware_at), owned)
    named = {case.supervisor, case.reporter, *case.ministries, *(each.organisation for each in owned)} - {None}
    organisations = Organisation.objects.visible_to(actor).in_bulk(named)
    wanted = {Role.REPORTER.value, Role.REVIEWER.value}
    seats = {seat.pk: seat for seat in directory.seats_to_tell(organisations) if wanted & set(seat.roles)}
    proposals = concern.concerned(
        case, [concern.Seat(s.pk, s.organisation_id, frozenset(s.roles), s.rank) for s in seats.values()]
    )
    reached = addressing.reachable(seats)
    return [
        Proposed(
            organisations[each.organisation],
            seats.get(each.seat) if each.seat is not None else None,
            each,
            each.seat in reached,
        )
        for each in proposals
        if each.organisation in organisations
    ]


def _owner(address: str, aware_at: datetime, actor: Actor) -> Network | None:
    """Who held the address when it happened, or else who holds it now."""
    for moment in (aware_at, clock.now()):
        if found := directory.owners_of(address, moment, actor=actor):
            return found[0]
    return None
