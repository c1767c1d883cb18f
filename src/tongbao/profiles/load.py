"""Reading and checking profiles; choosing the one in force at a moment."""

import tomllib
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo

import msgspec

from tongbao.profiles import durations
from tongbao.profiles.model import Profile, Taxonomy


class ProfileError(Exception):
    """A profile that does not hold together; the text starts with the place."""


def parse(name: str, text: str) -> Profile:
    """A profile from TOML. Raises ProfileError with the exact place of the first fault."""
    try:
        profile = msgspec.convert(tomllib.loads(text), Profile)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ProfileError(f"{name}: {error}") from None
    _check(name, profile)
    return profile


def _check(name: str, profile: Profile) -> None:
    """What the structs cannot say alone."""
    levels = {level.n for level in profile.levels}
    for index, duty in enumerate(profile.duties):
        place = f"{name}: duties[{index}] ({duty.code})"
        try:
            durations.check(duty.offset)
        except ValueError as error:
            raise ProfileError(f"{place}: offset: {error}") from None
        if unknown := set(duty.levels) - levels:
            raise ProfileError(f"{place}: levels: {sorted(unknown)} are not levels of this profile")
        if not duty.met_by:
            raise ProfileError(f"{place}: met_by: at least one kind of evidence is needed")
    for field in ("levels", "entity_types", "sectors"):
        codes = [getattr(each, "code", getattr(each, "n", None)) for each in getattr(profile, field)]
        if len(codes) != len(set(codes)):
            raise ProfileError(f"{name}: {field}: a code is used twice")


@cache
def shipped() -> tuple[Profile, ...]:
    """Every profile in the package, by id."""
    folder = resources.files("tongbao.profiles") / "data"
    files = sorted((each for each in folder.iterdir() if each.name.endswith(".toml")), key=lambda each: each.name)
    return tuple(parse(each.name, each.read_text(encoding="utf-8")) for each in files if each.name != "rsit.toml")


@cache
def taxonomy() -> Taxonomy:
    """The incident taxonomy."""
    file = resources.files("tongbao.profiles") / "data" / "rsit.toml"
    return msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), Taxonomy)


def by_id(profile_id: str, profiles: Iterable[Profile] | None = None) -> Profile:
    """The profile ``profile_id``. Raises LookupError."""
    for profile in shipped() if profiles is None else profiles:
        if profile.id == profile_id:
            return profile
    raise LookupError(profile_id)


def in_force(jurisdiction: str, moment: datetime, profiles: Iterable[Profile] | None = None) -> Profile:
    """The profile of ``jurisdiction`` whose period holds ``moment`` in its own zone.

    Before the first period the first profile serves. Raises LookupError when there is none at all.
    """
    known = sorted(
        (p for p in (shipped() if profiles is None else profiles) if p.id.startswith(f"{jurisdiction}-")),
        key=lambda profile: profile.effective_from,
    )
    if not known:
        raise LookupError(jurisdiction)
    chosen = known[0]
    for profile in known:
        day = moment.astimezone(ZoneInfo(profile.time_zone)).date()
        if profile.effective_from <= day and (profile.effective_to is None or day <= profile.effective_to):
            chosen = profile
    return chosen
