"""Reading notices for the desk: drafts, silences, how far a warning has got."""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Value, When
from msgspec import Struct

from tongbao.kernel import clock
from tongbao.notices import offers
from tongbao.notices.models import Draft, Notice, PartnerAlert, Reach
from tongbao.parties.models import Organisation
from tongbao.policy.actors import ANONYMOUS, Actor
from tongbao.policy.statements import Statement

SHOWN = 100
FROM_PARTNERS = 20
now = clock.now


def desk(actor: Actor) -> dict[str, Any]:
    """The first page of warnings."""
    rows = Draft.objects.visible_to(actor).select_related("author", "operation", "replaces")
    return {
        "waiting": list(rows.waiting().order_by("submitted_at", "id")[:SHOWN]),
        "drafts": list(rows.filter(state=Draft.State.DRAFTING)[:SHOWN]),
        "unreviewed": list(rows.unreviewed().order_by("review_by", "id")[:SHOWN]),
        "prepared": list(rows.filter(state=Draft.State.PREPARED, replaces__in=standing(actor, now()))[:SHOWN]),
        "silent": silent(actor, now()),
        "partners": list(PartnerAlert.objects.visible_to(actor).select_related("draft")[:FROM_PARTNERS]),
    }


def standing(actor: Actor, at: datetime) -> QuerySet[Notice]:
    """Warnings that hold at ``at``: neither replaced, nor cancelled, nor run out."""
    rows = Notice.objects.visible_to(actor).exclude(content="").exclude(kind="cancel")
    return rows.filter(replaced_by=None).filter(Q(expires_at=None) | Q(expires_at__gt=at))


def public() -> QuerySet[Notice]:
    """Warnings that everybody may read, the newest first. The rule of visibility is the same as for anybody."""
    return Notice.objects.visible_to(ANONYMOUS).filter(public=True).order_by("-sent_at", "-id")


@Statement
def silent(actor: Actor, at: datetime) -> QuerySet[Reach]:
    """Organisations whose silence has come to the officer on duty, the longest first: the red list."""
    # Asked of each that is silent, which are few: all warnings that hold are many.
    rows = Reach.objects.silent().filter(Exists(standing(actor, at).order_by().filter(pk=OuterRef("notice"))))
    return rows.select_related("notice__operation", "organisation").order_by("red_at", "id")[:SHOWN]


class Line(Struct, frozen=True):
    """One organisation on the board of a warning. ``stage``: how far it has got; ``silence``: for how long it has
    been waited for; ``help``: its last answer asks for somebody to look at it."""

    organisation: Organisation
    reach: Reach
    stage: str
    help: bool
    silence: timedelta | None


class Board(Struct, frozen=True):
    """A warning at one glance. ``counts``: organisations by stage; ``counties``: of those in each county, how many have
    answered as needed, of how many; ``lines``: the organisations one by one, those that need somebody first."""

    lines: list[Line]
    counts: dict[str, int]
    counties: dict[str, tuple[int, int]]
    asked: int
    met: int
    enough: bool

    @property
    def told(self) -> int:
        return sum(self.counts.values())


MOST_LINES = 5000
_STAGE = Case(
    When(state=Reach.State.MET, disputed=True, then=Value("disputed")),
    When(state=Reach.State.MET, then=Value("met")),
    When(red_at__isnull=False, then=Value("silent")),
    When(answered_at__isnull=False, then=Value("answered")),
    When(read_at__isnull=False, then=Value("read")),
    When(sent_at__isnull=False, then=Value("sent")),
    When(failed_at__isnull=False, then=Value("unreached")),
    default=Value("waiting"),
)
DONE = frozenset({"met", "disputed"})
STAGES = ("waiting", "unreached", "sent", "read", "answered", "silent", "met", "disputed")
"""How far an organisation can have got, as ``_STAGE`` says it."""


def board(notice: Notice, *, most: int = MOST_LINES) -> Board:
    """How far ``notice`` has got: the counts over all, and ``most`` organisations one by one, the silent first."""
    rows = Reach.objects.filter(notice=notice).annotate(stage=_STAGE)
    counts: dict[str, int] = defaultdict(int)
    counties: dict[str, tuple[int, int]] = {}
    asked = 0
    for stage, county, needed, n in _counted(notice.pk):
        counts[stage] += n
        if needed:
            asked += n
            met, of = counties.get(county, (0, 0))
            counties[county] = (met + (n if stage in DONE else 0), of + n)
    warning, met = notice.warning, counts["met"] + counts["disputed"]
    wanted = (warning.quorum.organisations if warning else 0) or asked
    first = F("answered_at").asc(nulls_first=True)
    ordered = rows.order_by("-asked", F("met_at").asc(nulls_first=True), F("red_at").asc(nulls_last=True), first, "id")
    lines = [_line(each, notice) for each in ordered.select_related("organisation", "called_by")[:most]]
    return Board(
        lines, {key: n for key, n in counts.items() if n}, counties, wanted, met, bool(asked) and met >= wanted
    )


@Statement
def _counted(notice: int) -> QuerySet[Reach, tuple[str, str, bool, int]]:
    """How many organisations of each county have got how far."""
    rows = Reach.objects.filter(notice=notice).annotate(stage=_STAGE).order_by()
    return rows.values_list("stage", "organisation__county", "asked").annotate(n=Count("id"))


def _line(reach: Reach, notice: Notice) -> Line:
    given = offers.answer(notice, reach.answer) if reach.answer else None
    waits = reach.state == Reach.State.OPEN
    return Line(
        organisation=reach.organisation,
        reach=reach,
        stage=reach.stage,  # type: ignore[attr-defined]
        help=given is not None and given.help,
        silence=clock.now() - notice.sent_at if waits else None,
    )
