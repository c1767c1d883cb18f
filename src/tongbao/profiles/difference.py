"""What two profiles say differently, part by part."""

from collections.abc import Iterator, Sequence
from typing import Any, Literal

import msgspec
from msgspec import Struct

from tongbao.profiles.model import Profile

_BESIDE = {"id", "version", "inherited", "supersedes"}
_KEYS = (("code", "variant"), ("dimension", "object"), ("when",))


class Difference(Struct, frozen=True):
    """One part. ``path``: sections and codes down to it; ``before`` and ``after`` as plain values, None if absent."""

    path: str
    kind: Literal["added", "removed", "changed"]
    before: Any
    after: Any


def differences(before: Profile, after: Profile) -> list[Difference]:
    """Every part that differs, in the order of the sections."""
    return list(_walk("", _plain(before), _plain(after)))


def _plain(profile: Profile) -> dict[str, Any]:
    raw: dict[str, Any] = msgspec.to_builtins(profile)
    return {key: value for key, value in raw.items() if key not in _BESIDE}


def _walk(path: str, before: Any, after: Any) -> Iterator[Difference]:
    if before == after:
        return
    if isinstance(before, tuple | list) and isinstance(after, tuple | list) and _keyed(before) and _keyed(after):
        before, after = _by_key(before), _by_key(after)
    if isinstance(before, dict) and isinstance(after, dict):
        for key in dict.fromkeys((*before, *after)):
            place = f"{path}.{key}".lstrip(".")
            if key not in before:
                yield Difference(place, "added", None, after[key])
            elif key not in after:
                yield Difference(place, "removed", before[key], None)
            else:
                yield from _walk(place, before[key], after[key])
        return
    yield Difference(path, "changed", before, after)


def _key(item: Any) -> str:
    """What names a part among its like; empty for a part without a name."""
    if not isinstance(item, dict):
        return ""
    return next(("/".join(str(item[k]) for k in keys if item.get(k)) for keys in _KEYS if keys[0] in item), "")


def _keyed(items: Sequence[Any]) -> bool:
    return bool(items) and all(map(_key, items))


def _by_key(items: Sequence[Any]) -> dict[str, Any]:
    return {_key(each): each for each in items}
