"""The directory: organisations, seats, holders, contact points, networks, groups, import."""

from datetime import datetime

from django.db.models import Q
from django.http import HttpResponse
from msgspec import Struct
from ninja import Router

from tongbao.api import guard
from tongbao.api.endpoint import answer, endpoint, require_match
from tongbao.api.listing import limit_of, listing
from tongbao.api.once import HEADER, once
from tongbao.api.shapes import parties as shapes
from tongbao.api.shapes.parties import (
    CalledOut,
    GroupOut,
    HolderOut,
    OpenOfferOut,
    OrganisationFull,
    OrganisationOut,
    TurnOut,
)
from tongbao.kernel import clock
from tongbao.kernel.refusals import NotFound
from tongbao.parties import directory, page
from tongbao.parties.actions import contacts, groups, imports, networks, organisations, seats, turns
from tongbao.parties.actions.organisations import OrganisationDraft
from tongbao.parties.actions.turns import Span
from tongbao.parties.models import DirectoryImport, Organisation, SharingGroup, Turn
from tongbao.parties.rules import SEVERITIES
from tongbao.parties.search import organisations as matching
from tongbao.policy.can import Can
from tongbao.ui.guards import Asked

router = Router()


class LegalBody(Struct, frozen=True, forbid_unknown_fields=True):
    """``responsibility_level`` empty: not graded; a regime that is left out does not cover the organisation."""

    responsibility_level: str = ""
    coverages: dict[str, str] = {}


class EnrolBody(Struct, frozen=True, forbid_unknown_fields=True):
    check: str


class CompromisedBody(Struct, frozen=True, forbid_unknown_fields=True):
    compromised: bool
    reason: str


class SeatBody(Struct, frozen=True, forbid_unknown_fields=True):
    title_zh: str
    title_en: str
    roles: list[str] = []
    rank: int = 1


class TurnBody(Struct, frozen=True, forbid_unknown_fields=True):
    """``kind``: on-call, override or away. Times need an offset."""

    seat: str
    kind: str
    starts_at: datetime
    ends_at: datetime
    note: str = ""


class TurnsBody(Struct, frozen=True, forbid_unknown_fields=True):
    turns: list[TurnBody]


