"""The directory from a CSV file: kept as received, shown row by row, then applied or left alone."""

from typing import Any

from django.conf import settings
from django.db.models import F

from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.kernel import clock
from tongbao.kernel import text as texts
from tongbao.kernel.markings import Track
from tongbao.kernel.refusals import Conflict, Invalid, NotFound, Problem, TooLarge
from tongbao.parties import rules
from tongbao.parties.models import ContactPoint, DirectoryImport, Network, Organisation, Seat, current
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can, Role
from tongbao.policy.require import require
from tongbao.profiles import load, places

MOST_BYTES = 2 * 1024 * 1024


@verb
def receive_import(content: bytes, *, name: str, actor: Actor) -> DirectoryImport:
    """Keep an uploaded file for its dry run. Raises TooLarge, or Invalid when it is not UTF-8."""
    require(actor, Can.ORGANISATION_IMPORT)
    if len(content) > MOST_BYTES:
        raise TooLarge("too-large")
    try:
        decoded = content.decode("utf-8")
    except UnicodeDecodeError:
        raise Invalid.one("file", "text-encoding") from None
    if code := texts.fault(decoded.removeprefix("\ufeff")):
        raise Invalid.one("file", code)
    kept = DirectoryImport.objects.create(user_id=actor.account, name=texts.file_name(name), text=decoded)
    record(Event.ORGANISATION_IMPORTED, actor=actor, subject=kept, step="received")
    return kept


def dry_run(kept: DirectoryImport, actor: Actor) -> tuple[list[rules.ImportRow], list[Problem]]:
    """Every row's fate if the file were applied now, as far as ``actor`` sees the directory."""
    return rules.read_import(kept.text, _known(actor))


@verb
def apply_import(public_id: str, *, actor: Actor) -> dict[str, int]:
    """Create and update what the dry run showed; refused rows are left out. Returns counts by fate.

    A file is applied once: a second call raises Conflict.
    """
    kept = DirectoryImport.objects.select_for_update().filter(public_id=public_id, user_id=actor.account).first()
    if kept is None:
        raise NotFound
    require(actor, Can.ORGANISATION_IMPORT)
    if kept.applied_at is not None:
        raise Conflict("import-applied")
    rows, problems = dry_run(kept, actor)
    if problems:
        raise Invalid(problems)
    counts = {"create": 0, "update": 0, "same": 0, "refuse": 0}
    for row in rows:
        counts[row.fate] += 1
        if row.fate in {"create", "update"}:
            changed = _apply_row(row.values)
            event = Event.ORGANISATION_CREATED if row.fate == "create" else Event.ORGANISATION_EDITED
            record(event, actor=actor, subject=changed, refs=[kept], line=row.line)
    _apply_supervisors(rows)
    kept.applied_at = clock.now()
    kept.save(update_fields=["applied_at"])
    record(Event.ORGANISATION_IMPORTED, actor=actor, subject=kept, step="applied", counts=counts)
    return counts


def _known(actor: Actor) -> rules.Known:
    organisations: dict[str, dict[str, str]] = {}
    visible = Organisation.objects.visible_to(actor).filter(track=Track.ADMINISTRATIVE)
    for each in visible.select_related("supervisor"):
        organisations[each.code] = {
            "name_zh": each.name_zh,
            "name_en": each.name_en,
            "kind": each.kind,
            "entity_type": each.entity_type,
            "sector": each.sector,
            "subsector": each.subsector,
            "county": each.county,
            "supervisor_code": each.supervisor.code if each.supervisor else "",
        }
    _gather(
        organisations,
        "networks",
        Network.objects.filter(current(clock.now()), organisation__in=visible),
        "organisation__code",
        "value",
    )
    for kind in rules.IMPORTED_CONTACTS:
        points = ContactPoint.objects.filter(kind=kind, removed_at=None, seat__organisation__in=visible)
        _gather(organisations, f"contact_{kind}s", points, "seat__organisation__code", "address")
    profile = load.in_force(settings.TONGBAO.jurisdiction, clock.now())
    return rules.Known(
        organisations=organisations,
        kinds=frozenset(Organisation.Kind.values),
        entity_types=frozenset(each.code for each in profile.entity_types),
        sectors=frozenset(each.code for each in profile.sectors),
        counties=frozenset(places.counties(settings.TONGBAO.jurisdiction)),
        subsectors=frozenset((each.code, part.code) for each in profile.sectors for part in each.subsectors),
    )


def _gather(into: dict[str, dict[str, str]], name: str, rows: Any, code: str, value: str) -> None:
    for key, found in rows.values_list(code, value):
        into[key][name] = f"{into[key].get(name, '')}\n{found}".strip()


def _apply_row(values: dict[str, str]) -> Organisation:
    fields = ("name_zh", "name_en", "kind", "entity_type", "sector", "subsector", "county")
    given = {name: values[name] for name in fields if values.get(name)}
    rows = Organisation.objects.select_for_update().filter(code=values["code"], track=Track.ADMINISTRATIVE)
    organisation = rows.first()
    if organisation is None:
        organisation = Organisation.objects.create(code=values["code"], track=Track.ADMINISTRATIVE, **given)
    else:
        rows.update(version=F("version") + 1, **given)
    if values.get("network"):
        found = rules.network(values["network"])
        Network.objects.get_or_create(
            organisation=organisation,
            value=found.value,
            ends_at=None,
            defaults={"kind": found.kind, "first": found.first, "last": found.last, "starts_at": clock.now()},
        )
    for kind in rules.IMPORTED_CONTACTS:
        if address := values.get(f"contact_{kind}"):
            seat, _ = Seat.objects.get_or_create(
                organisation=organisation,
                title_en="Security contact",
                defaults={"title_zh": "資安聯絡人", "roles": [Role.REPORTER.value]},
            )
            ContactPoint.objects.get_or_create(
                seat=seat, kind=kind, address=rules.contact(kind, address), removed_at=None
            )
    return organisation


def _apply_supervisors(rows: list[rules.ImportRow]) -> None:
    """Last, because a row may name a supervisor that stands below it in the file."""
    administrative = Organisation.objects.filter(track=Track.ADMINISTRATIVE)
    keys = dict(administrative.values_list("code", "pk"))
    for row in rows:
        above = row.values.get("supervisor_code")
        if row.fate in {"create", "update"} and above:
            administrative.filter(code=row.values["code"]).update(supervisor_id=keys[above])
