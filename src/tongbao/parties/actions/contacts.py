"""How a seat is reached: adding, verifying out of band, giving a key, quiet hours, what is told there, removing."""

import secrets
from collections.abc import Collection

from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.kernel import clock
from tongbao.kernel.checks import sound
from tongbao.kernel.refusals import Invalid, NotFound
from tongbao.parties import openpgp, rules
from tongbao.parties.models import ContactPoint, Seat
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.policy.require import require
from tongbao.profiles import load

LONGEST = 1000


@verb
def add_contact(
    seat: str, *, kind: str, address: str, language: str = "", out_of_band: bool = False, actor: Actor
) -> ContactPoint:
    """A new way to reach a seat; used only after it has been verified. A repeat changes nothing."""
    place = Seat.objects.visible_to(actor).select_for_update().filter(public_id=seat).first()
    if place is None:
        raise NotFound
    require(actor, Can.SEAT_MANAGE, place)
    if kind not in ContactPoint.Kind.values:
        raise Invalid.one("kind", "choice-unknown", value=kind[:40])
    if language not in rules.LANGUAGES:
        raise Invalid.one("language", "choice-unknown", value=language[:40])
    try:
        address = rules.contact(kind, address)
    except ValueError as error:
        raise Invalid.one("address", str(error)) from None
    held = ContactPoint.objects.filter(seat=place, kind=kind, address=address, removed_at=None).first()
    if held is not None:
        return held
    contact = ContactPoint.objects.create(
        seat=place,
        kind=kind,
        address=address,
        language=language,
        out_of_band=out_of_band,
        secret=secrets.token_hex(32) if kind == ContactPoint.Kind.WEBHOOK else "",
    )
    record(Event.CONTACT_ADDED, actor=actor, subject=contact, refs=[place], kind=kind)
    return contact


@verb
def verify_contact(public_id: str, *, how: str, actor: Actor) -> ContactPoint:
    """An officer says how the address was checked over another way. Clears an earlier fault."""
    contact = _locked(public_id, actor)
    require(actor, Can.CONTACT_VERIFY, contact.seat)
    contact.verified_how = sound("how", how, most=LONGEST)
    contact.verified_at = clock.now()
    contact.broken_at, contact.broken_reason = None, ""
    contact.save(update_fields=["verified_at", "verified_how", "broken_at", "broken_reason"])
    record(Event.CONTACT_VERIFIED, actor=actor, subject=contact, refs=[contact.seat])
    return contact


@verb
def give_key(public_id: str, *, key: str, actor: Actor) -> ContactPoint:
    """From now on what is mailed there is encrypted to this OpenPGP key; an empty one ends that.

    Refuses a key that cannot be read, has expired or cannot encrypt. A repeat changes nothing.
    """
    contact = _locked(public_id, actor)
    require(actor, Can.SEAT_MANAGE, contact.seat)
    if contact.kind != ContactPoint.Kind.EMAIL:
        raise Invalid.one("key", "openpgp-mail-only")
    try:
        found = openpgp.read(key, at=clock.now()) if key.strip() else openpgp.Key("", "", None)
    except ValueError as error:
        raise Invalid.one("key", str(error)) from None
    if (contact.pgp_fingerprint, contact.pgp_expires_at) == (found.fingerprint, found.expires_at):
        return contact
    contact.pgp_key, contact.pgp_fingerprint = found.armoured, found.fingerprint
    contact.pgp_expires_at = found.expires_at
    contact.save(update_fields=["pgp_key", "pgp_fingerprint", "pgp_expires_at"])
    record(
        Event.CONTACT_KEY_GIVEN, actor=actor, subject=contact, refs=[contact.seat], fingerprint=contact.pgp_fingerprint
    )
    return contact


@verb
def set_quiet(public_id: str, *, hours: str, actor: Actor) -> ContactPoint:
    """In these hours of the day nothing is sent there that can wait; empty ends that. A repeat changes nothing."""
    contact = _locked(public_id, actor)
    require(actor, Can.SEAT_MANAGE, contact.seat)
    try:
        quiet = rules.quiet_hours(hours)
    except ValueError as error:
        raise Invalid.one("hours", str(error)) from None
    if quiet != contact.quiet:
        contact.quiet = quiet
        contact.save(update_fields=["quiet"])
        record(Event.CONTACT_QUIET_SET, actor=actor, subject=contact, refs=[contact.seat], quiet=quiet)
    return contact


@verb
def set_feeds(public_id: str, *, types: str, least: int, actor: Actor) -> ContactPoint:
    """What of feeds is told there: these types or classes, at least so severe. No types: no rule. A repeat changes
    nothing."""
    contact = _locked(public_id, actor)
    require(actor, Can.SEAT_MANAGE, contact.seat)
    taxonomy = load.taxonomy()
    known = {each.code for each in taxonomy.classes} | {each.code for one in taxonomy.classes for each in one.types}
    try:
        feeds = rules.feeds(types, known)
    except ValueError as error:
        raise Invalid.one("types", "choice-unknown", value=str(error)[:64]) from None
    if len(feeds) > rules.LONGEST_FEEDS:
        raise Invalid.one("types", "too-long", most=rules.LONGEST_FEEDS)
    if not 0 <= least < len(rules.SEVERITIES):
        raise Invalid.one("least", "choice-unknown", value=str(least))
    least = least if feeds else 0
    if (feeds, least) != (contact.feeds, contact.feeds_from):
        contact.feeds, contact.feeds_from = feeds, least
        contact.save(update_fields=["feeds", "feeds_from"])
        record(Event.CONTACT_FEEDS_SET, actor=actor, subject=contact, refs=[contact.seat], feeds=feeds, least=least)
    return contact


@verb
def set_cases(public_id: str, *, events: Collection[str], actor: Actor) -> ContactPoint:
    """What of cases the machine there is told from now on (codes of ``rules.CASE_EVENTS``); none ends that. A repeat
    changes nothing. Raises Invalid for a contact point that is no webhook."""
    contact = _locked(public_id, actor)
    require(actor, Can.SEAT_MANAGE, contact.seat)
    if contact.kind != ContactPoint.Kind.WEBHOOK:
        raise Invalid.one("events", "webhook-only")
    if wrong := next((each for each in events if each not in rules.CASE_EVENTS), ""):
        raise Invalid.one("events", "choice-unknown", value=wrong[:40])
    cases = " ".join(each for each in rules.CASE_EVENTS if each in events)
    if cases != contact.cases:
        contact.cases_since = (contact.cases_since or clock.now()) if cases else None
        contact.cases = cases
        contact.save(update_fields=["cases", "cases_since"])
        record(Event.CONTACT_CASES_SET, actor=actor, subject=contact, refs=[contact.seat], cases=cases)
    return contact


@verb
def remove_contact(public_id: str, *, actor: Actor) -> ContactPoint:
    """Stop using an address. The row stays, for what was sent to it. A repeat changes nothing."""
    contact = _locked(public_id, actor)
    require(actor, Can.SEAT_MANAGE, contact.seat)
    if contact.removed_at is None:
        contact.removed_at = clock.now()
        contact.save(update_fields=["removed_at"])
        record(Event.CONTACT_REMOVED, actor=actor, subject=contact, refs=[contact.seat])
    return contact


def _locked(public_id: str, actor: Actor) -> ContactPoint:
    found = (
        ContactPoint.objects.select_for_update(of=("self",))
        .select_related("seat")
        .filter(public_id=public_id, seat__in=Seat.objects.visible_to(actor))
        .first()
    )
    if found is None:
        raise NotFound
    return found
