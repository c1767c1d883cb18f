"""The settings as a table for people: docs/configuration.md, which a test compares."""

from typing import Literal, get_args, get_origin

import msgspec
from msgspec import Meta

from tongbao.kernel.settings.fields import Settings
from tongbao.kernel.settings.reading import PREFIX, bare, type_hints


def as_markdown() -> str:
    """The table of docs/configuration.md."""
    rows = ["| variable | type | default | meaning |", "|---|---|---|---|"]
    for field in msgspec.structs.fields(Settings):
        default = f"`{_shown(field.default)}`" if field.default not in ("", ()) else ""
        rows.append(
            f"| `{PREFIX}{field.name.upper()}` | {_type_name(field.name)} | {default} | {_description(field.name)} |"
        )
    return "\n".join(rows)


def _shown(default: object) -> str:
    return str(default).lower() if isinstance(default, bool) else str(default)


def _type_name(name: str) -> str:
    kind = bare(name)
    if get_origin(kind) is Literal:
        return " or ".join(f"`{choice}`" for choice in get_args(kind))
    return {bool: "true or false", int: "number", str: "text"}.get(kind, "list, comma-separated")


def _description(name: str) -> str:
    return next(
        (meta.description for meta in get_args(type_hints[name])[1:] if isinstance(meta, Meta) and meta.description),
        "",
    )