class OfferBody(Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    email: str
    language: str = ""


class OfferOut(Struct, frozen=True):
    """An offered seat. ``secret`` goes into the link ``/invitation/<secret>/`` and is shown only here."""

    id: str
    secret: str
    expires_at: datetime


class ContactBody(Struct, frozen=True, forbid_unknown_fields=True):
    kind: str
    address: str
    language: str = ""
    out_of_band: bool = False


class VerifyBody(Struct, frozen=True, forbid_unknown_fields=True):
    how: str


class QuietBody(Struct, frozen=True, forbid_unknown_fields=True):
    """``hours``: ``22:00-07:00`` in the office's zone; empty for none."""

    hours: str


class ContactFeedsBody(Struct, frozen=True, forbid_unknown_fields=True):
    """``types``: types or classes of the taxonomy, ``*`` for all, none: no rule. ``least``: info to critical."""

    types: list[str]
    least: str = SEVERITIES[0]


class ContactCasesBody(Struct, frozen=True, forbid_unknown_fields=True):
    """``events``: opened, joined, level, asked, answered, message, closed, reopened, merged; none: nothing."""

    events: list[str]


class KeyBody(Struct, frozen=True, forbid_unknown_fields=True):
    """``key``: an OpenPGP public key in ASCII armour; empty: none from now on."""

    key: str = ""


class NetworkBody(Struct, frozen=True, forbid_unknown_fields=True):
    value: str


class GroupBody(Struct, frozen=True, forbid_unknown_fields=True):
    name_zh: str
    name_en: str
    members: list[str]


class ImportBody(Struct, frozen=True, forbid_unknown_fields=True):
    """A CSV file as text. Nothing is changed until it is applied."""

    name: str
    csv: str


class ImportRowOut(Struct, frozen=True):
    line: int
    code: str
    fate: str
    changes: list[str]
    problems: list[dict[str, str]]


class ImportOut(Struct, frozen=True):
    """What a file would do, row by row; ``problems``: what is wrong with the file as a whole."""

    id: str
    rows: list[ImportRowOut]
    problems: list[dict[str, str]]


class ImportDone(Struct, frozen=True):
    create: int
    update: int
    same: int
    refuse: int


@endpoint(router, "GET", "/organisations", gives=OrganisationOut, many=True)
def list_organisations(request: Asked, q: str = "", after: str = "") -> HttpResponse:
    """Organisations that the asker may see, by number."""
    size = limit_of(request)
    code, _, key = after.rpartition(".")
    found = matching(request.actor, q[:100]).select_related("supervisor")
    if key.isascii() and key.isdigit() and len(key) < 19:
        found = found.filter(Q(code__gt=code[:40]) | Q(code=code[:40], id__gt=int(key)))
    rows = list(found[: size + 1])
    following = f"{rows[size - 1].code}.{rows[size - 1].pk}" if len(rows) > size else ""
    return listing(request, [shapes.organisation(each, request.actor) for each in rows[:size]], following)


@endpoint(
    router, "POST", "/organisations", body=OrganisationDraft, gives=OrganisationFull, status=201, headers=(HEADER,)
)
def create_organisation(request: Asked, body: OrganisationDraft) -> HttpResponse:
    """Add an organisation."""
    guard.needs(request, Can.DIRECTORY_READ, "create_organisation")  # or the answer would hide what was made
    made, before = once(request, lambda: organisations.create_organisation(body, actor=request.actor).public_id)
    return _answer(request, made, status=200 if before else 201)


@endpoint(router, "GET", "/organisations/{public_id}", gives=OrganisationFull)
def read_organisation(request: Asked, public_id: str) -> HttpResponse:
    """One organisation with its seats and networks."""
    return _answer(request, public_id)


@endpoint(
    router, "PUT", "/organisations/{public_id}", body=OrganisationDraft, gives=OrganisationFull, headers=("If-Match",)
)
def edit_organisation(request: Asked, public_id: str, body: OrganisationDraft) -> HttpResponse:
    """Change an organisation. ``If-Match`` carries the ETag of what the program read."""
    found = page.found(request.actor, public_id)
    require_match(request, _full(request, found))
    organisations.edit_organisation(public_id, body, version=found.version, actor=request.actor)
    return _answer(request, public_id)


@endpoint(
    router,
    "PUT",
    "/organisations/{public_id}/law",
    body=LegalBody,
    gives=OrganisationFull,
    headers=("If-Match",),
)
def place_under_law(request: Asked, public_id: str, body: LegalBody) -> HttpResponse:
    """Say how the law stands to an organisation. ``If-Match`` carries the ETag of what the program read."""
    found = page.found(request.actor, public_id)
    require_match(request, _full(request, found))
    organisations.place_under_law(
        public_id,
        responsibility_level=body.responsibility_level,
        coverages=body.coverages,
        version=found.version,
        actor=request.actor,
    )
    return _answer(request, public_id)


@endpoint(router, "POST", "/organisations/{public_id}/enrol", body=EnrolBody, gives=OrganisationFull)
def enrol_organisation(request: Asked, public_id: str, body: EnrolBody) -> HttpResponse:
    """Enrol an organisation, saying how its first administrator was verified."""
    organisations.enrol_organisation(public_id, check=body.check, actor=request.actor)
    return _answer(request, public_id)


@endpoint(router, "POST", "/organisations/{public_id}/compromised", body=CompromisedBody, gives=OrganisationFull)
def mark_compromised(request: Asked, public_id: str, body: CompromisedBody) -> HttpResponse:
    """Say that an organisation's own systems can no longer be trusted, or that they can again."""
    organisations.mark_compromised(public_id, compromised=body.compromised, reason=body.reason, actor=request.actor)
    return _answer(request, public_id)


@endpoint(
    router,
    "POST",
    "/organisations/{public_id}/seats",
    body=SeatBody,
    gives=OrganisationFull,
    status=201,
    headers=(HEADER,),
)
def create_seat(request: Asked, public_id: str, body: SeatBody) -> HttpResponse:
    """Add a seat."""
    _, before = once(
        request,
        lambda: (
            seats.create_seat(
                public_id,
                title_zh=body.title_zh,
                title_en=body.title_en,
                roles=body.roles,
                rank=body.rank,
                actor=request.actor,
            ).public_id
        ),
    )
    return _answer(request, public_id, status=200 if before else 201)


@endpoint(router, "POST", "/seats/{public_id}/offers", body=OfferBody, gives=OfferOut, status=201)
def offer_seat(request: Asked, public_id: str, body: OfferBody) -> HttpResponse:
    """Invite a person to a seat."""
    offer, secret = seats.offer_seat(
        public_id, name=body.name, email=body.email, language=body.language, actor=request.actor
    )
    return answer(request, OfferOut(offer.public_id, secret, offer.invitation.expires_at), status=201)


@endpoint(router, "POST", "/offers/{public_id}/withdraw", gives=OrganisationFull)
def withdraw_offer(request: Asked, public_id: str) -> HttpResponse:
    """The link of an offer stops working."""
    withdrawn = seats.withdraw_offer(public_id, actor=request.actor)
    return _answer(request, withdrawn.seat.organisation.public_id)


@endpoint(router, "POST", "/tenures/{public_id}/end", gives=OrganisationFull)
def end_tenure(request: Asked, public_id: str) -> HttpResponse:
    """A person leaves a seat."""
    ended = seats.end_tenure(public_id, actor=request.actor)
    return _answer(request, ended.seat.organisation.public_id)


@endpoint(router, "POST", "/seats/{public_id}/contacts", body=ContactBody, gives=OrganisationFull, status=201)
def add_contact(request: Asked, public_id: str, body: ContactBody) -> HttpResponse:
    """Add a contact point to a seat."""
    made = contacts.add_contact(
        public_id,
        kind=body.kind,
        address=body.address,
        language=body.language,
        out_of_band=body.out_of_band,
        actor=request.actor,
    )
    return _answer(request, made.seat.organisation.public_id, status=201)


@endpoint(router, "POST", "/contacts/{public_id}/key", body=KeyBody, gives=OrganisationFull)
def give_contact_key(request: Asked, public_id: str, body: KeyBody) -> HttpResponse:
    """Say with which OpenPGP key mail to a contact point is encrypted."""
    done = contacts.give_key(public_id, key=body.key, actor=request.actor)
    return _answer(request, done.seat.organisation.public_id)


@endpoint(router, "POST", "/contacts/{public_id}/quiet", body=QuietBody, gives=OrganisationFull)
def set_contact_quiet(request: Asked, public_id: str, body: QuietBody) -> HttpResponse:
    """Say in which hours of the day nothing is sent to a contact point that can wait."""
    done = contacts.set_quiet(public_id, hours=body.hours, actor=request.actor)
    return _answer(request, done.seat.organisation.public_id)


@endpoint(router, "POST", "/contacts/{public_id}/feeds", body=ContactFeedsBody, gives=OrganisationFull)
def set_contact_feeds(request: Asked, public_id: str, body: ContactFeedsBody) -> HttpResponse:
    """Say what of feeds is told at a contact point."""
    least = SEVERITIES.index(body.least) if body.least in SEVERITIES else -1
    done = contacts.set_feeds(public_id, types=" ".join(body.types), least=least, actor=request.actor)
    return _answer(request, done.seat.organisation.public_id)


@endpoint(router, "POST", "/contacts/{public_id}/cases", body=ContactCasesBody, gives=OrganisationFull)
def set_contact_cases(request: Asked, public_id: str, body: ContactCasesBody) -> HttpResponse:
    """Say what of cases the machine behind a contact point is told."""
    done = contacts.set_cases(public_id, events=body.events, actor=request.actor)
    return _answer(request, done.seat.organisation.public_id)


@endpoint(router, "POST", "/contacts/{public_id}/verify", body=VerifyBody, gives=OrganisationFull)
def verify_contact(request: Asked, public_id: str, body: VerifyBody) -> HttpResponse:
    """Say how a contact point was checked over another way."""
    done = contacts.verify_contact(public_id, how=body.how, actor=request.actor)
    return _answer(request, done.seat.organisation.public_id)


@endpoint(router, "POST", "/contacts/{public_id}/remove", gives=OrganisationFull)
def remove_contact(request: Asked, public_id: str) -> HttpResponse:
    """Stop using a contact point."""
    done = contacts.remove_contact(public_id, actor=request.actor)
    return _answer(request, done.seat.organisation.public_id)


@endpoint(router, "POST", "/organisations/{public_id}/networks", body=NetworkBody, gives=OrganisationFull, status=201)
def add_network(request: Asked, public_id: str, body: NetworkBody) -> HttpResponse:
    """Add a network, an address or a domain."""
    networks.add_network(public_id, value=body.value, actor=request.actor)
    return _answer(request, public_id, status=201)


@endpoint(router, "POST", "/networks/{public_id}/end", gives=OrganisationFull)
def end_network(request: Asked, public_id: str) -> HttpResponse:
    """A network no longer belongs to its organisation."""
    ended = networks.end_network(public_id, actor=request.actor)
    return _answer(request, ended.organisation.public_id)


@endpoint(router, "GET", "/groups", gives=GroupOut, many=True)
def list_groups(request: Asked) -> HttpResponse:
    """Sharing groups that the asker may see."""
    rows = SharingGroup.objects.visible_to(request.actor).prefetch_related("members")
    return listing(request, [_group(request, each) for each in rows], "")


@endpoint(router, "POST", "/groups", body=GroupBody, gives=GroupOut, status=201, headers=(HEADER,))
def create_group(request: Asked, body: GroupBody) -> HttpResponse:
    """Make a sharing group."""
    guard.needs(request, Can.DIRECTORY_READ, "create_group")
    made, before = once(request, lambda: _keep_group(request, None, body))
    return answer(request, _group(request, _found_group(request, made)), status=200 if before else 201)


@endpoint(router, "GET", "/groups/{public_id}", gives=GroupOut)
def read_group(request: Asked, public_id: str) -> HttpResponse:
    """One sharing group."""
    return answer(request, _group(request, _found_group(request, public_id)))


@endpoint(router, "PUT", "/groups/{public_id}", body=GroupBody, gives=GroupOut, headers=("If-Match",))
def change_group(request: Asked, public_id: str, body: GroupBody) -> HttpResponse:
    """Set the names and members of a sharing group. ``If-Match`` carries the ETag of what the program read."""
    require_match(request, _group(request, _found_group(request, public_id)))
    _keep_group(request, public_id, body)
    return answer(request, _group(request, _found_group(request, public_id)))


@endpoint(router, "POST", "/imports", body=ImportBody, gives=ImportOut, status=201)
def receive_import(request: Asked, body: ImportBody) -> HttpResponse:
    """Hand in a directory file; answers with the fate of every row."""
    kept = imports.receive_import(body.csv.encode(), name=body.name, actor=request.actor)
    return answer(request, _import(request, kept), status=201)


@endpoint(router, "GET", "/imports/{public_id}", gives=ImportOut)
def read_import(request: Asked, public_id: str) -> HttpResponse:
    """What a file would do now, row by row."""
    guard.needs(request, Can.ORGANISATION_IMPORT, "read_import")
    kept = DirectoryImport.objects.visible_to(request.actor).filter(public_id=public_id).first()
    if kept is None:
        raise NotFound
    return answer(request, _import(request, kept))


def _import(request: Asked, kept: DirectoryImport) -> ImportOut:
    rows, faults = imports.dry_run(kept, request.actor)
    shown = [
        ImportRowOut(
            row.line,
            row.values.get("code", ""),
            row.fate,
            list(row.changes),
            [{"path": each.path, "code": each.code} for each in row.problems],
        )
        for row in rows
    ]
    problems = [{"path": each.path, "code": each.code} for each in faults]
    return ImportOut(kept.public_id, shown, problems)


@endpoint(router, "POST", "/imports/{public_id}/apply", gives=ImportDone)
def apply_import(request: Asked, public_id: str) -> HttpResponse:
    """Apply what can be applied of a directory file."""
    return answer(request, ImportDone(**imports.apply_import(public_id, actor=request.actor)))


def _answer(request: Asked, public_id: str, *, status: int = 200) -> HttpResponse:
    return answer(request, _full(request, page.found(request.actor, public_id)), status=status)


def _full(request: Asked, found: Organisation) -> OrganisationFull:
    shown = page.organisation(request.actor, found)
    return OrganisationFull(
        organisation=shapes.organisation(found, request.actor),
        legal=shapes.legal(found),
        seats=[
            shapes.seat(
                each["seat"],
                [HolderOut(t.public_id, t.person.name, t.starts_at) for t in each["tenures"]],
                each["contacts"],
                [OpenOfferOut(o.public_id, o.invitation.name, o.invitation.expires_at) for o in each["offers"]],
            )
            for each in shown["seats"]
        ],
        networks=[shapes.network(each) for each in shown["networks"]],
    )


def _group(request: Asked, found: SharingGroup) -> GroupOut:
    visible = Organisation.objects.visible_to(request.actor)
    members = sorted(found.members.filter(pk__in=visible).values_list("code", flat=True))
    return GroupOut(found.public_id, found.name_zh, found.name_en, members)


def _found_group(request: Asked, public_id: str) -> SharingGroup:
    found = SharingGroup.objects.visible_to(request.actor).filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return found


def _keep_group(request: Asked, public_id: str | None, body: GroupBody) -> str:
    return groups.keep_group(
        public_id, name_zh=body.name_zh, name_en=body.name_en, members=body.members, actor=request.actor
    ).public_id


@endpoint(router, "GET", "/organisations/{public_id}/turns", gives=TurnOut, many=True)
def list_turns(request: Asked, public_id: str) -> HttpResponse:
    """The turns of its seats that have not ended."""
    found = page.found(request.actor, public_id)
    rows = Turn.objects.filter(seat__organisation=found, removed_at=None, ends_at__gt=clock.now())
    return listing(request, [shapes.turn(each) for each in rows.select_related("seat")[:1000]], "")


@endpoint(router, "POST", "/organisations/{public_id}/turns", body=TurnsBody, gives=TurnOut, many=True, status=201)
def keep_turns(request: Asked, public_id: str, body: TurnsBody) -> HttpResponse:
    """Keep turns: all or none. One that stands already is left alone."""
    spans = [Span(each.seat, each.kind, each.starts_at, each.ends_at, each.note) for each in body.turns]
    kept = turns.keep_turns(public_id, spans, actor=request.actor)
    return answer(request, {"items": [shapes.turn(each) for each in kept], "next": None}, status=201)


@endpoint(router, "POST", "/turns/{public_id}/remove", gives=TurnOut)
def remove_turn(request: Asked, public_id: str) -> HttpResponse:
    """Take a turn back."""
    return answer(request, shapes.turn(turns.remove_turn(public_id, actor=request.actor)))


@endpoint(router, "GET", "/organisations/{public_id}/called", gives=CalledOut, many=True)
def read_called(request: Asked, public_id: str, at: datetime | None = None) -> HttpResponse:
    """The order in which its seats would be called ``at`` a time; now where none is named."""
    found = page.found(request.actor, public_id)
    moment = at if at is not None and at.tzinfo is not None else clock.now()
    return listing(request, [shapes.called(each) for each in directory.called([found.pk], moment)], "")
