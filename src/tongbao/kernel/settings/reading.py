"""Reading the settings: the TOML file first, then the environment, which wins; every fault with its place."""

import difflib
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Struct

from tongbao.kernel.settings.checks import faults_of
from tongbao.kernel.settings.fields import Settings

PREFIX = "TONGBAO_"
NOT_SETTINGS = {"TONGBAO_CONFIG", "TONGBAO_FACE", "TONGBAO_SHARED_DATA"}
"""Variables with our prefix that are not settings: where the file is, which face a process serves."""


class SettingsError(Exception):
    """Settings that do not hold. ``places``: one line per fault, each starting with where it is."""

    def __init__(self, places: list[str]) -> None:
        super().__init__("\n".join(places))
        self.places = places


class _Found(Struct, frozen=True):
    """A value and the place it was read from. Text from the environment is converted, a file's is not."""

    place: str
    value: Any
    strict: bool = False


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Read and check the settings. Raises SettingsError naming every place that is wrong."""
    environ = os.environ if environ is None else environ
    faults: list[str] = []
    values = _from_file(environ, faults) | _from_environment(environ, faults)
    settings = _convert(values, faults)
    if settings is not None:
        if settings.demo and not settings.secret_key:
            settings = msgspec.structs.replace(settings, secret_key=_demo_key(settings.data))
        faults += faults_of(settings)
    if faults or settings is None:
        raise SettingsError(faults)
    return settings


def law_of(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings that say which law applies, for commands that need no instance; all others are the defaults.

    Raises SettingsError naming every place that is wrong.
    """
    environ = os.environ if environ is None else environ
    faults: list[str] = []
    values = _from_file(environ, faults) | _from_environment(environ, faults)
    settings = _convert({key: value for key, value in values.items() if key in _LAW}, faults)
    if settings is None:
        raise SettingsError(faults)
    return settings


_LAW = {"jurisdiction", "profiles_dir"}
type_hints = get_type_hints(Settings, include_extras=True)


def bare(name: str) -> Any:
    """The type of a setting without its notes."""
    hint = type_hints[name]
    while get_origin(hint) is Annotated:
        hint = get_args(hint)[0]
    return hint


def _from_file(environ: Mapping[str, str], faults: list[str]) -> dict[str, _Found]:
    path = environ.get("TONGBAO_CONFIG", "")
    if not path:
        return {}
    try:
        table = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:  # not TOML, not UTF-8, no path
        faults.append(f"{path}: cannot be read: {error}")
        return {}
    unknown = [key for key in table if key not in type_hints]
    faults += [f"{path}: {key}: unknown setting{_nearest(key, list(type_hints))}" for key in unknown]
    return {key: _Found(f"{path}: {key}", value, strict=True) for key, value in table.items() if key in type_hints}


def _from_environment(environ: Mapping[str, str], faults: list[str]) -> dict[str, _Found]:
    values: dict[str, _Found] = {}
    for variable, raw in environ.items():
        if not variable.startswith(PREFIX) or variable in NOT_SETTINGS:
            continue
        key = variable.removeprefix(PREFIX).lower()
        if key in type_hints:
            values[key] = _Found(variable, _shaped(key, raw))
        elif (named := key.removesuffix("_file")) != key and named in type_hints and _is_text(named):
            if PREFIX + named.upper() in environ:
                faults.append(f"{variable}: {PREFIX}{named.upper()} is set as well")
            else:
                _read_into(values, named, variable, raw, faults)
        else:
            known = [PREFIX + name.upper() for name in type_hints]
            faults.append(f"{variable}: unknown setting{_nearest(variable, known)}")
    return values


def _read_into(values: dict[str, _Found], key: str, variable: str, path: str, faults: list[str]) -> None:
    """A setting whose value lies in a file of its own."""
    try:
        values[key] = _Found(variable, _shaped(key, Path(path).read_text(encoding="utf-8").strip()))
    except (OSError, ValueError) as error:
        faults.append(f"{variable}: {path} cannot be read: {error}")


def _is_text(name: str) -> bool:
    return bare(name) in (str, tuple[str, ...])


def _shaped(key: str, raw: str) -> str | list[str]:
    """Text as it is; a list from its parts, divided by commas or line ends."""
    if bare(key) != tuple[str, ...]:
        return raw
    return [part.strip() for part in re.split(r"[,\n]", raw) if part.strip()]


def _nearest(word: str, known: list[str]) -> str:
    close = difflib.get_close_matches(word, known, 1)
    return f" (did you mean {close[0]}?)" if close else ""


def _convert(values: dict[str, _Found], faults: list[str]) -> Settings | None:
    converted: dict[str, Any] = {}
    for key, found in values.items():
        try:
            converted[key] = msgspec.convert(found.value, type_hints[key], strict=found.strict)
        except msgspec.ValidationError as error:
            faults.append(f"{found.place}: {error}")
    return None if faults else Settings(**converted)


def _demo_key(data: Path) -> str:
    """A demonstration's own key, made once and kept in its folder."""
    path = data / "secret-key"
    if not path.exists():
        data.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600, exist_ok=False)
        path.write_text(os.urandom(48).hex())
    return path.read_text().strip()
