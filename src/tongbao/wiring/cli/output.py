"""How commands speak: one JSON document, or one JSON error."""

import gc
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any, NoReturn, ParamSpec

import django
import msgspec
import typer

import tongbao
from tongbao.kernel.refusals import Invalid, Refusal
from tongbao.kernel.settings import Settings, SettingsError, law_of
from tongbao.profiles.check import ProfileError

P = ParamSpec("P")


def document(value: Any) -> None:
    """Print the answer of a command."""
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(value, order="sorted"), indent=2).decode() + "\n")


def fail(code: str, message: str, *, problems: list[dict[str, Any]] | None = None, status: int = 2) -> NoReturn:
    """Print the error of a command and end with ``status``."""
    error: dict[str, Any] = {"error": {"code": code, "message": message}}
    if problems:
        error["error"]["problems"] = problems
    sys.stderr.write(msgspec.json.encode(error, order="deterministic").decode() + "\n")
    raise typer.Exit(status)


def speaking(command: Callable[P, None]) -> Callable[P, None]:
    """Make a command that scripts use end with a JSON error and 2, whatever breaks: 1 is a verdict, not a fault."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except (typer.Exit, typer.Abort):
            raise
        except Exception as error:
            database = type(error).__module__.startswith("django.db")
            place = traceback.extract_tb(error.__traceback__)[-1]
            where = "" if database else f" ({Path(place.filename).name}:{place.lineno})"
            fail("database" if database else "fault", f"{type(error).__name__}: {error}{where}")

    return run


def refused(refusal: Refusal) -> NoReturn:
    """Say a refusal of the product as an error of the command."""
    from tongbao.ui.sentences import problem_sentence, refusal_sentence

    problems = (
        [{"path": p.path, "code": p.code, "message": problem_sentence(p)} for p in refusal.problems]
        if isinstance(refusal, Invalid)
        else None
    )
    fail(refusal.code, refusal_sentence(refusal), problems=problems)


def law() -> Settings:
    """Which law applies, for commands that need no instance: no database, no keys, sentences in English."""
    from django.conf import settings as django

    from tongbao.profiles import load

    if not django.configured:
        django.configure(USE_I18N=False)
    try:
        ours = law_of()
        load.use(ours.profiles)
        load.known()
    except SettingsError as error:
        fail("settings", "wrong settings", problems=[{"path": p.partition(":")[0], "message": p} for p in error.places])
    except ProfileError as error:
        fail("profile", "a profile does not hold together", problems=places(error))
    return ours


def places(error: ProfileError) -> list[dict[str, str]]:
    """The faults of a profile, each with its file and place."""
    found = []
    for fault in error.faults:
        file, _, rest = fault.partition(": ")
        place, _, message = rest.partition(": ")
        found.append({"file": file, "path": place if message else "", "message": message or place})
    return found


def speak_both() -> None:
    """Sentences in both languages, for commands that need no instance."""
    from django.conf import settings as django_settings

    if not django_settings.configured:
        django_settings.configure(LANGUAGE_CODE="en", LOCALE_PATHS=[Path(tongbao.__file__).parent / "locale"])
        django.setup()


def read_file(file: Path, most: int) -> bytes:
    """The content of ``file``, or of standard input for ``-``; over ``most`` bytes it ends the command."""
    try:
        raw = sys.stdin.buffer.read(most + 1) if str(file) == "-" else _at_most(file, most)
    except OSError as error:
        fail("unreadable", f"{file}: {error.strerror}")
    if len(raw) > most:
        fail("too-large", f"more than {most} bytes")
    return raw


def _at_most(file: Path, most: int) -> bytes:
    with file.open("rb") as handle:
        return handle.read(most + 1)


def read_settings() -> Settings:
    """The settings, checked as far as they can be without Django; a wrong one ends the command and says where."""
    with _placed():
        from tongbao.wiring.django_settings import TONGBAO
    return TONGBAO


def start_django() -> None:
    """Read the settings and start Django; a wrong setting ends the command and says where it is."""
    gc.set_threshold(50_000, 20, 50)  # to look for cycles after every seven hundred things takes a fifth of the start
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongbao.wiring.django_settings")
    with _placed():
        django.setup()


@contextmanager
def _placed() -> Iterator[None]:
    """Settings that do not hold become the error of the command, each with its place."""
    try:
        yield
    except SettingsError as error:
        problems = [{"path": each.partition(": ")[0], "message": each} for each in error.places]
        fail("settings", "wrong settings", problems=problems)
