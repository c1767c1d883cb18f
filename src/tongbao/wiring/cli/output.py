"""How commands speak: one JSON document, or one JSON error."""

import sys
from typing import Any, NoReturn

import msgspec
import typer

from tongbao.kernel.refusals import Invalid, Refusal
from tongbao.kernel.settings import SettingsError


def document(value: Any) -> None:
    """Print the answer of a command."""
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(value, order="deterministic"), indent=2).decode() + "\n")


def fail(code: str, message: str, *, problems: list[dict[str, Any]] | None = None, status: int = 2) -> NoReturn:
    """Print the error of a command and end with ``status``."""
    error: dict[str, Any] = {"error": {"code": code, "message": message}}
    if problems:
        error["error"]["problems"] = problems
    sys.stderr.write(msgspec.json.encode(error, order="deterministic").decode() + "\n")
    raise typer.Exit(status)


def refused(refusal: Refusal) -> NoReturn:
    """Say a refusal of the product as an error of the command."""
    from tongbao.ui.sentences import problem_sentence, refusal_sentence

    problems = (
        [{"path": p.path, "code": p.code, "message": problem_sentence(p)} for p in refusal.problems]
        if isinstance(refusal, Invalid)
        else None
    )
    fail(refusal.code, refusal_sentence(refusal), problems=problems)


def start_django() -> None:
    """Read the settings and start Django; a wrong setting ends the command and says where it is."""
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongbao.wiring.django_settings")
    try:
        django.setup()
    except SettingsError as error:
        fail(
            "settings",
            "wrong settings",
            problems=[{"path": p.partition(":")[0], "message": p} for p in error.places],
        )
