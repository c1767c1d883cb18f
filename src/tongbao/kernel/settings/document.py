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
        shown = {"": "", (): "", True: "true", False: "false"}.get(field.default, str(field.default))
        rows.append(
            f"| `{PREFIX}{field.name.upper()}` | {_type_name(field.name)} | {f'`{shown}`' if shown else ''} "
            f"| {_description(field.name)} |"
        )
    return "\n".join(rows)


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
