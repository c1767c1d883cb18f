"""Creating, editing, enrolling organisations; marking one compromised."""

from django.conf import settings
from msgspec import Struct

from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.kernel import clock
from tongbao.kernel.checks import faults, sound
from tongbao.kernel.markings import Track
from tongbao.kernel.refusals import Conflict, Invalid, NotFound, Problem
from tongbao.parties import legal, rules, steps
from tongbao.parties.models import Coverage, Offer, Organisation
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.policy.require import require
from tongbao.profiles import load, places

LONGEST, SHORTEST_CHECK = 2000, 10


class OrganisationDraft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a form, the API or an import says of an organisation."""

    code: str
    name_zh: str
    name_en: str
    kind: str
    entity_type: str = ""
    sector: str = ""
    subsector: str = ""
    county: str = ""
    """Code of the county where it is, or empty."""
    supervisor: str = ""
    """Code of the supervising organisation, or empty."""
    track: int = Track.ADMINISTRATIVE


@verb
def create_organisation(draft: OrganisationDraft, *, actor: Actor) -> Organisation:
    """A new organisation. Raises Invalid when the draft does not hold."""
    require(actor, Can.ORGANISATION_EDIT)
    _only_office(actor)
    organisation = Organisation()
    _fill(organisation, draft, actor)
    organisation.save(force_insert=True)
    record(Event.ORGANISATION_CREATED, actor=actor, subject=organisation)
    return organisation


@verb
def edit_organisation(public_id: str, draft: OrganisationDraft, *, version: int, actor: Actor) -> Organisation:
    """Change an organisation. Its own administrator may change the names; the office everything.

    Raises Conflict when somebody else changed it since ``version``.
    """
    organisation = _locked(public_id, actor)
    require(actor, Can.ORGANISATION_EDIT, organisation)
    if organisation.version != version:
        raise Conflict("changed-meanwhile")
    before = _values(organisation)
    if actor.office or actor.system:
        _fill(organisation, draft, actor)
    else:
        organisation.name_zh, organisation.name_en = draft.name_zh.strip(), draft.name_en.strip()
        _check_names(organisation)
    changed = sorted(name for name, value in _values(organisation).items() if before[name] != value)
    if changed:
        organisation.version += 1
        organisation.save()
        record(Event.ORGANISATION_EDITED, actor=actor, subject=organisation, changed=changed)
    return organisation


@verb
def place_under_law(
    public_id: str, *, responsibility_level: str, coverages: dict[str, str], version: int, actor: Actor
) -> Organisation:
    """Say how the law stands to an organisation: its responsibility level (empty: none), and what it is under each
    further regime (one that is left out does not cover it). A repeat changes nothing.

    Raises Invalid for what the profiles do not know, Conflict when somebody else changed it since ``version``.
    """
    organisation = _locked(public_id, actor)
    require(actor, Can.ORGANISATION_ENROL, organisation)
    if organisation.version != version:
        raise Conflict("changed-meanwhile")
    wanted = {regime: code for regime, code in coverages.items() if code}
    legal.check(responsibility_level, wanted)
    held = dict(organisation.coverages.values_list("regime", "entity_type"))
    changed = ["coverages"] if held != wanted else []
    if organisation.responsibility_level != responsibility_level:
        changed.append("responsibility_level")
    if not changed:
        return organisation
    organisation.coverages.all().delete()
    Coverage.objects.bulk_create(
        Coverage(organisation=organisation, regime=regime, entity_type=code) for regime, code in sorted(wanted.items())
    )
    organisation.responsibility_level = responsibility_level
    organisation.version += 1
    organisation.save(update_fields=["responsibility_level", "version"])
    record(Event.ORGANISATION_EDITED, actor=actor, subject=organisation, changed=changed)
    return organisation


@verb
def enrol_organisation(public_id: str, *, check: str, actor: Actor) -> Organisation:
    """Admit an organisation. ``check`` says how its first administrator was verified out of band.

    A second call changes nothing.
    """
    organisation = _locked(public_id, actor)
    require(actor, Can.ORGANISATION_ENROL, organisation)
    made = sound("check", check, most=LONGEST)
    if len(made) < SHORTEST_CHECK:
        raise Invalid.one("check", "enrolment-check")
    if organisation.enrolled_at is None:
        organisation.enrolled_at, organisation.enrolment_check = clock.now(), made
        organisation.save(update_fields=["enrolled_at", "enrolment_check"])
        record(Event.ORGANISATION_ENROLLED, actor=actor, subject=organisation)
    return organisation


@verb
def mark_compromised(public_id: str, *, compromised: bool, reason: str, actor: Actor) -> Organisation:
    """Say that an organisation's own systems can no longer be trusted, or that they can again.

    While marked, nothing goes to its e-mail addresses but out-of-band ones, and no password is reset by mail. What
    went there before may have been read: open offers of its seats stop working for good.
    """
    organisation = _locked(public_id, actor)
    require(actor, Can.ORGANISATION_COMPROMISED, organisation)
    why = sound("reason", reason, most=LONGEST)
    if (organisation.compromised_at is not None) != compromised:
        organisation.compromised_at = clock.now() if compromised else None
        organisation.compromised_reason = why if compromised else ""
        organisation.save(update_fields=["compromised_at", "compromised_reason"])
        record(Event.ORGANISATION_COMPROMISED, actor=actor, subject=organisation, compromised=compromised)
        if compromised:
            steps.withdraw(Offer.objects.open().filter(seat__organisation=organisation), actor=actor)
    return organisation


def _locked(public_id: str, actor: Actor) -> Organisation:
    found = Organisation.objects.visible_to(actor).select_for_update().filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return found


def _only_office(actor: Actor) -> None:
    """Only the office adds organisations: an administrator of another organisation edits its own."""
    require(actor, Can.ORGANISATION_ENROL)


def _values(organisation: Organisation) -> dict[str, object]:
    names = ("code", "name_zh", "name_en", "kind", "entity_type", "sector", "subsector", "county")
    return {name: getattr(organisation, name) for name in (*names, "supervisor_id", "track")}


def _fill(organisation: Organisation, draft: OrganisationDraft, actor: Actor) -> None:
    known_as = organisation.code or draft.code.strip()
    organisation.code = draft.code.strip()
    organisation.name_zh, organisation.name_en = draft.name_zh.strip(), draft.name_en.strip()
    organisation.kind, organisation.entity_type = draft.kind, draft.entity_type
    organisation.sector, organisation.subsector = draft.sector, draft.subsector
    organisation.county, organisation.track = draft.county, draft.track
    organisation.supervisor = _supervisor(known_as, organisation, draft.supervisor, actor)
    _check_names(organisation)
    law = load.in_force(settings.TONGBAO.jurisdiction, clock.now())
    choices = {
        "kind": set(Organisation.Kind.values),
        "entity_type": {"", *(each.code for each in law.entity_types)},
        "sector": {"", *(each.code for each in law.sectors)},
        "subsector": {"", *law.subsectors(organisation.sector)},
        "county": {"", *places.counties(settings.TONGBAO.jurisdiction)},
    }
    for name, known in choices.items():
        if (value := getattr(organisation, name)) not in known:
            raise Invalid.one(name, "choice-unknown", value=value[:40])
    if organisation.track not in actor.tracks:
        raise Invalid.one("track", "choice-unknown", value=str(organisation.track))
    same = Organisation.objects.filter(code=organisation.code, track=organisation.track)
    if same.exclude(pk=organisation.pk).exists():
        raise Invalid.one("code", "code-taken")


def _check_names(organisation: Organisation) -> None:
    problems: list[Problem] = []
    for name in ("code", "name_zh", "name_en"):
        problems += faults(name, getattr(organisation, name), most=rules.LENGTHS[name])
    problems += faults("subsector", organisation.subsector, most=rules.LENGTHS["subsector"], needed=False)
    if problems:
        raise Invalid(problems)


def _supervisor(code: str, organisation: Organisation, supervisor: str, actor: Actor) -> Organisation | None:
    """The supervising organisation by its number. One that the actor does not see stays when none is named."""
    if not supervisor:
        return organisation.supervisor if organisation.supervisor_shown(actor) is None else None
    known = Organisation.objects.visible_to(actor)
    found = known.filter(code=supervisor).order_by("track").first()
    if found is None:
        raise Invalid.one("supervisor", "supervisor-unknown")
    above = dict(known.exclude(supervisor=None).values_list("code", "supervisor__code"))
    if rules.supervision_loops(code, supervisor, above):
        raise Invalid.one("supervisor", "supervision-loops")
    return found
