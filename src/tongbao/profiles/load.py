"""Reading profiles; choosing the one in force at a moment."""

import tomllib
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from tongbao.profiles import check
from tongbao.profiles.check import ProfileError
from tongbao.profiles.model import Profile, Taxonomy

LARGEST = 1024 * 1024
_OWN = {"id", "version", "label", "confidence", "effective_from", "effective_to", "supersedes", "sources", "inherited"}
"""Keys that a profile never takes over from the one it supersedes."""
_state: dict[str, Path] = {}


def use(folder: Path | None) -> None:
    """Read the office's own profiles from ``folder`` too; one with the id of a shipped profile replaces it."""
    _state.pop("folder", None)
    if folder is not None:
        _state["folder"] = folder
    known.cache_clear()


def parse(name: str, text: str, others: Mapping[str, str] | None = None) -> Profile:
    """A profile from TOML. ``others``: texts by profile id that it may take sections over from.

    Raises ProfileError with the exact place of every fault.
    """
    raw, inherited = _merged(name, text, others if others is not None else _texts())
    try:
        profile = msgspec.convert(raw | {"inherited": sorted(inherited)}, Profile)
    except msgspec.ValidationError as error:
        message, _, place = str(error).partition(" - at `$")
        raise ProfileError([f"{name}: {place.rstrip('`').removeprefix('.') or 'profile'}: {message}"]) from None
    check.check(name, profile)
    return profile


def _merged(name: str, text: str, others: Mapping[str, str], depth: int = 0) -> tuple[dict[str, Any], set[str]]:
    """The tables of ``text`` with those taken over, and the names of these."""
    if len(text) > LARGEST:
        raise ProfileError([f"{name}: larger than {LARGEST} characters"])
    try:
        raw = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ProfileError([f"{name}: {error}"]) from None
    before = raw.get("supersedes")
    if not before:
        return raw, set()
    if not isinstance(before, str) or before not in others or before == raw.get("id") or depth > 8:
        raise ProfileError([f"{name}: supersedes: {before!r} is not a profile that can be superseded"])
    older, _ = _merged(f"{before}.toml", others[before], others, depth + 1)
    inherited = {key for key in older if key not in raw and key not in _OWN}
    return {key: _as_read(older[key], _replaced(raw)) for key in inherited} | raw, inherited


def _replaced(raw: dict[str, Any]) -> dict[str, str]:
    """The sources that took another's place, by code: which one that was."""
    sources = raw.get("sources")
    rows = [each for each in sources if isinstance(each, dict)] if isinstance(sources, list) else []
    return {str(each.get("code")): each["was"] for each in rows if each.get("was")}


def _as_read(part: Any, was: Mapping[str, str]) -> Any:
    """A part that is taken over: what was read in a text that has been replaced is cited from that text, unverified."""
    if isinstance(part, list):
        return [_as_read(each, was) for each in part]
    if not isinstance(part, dict):
        return part
    found = {key: _as_read(each, was) for key, each in part.items()}
    if isinstance(source := found.get("source"), str) and source in was:
        verified = found.get("confidence") == "verified"
        found |= {"source": was[source]} | ({"confidence": "unverified"} if verified else {})
    return found


def _texts() -> dict[str, str]:
    """The text of every profile by id: those shipped, and the office's own."""
    folder = resources.files("tongbao.profiles") / "data"
    files = {each.name: each.read_text(encoding="utf-8") for each in folder.iterdir() if each.name.endswith(".toml")}
    if own := _state.get("folder"):
        files |= {path.name: path.read_text(encoding="utf-8") for path in sorted(own.glob("*.toml"))}
    return {name.removesuffix(".toml"): text for name, text in sorted(files.items()) if name != "rsit.toml"}


@cache
def known() -> tuple[Profile, ...]:
    """Every profile, by id. Raises ProfileError for the first that does not hold together."""
    texts = _texts()
    return tuple(parse(f"{name}.toml", text, texts) for name, text in texts.items())


@cache
def taxonomy() -> Taxonomy:
    """The incident taxonomy."""
    file = resources.files("tongbao.profiles") / "data" / "rsit.toml"
    return msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), Taxonomy)


def by_id(profile_id: str, profiles: Iterable[Profile] | None = None) -> Profile:
    """The profile ``profile_id``. Raises LookupError."""
    for profile in known() if profiles is None else profiles:
        if profile.id == profile_id:
            return profile
    raise LookupError(profile_id)


def of_regime(regime: str, profiles: Iterable[Profile] | None = None) -> list[Profile]:
    """The profiles of one regime, the earliest first."""
    found = [profile for profile in (known() if profiles is None else profiles) if profile.regime == regime]
    return sorted(found, key=lambda profile: profile.effective_from)


def regimes() -> list[str]:
    """Every regime that there is a profile for."""
    return sorted({profile.regime for profile in known()})


def in_force(regime: str, moment: datetime, profiles: Iterable[Profile] | None = None) -> Profile:
    """The profile of ``regime`` whose period holds ``moment`` in its own zone.

    Before the first period the first profile serves (:func:`governs` tells). Raises LookupError when the regime
    has none at all.
    """
    candidates = of_regime(regime, profiles)
    if not candidates:
        raise LookupError(regime)
    chosen = candidates[0]
    for profile in candidates:
        day = moment.astimezone(ZoneInfo(profile.time_zone)).date()
        if profile.effective_from <= day and (profile.effective_to is None or day <= profile.effective_to):
            chosen = profile
    return chosen


def governs(profile: Profile, moment: datetime) -> bool:
    """Whether ``moment`` does not lie before the first day of ``profile``, in its zone."""
    return moment.astimezone(ZoneInfo(profile.time_zone)).date() >= profile.effective_from
