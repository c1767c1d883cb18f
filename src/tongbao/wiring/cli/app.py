"""All commands."""

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.exceptions import Abort, TyperException

from tongbao import __version__
from tongbao.wiring.cli.output import document, fail, refused, speaking, start_django

app = typer.Typer(
    help="Tongbao (通報): report and notify. The working system of a security coordination office.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
audit = typer.Typer(help="The journal.", no_args_is_help=True)
app.add_typer(audit, name="audit")
profile = typer.Typer(help="The law as data.", no_args_is_help=True)
app.add_typer(profile, name="profile")
cap = typer.Typer(help="Messages of the Common Alerting Protocol.", no_args_is_help=True)
app.add_typer(cap, name="cap")


feed = typer.Typer(help="Telemetry: feeds of events, and whose they are.", no_args_is_help=True)
app.add_typer(feed, name="feed")
takedown = typer.Typer(help="Harmful sites that are to be taken down.", no_args_is_help=True)
app.add_typer(takedown, name="takedown")

imports = typer.Typer(help="What other products have exported.", no_args_is_help=True)
app.add_typer(imports, name="import")

archive = typer.Typer(help="The archive of events.", no_args_is_help=True)
app.add_typer(archive, name="archive")


class Face(StrEnum):
    ALL = "all"
    PORTAL = "portal"
    CONSOLE = "console"
    API = "api"


def main() -> None:
    """Entry point of the ``tongbao`` command. A wrong way to call it is an error like any other."""
    try:
        raise SystemExit(app(standalone_mode=False))
    except Abort:
        raise SystemExit(130) from None
    except TyperException as error:
        raise SystemExit(_misused(error)) from None


def _misused(error: Any) -> int:
    """Say how it should have been called: in full to somebody who has only typed the name."""
    said = error.format_message()
    if said.startswith("Usage:") or not said:
        error.show()
        return 2
    try:
        fail("usage", said)
    except typer.Exit as end:
        return end.exit_code


@app.callback(invoke_without_command=True)
def _root(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:  # noqa: FBT002
    if version:
        typer.echo(__version__)
        raise typer.Exit


@app.command()
def serve(
    face: Annotated[Face, typer.Option(help="Which face this process serves.")] = Face.ALL,
    workers: Annotated[int | None, typer.Option(min=0, max=16, help="Worker processes; default: the setting.")] = None,
) -> None:
    """Serve pages and API, and run the workers. Stops cleanly on Ctrl-C."""
    from tongbao.wiring.cli import serving

    raise typer.Exit(serving.serve(face.value, workers))


@app.command()
def worker() -> None:
    """Run one worker: mail, handlers, seals. Start as many as needed, on any machine with the database."""
    start_django()
    from tongbao.wiring import preparing
    from tongbao.wiring import worker as working

    if preparing.missing():
        fail("not-migrated", "the database is not at this version: run `tongbao migrate` first")
    working.run()


@app.command()
@speaking
def migrate() -> None:
    """Prepare the database and the static files for this version. Run before ``serve``, and at every upgrade."""
    start_django()
    from tongbao.wiring import preparing

    document(preparing.prepare())


@app.command()
def demo(
    serving: Annotated[bool, typer.Option("--serve/--no-serve", help="Serve it afterwards.")] = False,  # noqa: FBT002
) -> None:
    """Build the demonstration country, play the story, and say whom to be."""
    os.environ.setdefault("TONGBAO_DEMO", "true")
    from tongbao.wiring.cli import demonstration

    raise typer.Exit(demonstration.run(serve=serving))


@app.command("gateway-simulator")
def gateway_simulator(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on loopback.")] = 8026,
    back: Annotated[str, typer.Option(help="Where the product listens, for reports and replies.")] = "",
) -> None:
    """Run a gateway that sends nothing: it keeps SMS, calls and webhooks, reports, and answers for people."""
    start_django()
    from tongbao.wiring.cli import simulating

    raise typer.Exit(simulating.run(port, back))


@app.command("create-admin")
@speaking
def create_admin(
    email: Annotated[str, typer.Option(help="Address to sign in with.")],
    name: Annotated[str, typer.Option(help="Name of the person.")],
) -> None:
    """Make the office and its first administrator; prints the link that sets the password."""
    start_django()
    from tongbao.kernel.refusals import Refusal
    from tongbao.wiring import first_admin

    try:
        document(first_admin.create(email=email, name=name))
    except Refusal as refusal:
        refused(refusal)


@app.command()
@speaking
def submit(
    file: Annotated[Path, typer.Argument(help="JSON file of the submission; - for standard input.")],
    key: Annotated[str, typer.Option(help="Idempotency key: the same key and content is taken once.")] = "",
    mail: Annotated[bool, typer.Option("--mail", help="FILE is a mail (.eml), taken as one that came in.")] = False,  # noqa: FBT002
) -> None:
    """Hand in a submission from a file. Prints its receipt; of a mail, what it was taken for."""
    start_django()
    from tongbao.wiring.cli import commands

    if mail:
        commands.submit_mail(file)
    else:
        commands.submit(file, key)


@audit.command()
@speaking
def verify(
    key: Annotated[str, typer.Option(help="Public key (hex) that must have signed all seals.")] = "",
) -> None:
    """Check the whole journal against its hash chain and seals. Exit 1 names the first broken entry."""
    start_django()
    from tongbao.wiring.cli import commands

    commands.verify(key)


@app.command()
@speaking
def backup(
    file: Annotated[Path, typer.Argument(help="File to write; must not exist.")],
    passphrase_file: Annotated[
        Path | None, typer.Option(help="File with a passphrase, if no recipient is set.")
    ] = None,
) -> None:
    """Write one consistent, encrypted file: database, files, seals."""
    start_django()
    from tongbao.wiring.cli import commands

    commands.backup(file, passphrase_file)


@app.command()
@speaking
def restore(
    file: Annotated[Path, typer.Argument(help="A file that ``backup`` wrote.")],
    identity_file: Annotated[Path | None, typer.Option(help="File with the age identity (secret key).")] = None,
    passphrase_file: Annotated[Path | None, typer.Option(help="File with the passphrase.")] = None,
) -> None:
    """Restore into an empty, migrated instance (SQLite or PostgreSQL), and check the journal."""
    start_django()
    from tongbao.wiring.cli import commands

    commands.restore(file, identity_file, passphrase_file)


@app.command()
@speaking
def classify(
    file: Annotated[Path, typer.Argument(help="JSON file of the facts; - for standard input.")],
    profile_id: Annotated[str, typer.Option("--profile", help="Judge by this profile, not by the one in force.")] = "",
) -> None:
    """Say how serious an incident is and what the law requires of whom by when. Needs no instance."""
    from tongbao.wiring.cli import law

    law.classify(file, profile_id)


@profile.command()
@speaking
def show(
    profile_id: Annotated[str, typer.Argument(help="Which profile; none: the list of all.")] = "",
) -> None:
    """Print a profile as it is read, with everything that it takes over."""
    from tongbao.wiring.cli import law

    law.show(profile_id)


@profile.command()
@speaking
def check(
    files: Annotated[list[Path] | None, typer.Argument(help="Profile files (TOML); none: all that are in use.")] = None,
) -> None:
    """Check profile files. Exit 1 names every fault with its place."""
    from tongbao.wiring.cli import law

    law.check(files or [])


@profile.command()
@speaking
def diff(
    before: Annotated[str, typer.Argument(help="Profile id, or a file.")],
    after: Annotated[str, typer.Argument(help="Profile id, or a file.")],
) -> None:
    """Print what two profiles say differently, part by part."""
    from tongbao.wiring.cli import law

    law.diff(before, after)


@profile.command()
@speaking
def reevaluate(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would move, and change nothing.")] = False,  # noqa: FBT002
    lines: Annotated[int, typer.Option(min=0, help="So many cases and reports are named; all are counted.")] = 1000,
) -> None:
    """Bring open cases and waiting reports in line with the profiles as they read now. May be stopped and run again."""
    start_django()
    from tongbao.wiring.cli import reevaluation

    reevaluation.run(dry_run=dry_run, lines=lines)


@cap.command()
@speaking
def validate(
    files: Annotated[list[Path], typer.Argument(help="Messages, feeds or envelopes (XML); - for standard input.")],
    at: Annotated[str, typer.Option(help="Judge at this time (with an offset), or as `sent`; default: now.")] = "",
    profile_id: Annotated[str, typer.Option("--profile", help="Also by this national profile: twp.")] = "",
) -> None:
    """Judge CAP messages, with the place of everything that is wrong. Exit 1 when one is. Needs no instance."""
    from tongbao.wiring.cli import alerts

    alerts.validate(files, at=at, profile_id=profile_id)


@cap.command("import")
@speaking
def cap_import(
    files: Annotated[list[Path], typer.Argument(help="Messages, feeds or envelopes (XML); - for standard input.")],
) -> None:
    """Take partners' CAP messages in and hold them against the rules. Exit 1 when one cannot be acted upon."""
    start_django()
    from tongbao.wiring.cli import partners

    partners.take(files)


@feed.command("normalise")
@speaking
def feed_normalise(
    file: Annotated[Path, typer.Argument(help="File of the feed; .gz and .zip too.")],
    report: Annotated[str, typer.Option(help="Which feed; default: by the file's name.")] = "",
    observed_at: Annotated[str, typer.Option(help="When it was received (ISO 8601); default: now.")] = "",
) -> None:
    """Print the events of a file as JSON lines, in the field names of IntelMQ. Rejects and drift go to stderr."""
    from tongbao.wiring.cli import feeds

    feeds.normalise(file, report, observed_at)


@feed.command("run")
@speaking
def feed_run(
    files: Annotated[list[Path], typer.Argument(help="Files of one feed; .gz and .zip too.")],
    owners: Annotated[Path, typer.Option(help="CSV with the columns prefix and org_id.")],
    out: Annotated[Path, typer.Option(help="Folder for events, owners' rows, rejects and summary.")],
    report: Annotated[str, typer.Option(help="Which feed; default: by the first file's name.")] = "",
    observed_at: Annotated[str, typer.Option(help="When it was received (ISO 8601); default: now.")] = "",
) -> None:
    """Find the owner of every event, count each once, write a file per organisation. Exit 1: a file was damaged."""
    from tongbao.wiring.cli import feeds

    feeds.run(files, report, owners, out, observed_at)


@feed.command("list")
@speaking
def feed_list() -> None:
    """Print every feed that is known, with all its names."""
    from tongbao.wiring.cli import feeds

    feeds.listing()


@feed.command("check")
@speaking
def feed_check(
    files: Annotated[list[Path], typer.Argument(help="Feed definitions (TOML).")],
) -> None:
    """Check feed definitions. Exit 1 names every fault with its place."""
    from tongbao.wiring.cli import feeds

    feeds.check(files)


@feed.command("receive")
@speaking
def feed_receive(
    files: Annotated[list[Path], typer.Argument(help="Files of feeds; .gz, .zip and .eml too.")],
    report: Annotated[str, typer.Option(help="Which feed; default: by each file's name.")] = "",
    scope: Annotated[str, typer.Option(help="What the files cover; default: by their names.")] = "",
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Read them here, to their verdicts.")] = False,  # noqa: FBT002
) -> None:
    """Hand files of feeds to this instance. Exit 1: one was not read to its end."""
    start_django()
    from tongbao.wiring.cli import receiving

    raise typer.Exit(receiving.receive(files, report=report, scope=scope, wait=wait))


@archive.command("find")
@speaking
def archive_find(
    address: Annotated[str, typer.Option(help="Events of this address, network or name.")] = "",
    owner: Annotated[str, typer.Option(help="What this organisation (code) has had; with --spells only its own.")] = "",
    indicators: Annotated[Path | None, typer.Option(help="File with an indicator a line: which of them occur.")] = None,
    spells: Annotated[bool, typer.Option("--spells", help="When each thing was first and last seen.")] = False,  # noqa: FBT002
    first: Annotated[str, typer.Option("--from", help="First day (UTC); default: 30 days ago.")] = "",
    last: Annotated[str, typer.Option("--to", help="Last day; default: today.")] = "",
) -> None:
    """Look into the archive. Exit 1: it has nothing of this."""
    start_django()
    from tongbao.wiring.cli import archives

    archives.find(address, owner, indicators, spells=spells, first=first, last=last)


@archive.command("count")
@speaking
def archive_count(
    first: Annotated[str, typer.Option("--from", help="First day (UTC); default: 30 days ago.")] = "",
    last: Annotated[str, typer.Option("--to", help="Last day; default: today.")] = "",
) -> None:
    """Count events by day, type and sector."""
    start_django()
    from tongbao.wiring.cli import archives

    archives.count(first, last)


@archive.command("compact")
@speaking
def archive_compact() -> None:
    """Put days in order, drop what is past its time, collect what counts no more: what workers do by themselves."""
    start_django()
    from tongbao.wiring.cli import archives

    archives.compact()


@archive.command("check")
@speaking
def archive_check() -> None:
    """Hold the manifest against the files. Exit 1: one is missing or has not the events that it should have."""
    start_django()
    from tongbao.wiring.cli import archives

    archives.check()


@takedown.command("list")
@speaking
def takedown_list(
    state: Annotated[str, typer.Option(help="One state, or live: all that are not down.")] = "",
    due: Annotated[bool, typer.Option("--due/--all", help="Only those to be looked at now.")] = False,  # noqa: FBT002
) -> None:
    """Print takedowns with their links, the newest first."""
    start_django()
    from tongbao.wiring.cli import takedowns

    takedowns.listing(state=state, due=due)


@takedown.command("check")
@speaking
def takedown_check(
    takedown_id: Annotated[str, typer.Argument(help="Which takedown.")],
    verdict: Annotated[str, typer.Option(help="What the look has found: up, down or unclear.")],
    words: Annotated[str, typer.Option(help="How it was looked at.")] = "",
) -> None:
    """Record what a look at a site has found. This product opens no such site itself."""
    start_django()
    from tongbao.wiring.cli import takedowns

    takedowns.check(takedown_id, verdict=verdict, words=words)


@imports.command("cases")
@speaking
def import_cases(
    file: Annotated[Path, typer.Argument(help="The export (JSON).")],
    source: Annotated[str, typer.Option("--from", help="Which product: rtir, thehive or dfir-iris.")],
    tlp: Annotated[str, typer.Option(help="The marking of what the file does not mark more narrowly.")] = "amber",
    apply: Annotated[bool, typer.Option("--apply/--dry-run", help="Take them over.")] = False,  # noqa: FBT002
) -> None:
    """Say what would become of each case of a file; with --apply take over what can be taken over."""
    start_django()
    from tongbao.wiring.cli import casefiles

    casefiles.cases(file, product=source, label=tlp, doing=apply)
