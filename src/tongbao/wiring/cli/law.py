"""The commands about the law. They need no instance: no settings but which law applies, no database."""

from pathlib import Path

import msgspec
import typer

from tongbao.kernel.refusals import Invalid
from tongbao.profiles import difference, facts, load
from tongbao.profiles.check import ProfileError
from tongbao.profiles.model import Profile
from tongbao.wiring.cli.output import document, fail, law, places, read_file, refused

MOST_BYTES = 1024 * 1024


def classify(file: Path, profile_id: str) -> None:
    """Judge the facts in ``file``."""
    ours = law()
    try:
        raw = msgspec.json.decode(read_file(file, MOST_BYTES))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        fail("unreadable", str(error), problems=[{"path": "", "message": str(error)}])
    try:
        document(facts.judge(facts.read(raw, regime=ours.jurisdiction, profile_id=profile_id)))
    except Invalid as refusal:
        refused(refusal)


def show(profile_id: str) -> None:
    """One profile, or the list of all."""
    law()
    if profile_id:
        document(_by_id(profile_id))
        return
    names = ("id", "regime", "version", "label", "effective_from", "effective_to", "supersedes", "confidence")
    document({"profiles": [{name: getattr(each, name) for name in names} for each in load.known()]})


def check(files: list[Path]) -> None:
    """A verdict on profile files; on none of them, that those in use hold together: without that, no command runs."""
    law()
    faults = []
    for file in files:
        try:
            load.parse(file.name, read_file(file, MOST_BYTES).decode())
        except ProfileError as error:
            faults += places(error)
        except UnicodeDecodeError as error:
            faults.append({"file": file.name, "path": "", "message": f"not UTF-8: {error.reason}"})
    document({"ok": not faults, "checked": len(files) or len(load.known()), "faults": faults})
    if faults:
        raise typer.Exit(1)


def diff(before: str, after: str) -> None:
    """What two profiles say differently."""
    law()
    first, second = (_named(name) for name in (before, after))
    document({"before": first.id, "after": second.id, "differences": difference.differences(first, second)})


def _named(name: str) -> Profile:
    """A profile by id, or from a file."""
    if not name.endswith(".toml"):
        return _by_id(name)
    try:
        return load.parse(Path(name).name, read_file(Path(name), MOST_BYTES).decode())
    except (ProfileError, UnicodeDecodeError) as error:
        fail("profile", str(error), problems=places(error) if isinstance(error, ProfileError) else None)


def _by_id(profile_id: str) -> Profile:
    try:
        return load.by_id(profile_id)
    except LookupError:
        fail("profile-unknown", f"{profile_id}: known are {', '.join(each.id for each in load.known())}")
