"""``feed``: telemetry from files, without an instance. Events, rejects and owners' rows; no database, no settings."""

import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import typer

from tongbao.engines.telemetry import catalogue, chain, opening, owners, writing
from tongbao.engines.telemetry.model import Definition
from tongbao.kernel import clock
from tongbao.wiring.cli.output import document, fail

OURS = ("events.parquet", "rejected.jsonl", "summary.json")


def normalise(file: Path, report: str, observed_at: str) -> None:
    """Print the events of a file as JSON lines; what is no event is said on stderr, a line of JSON each."""
    _readable([file])
    feed = _feed(report, [file])
    observed, spoilt = _moment(observed_at), False
    _warn(feed, [file])
    for part in chain.read(feed, file, observed=observed):
        if isinstance(part, chain.Refused):
            _aside({"rejected": part})
            spoilt |= part.damage
        else:
            sys.stdout.buffer.writelines(writing.documents(part.events))
    sys.stdout.buffer.flush()
    if spoilt:
        raise typer.Exit(1)


def run(files: Sequence[Path], report: str, owners_file: Path, out: Path, observed_at: str) -> None:
    """Write events, owners' rows, rejects and summary of a run; exit 1 where a file could not be read to its end."""
    watch = chain.Stopwatch()
    files = opening.expanded(files)
    _readable(files)
    feed = _feed(report, files)
    known = _owners(owners_file)
    observed = _moment(observed_at)
    try:
        _clear(out)
        done = chain.Run(feed, known, out, observed=observed, watch=watch)
        _warn(feed, files)
        summary = done.over(files)
        (out / "summary.json").write_bytes(msgspec.json.format(msgspec.json.encode(summary), indent=2) + b"\n")
    except OSError as error:
        fail("unwritable", f"{error.filename or out}: {error.strerror or error}")
    document(summary)
    for name, reason in done.damaged.items():
        _aside({"damaged": {"file": name, "reason": reason}})
    if done.damaged:
        raise typer.Exit(1)


def listing() -> None:
    """Print every feed that is known."""
    document(
        [
            {
                "id": feed_id,
                "version": feed.version,
                "title": feed.title,
                "provider": catalogue.family(feed.family).provider,
                "names": [*feed.files, *dict.fromkeys([*feed.files.values(), *feed.also])],
                "rsit": feed.rsit,
                "severity": feed.severity,
                "columns": len(feed.columns),
            }
            for feed_id, feed in catalogue.feeds().items()
        ]
    )


def check(files: Sequence[Path]) -> None:
    """Check definitions; exit 1 names every fault."""
    faults = []
    for file in files:
        try:
            catalogue.parse(file.name, file.read_text(encoding="utf-8"))
        except (catalogue.FeedError, UnicodeDecodeError) as error:
            faults.append({"file": str(file), "message": str(error)})
        except OSError as error:
            fail("unreadable", f"{file}: {error.strerror}")
    document({"ok": not faults, "checked": len(files), "faults": faults})
    if faults:
        raise typer.Exit(1)


def _feed(report: str, files: Sequence[Path]) -> Definition:
    """The feed that was asked for, or else the first that a file, or a table in it, has the name of."""
    asked = [report] if report else [*(file.name for file in files), *_inside(files)]
    found = catalogue.first(asked)
    if found is None:
        fail("report-unknown", f"{report or files[0]}: no feed has this name; `tongbao feed list` shows all")
    return found


def _inside(files: Sequence[Path]) -> Iterator[str]:
    for file in files:
        yield from opening.names(file, file.name)


def _readable(files: Sequence[Path]) -> None:
    for file in files:
        try:
            file.open("rb").close()
        except OSError as error:
            fail("unreadable", f"{file}: {error.strerror}")


def _owners(file: Path) -> owners.Owners:
    try:
        return owners.read(file)
    except OSError as error:
        fail("unreadable", f"{file}: {error.strerror}")
    except UnicodeDecodeError:
        fail("unreadable", f"{file}: not UTF-8")
    except owners.OwnersError as error:
        problems = [{"path": f"{file}:{line}", "message": fault} for line, fault in error.faults[:100]]
        fail("owners", f"{file}: {len(error.faults)} lines say nothing", problems=problems)


def _moment(text: str) -> str:
    try:
        found = datetime.fromisoformat(text) if text else clock.now().replace(microsecond=0)
    except ValueError:
        fail("time", f"{text}: not a time in ISO 8601")
    return (found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)).isoformat()


def _clear(out: Path) -> None:
    """Take away what a former run left, and nothing else."""
    for name in OURS:
        (out / name).unlink(missing_ok=True)
    for file in (out / "organisations").glob("*.csv"):
        file.unlink()


def _warn(feed: Definition, files: Sequence[Path]) -> None:
    """Say which columns are new, missing or renamed."""
    for name, drift in chain.warnings(feed, files).items():
        _aside({"warning": {"code": "drift", "file": name, "feed": feed.id, "columns": drift}})


def _aside(value: object) -> None:
    sys.stderr.write(msgspec.json.encode(value).decode() + "\n")
