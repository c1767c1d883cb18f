"""What commands print, against the schemas and examples in docs/cli; and every command against its description."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema_rs
import pyrage
import pytest
import typer.main

from tests.instance import Instance
from tests.observations.feeds import NOBODY, POWER, named, ssh
from tests.outside import Outside
from tests.profiles.edited import REVIEW, edited
from tests.standards.exports import TICKET, exported
from tongbao.accounts.models import User
from tongbao.incidents.actions.submissions import submit
from tongbao.incidents.models import Submission
from tongbao.incidents.rules.intake import Draft
from tongbao.journal.models import JournalEntry
from tongbao.kernel import clock
from tongbao.parties.standing import actor_of
from tongbao.takedown import actions as takedown
from tongbao.takedown.actions import Draft as Site
from tongbao.wiring import worker
from tongbao.wiring.cli.app import app

DOCS = Path(__file__).parents[2] / "docs" / "cli"
TEXT = (DOCS / "README.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## `tongbao ([a-z -]+)`\n(.*?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL))
"""What stands under each command's heading."""

VOLATILE = {
    "check_due_at",
    *(
        "at",
        "bytes",
        "checked",
        "database",
        "file",
        "files",
        "id",
        "journal",
        "last",
        "receipt",
        "received_at",
        "reference",
        "rows",
    ),
    *("id", "set_password_at", "submission", "taken_at", "version"),
}
"""What another run, another machine or another version says otherwise."""


def masked(value: Any, key: str = "") -> Any:
    if key in VOLATILE:
        return type(value).__name__
    if isinstance(value, dict):
        return {name: masked(part, name) for name, part in value.items()}
    if isinstance(value, list):
        return [value[0], "id"] if key == "subject" else [masked(part) for part in value]
    return value


def holds(text: str, schema: str, example: str = "") -> Any:
    """One JSON document that fits its schema, and says what the example says. Returns it."""
    said = json.loads(text)
    found = json.loads((DOCS / f"{schema}.schema.json").read_text(encoding="utf-8"))
    jsonschema_rs.validator_for(found, validate_formats=True).validate(said)
    if example:
        golden = json.loads((DOCS / f"{example}.example.json").read_text(encoding="utf-8"))
        assert masked(said) == masked(golden)
    return said


def printed(done: subprocess.CompletedProcess[str], schema: str, example: str | None = "", code: int = 0) -> Any:
    """``example``: "" for the one called like the schema, None for no comparison."""
    assert (done.returncode, done.stderr) == (code, ""), done.stderr
    said = holds(done.stdout, schema, "" if example is None else example or schema)
    assert done.stdout == json.dumps(said, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    return said


def refused(done: subprocess.CompletedProcess[str], code: str, example: str = "") -> Any:
    assert (done.returncode, done.stdout) == (2, ""), done.stdout
    assert done.stderr.count("\n") == 1
    found = holds(done.stderr, "error", example)["error"]
    assert found["code"] == code, found
    return found


@pytest.mark.process
def test_it_prints_what_is_documented(
    make_instance: Callable[..., Instance], look: Callable[[Instance], Outside], tmp_path: Path
) -> None:
    """From an empty instance to a journal that somebody has changed."""
    key, identity = pyrage.x25519.Identity.generate(), tmp_path / "identity"
    about = {"TONGBAO_LANGUAGE": "en", "TONGBAO_BACKUP_RECIPIENT": str(key.to_public())}
    old, new = (make_instance("empty", **about) for _ in range(2))
    printed(old.run("migrate"), "migrate")
    printed(old.run("create-admin", "--email", "admin@office.example", "--name", "Admin"), "create-admin")
    printed(old.run("submit", "-", stdin='{"summary": "檔案伺服器遭加密"}'), "submit")
    refused(old.run("submit", "-", stdin='{"summary": "", "level": 9}'), "invalid", "error")
    printed(old.run("cap", "import", str(DOCS / "cap-validate.xml")), "cap-import")
    broken = str(DOCS / "cap-validate.wrong.xml")
    printed(old.run("cap", "import", broken), "cap-import", code=1, example=None)
    with look(old).inside():
        assert worker.write_seal() == 1
    printed(old.run("audit", "verify"), "audit-verify")
    identity.write_text(str(key))
    said = printed(old.run("backup", str(tmp_path / "backup.age")), "backup")
    restored = new.run("restore", str(tmp_path / "backup.age"), "--identity-file", str(identity))
    assert printed(restored, "restore") == said
    with look(old).inside():
        JournalEntry.objects.filter(seq=2).update(actor="user:somebody")
    printed(old.run("audit", "verify"), "audit-verify", "audit-verify.broken", code=1)


@pytest.mark.process
def test_it_brings_open_cases_in_line_with_an_edited_profile(
    make_instance: Callable[..., Instance], look: Callable[[Instance], Outside], tmp_path: Path
) -> None:
    instance = make_instance("country", TONGBAO_LANGUAGE="en", TONGBAO_PROFILES_DIR=str(tmp_path))
    with look(instance).inside(), clock.at(datetime(2027, 1, 4, 4, 0, tzinfo=UTC)):
        reporter = actor_of(User.objects.get(email="chang@sunpower.example"))
        submit(Draft(summary="檔案伺服器遭加密", level=2), key="x", door=Submission.Door.WEB, actor=reporter)
    assert json.loads(instance.run("profile", "reevaluate").stdout)["moved"] == 0
    (tmp_path / "TW-2026.toml").write_text(edited("TW-2026", REVIEW), encoding="utf-8")
    said = printed(instance.run("profile", "reevaluate", "--dry-run"), "profile-reevaluate")
    again = holds(instance.run("profile", "reevaluate").stdout, "profile-reevaluate")
    assert again == said | {"dry_run": False}
    named = holds(instance.run("profile", "reevaluate", "--lines", "0").stdout, "profile-reevaluate")
    assert (named["examined"], named["moved"], named["lines"]) == (1, 0, [])


@pytest.mark.once
@pytest.mark.process
def test_it_receives_files_of_feeds(make_instance: Callable[..., Instance], tmp_path: Path) -> None:
    instance = make_instance("country", TONGBAO_LANGUAGE="en")
    file = tmp_path / named("scan_ssh")
    file.write_bytes(ssh(POWER, NOBODY, day=clock.now().date(), hour=0))
    printed(instance.run("feed", "receive", str(file), "--wait"), "feed-receive")
    again = holds(instance.run("feed", "receive", str(file)).stdout, "feed-receive")
    assert again[0]["verdict"] == "complete"
    other = tmp_path / "unheard-of.csv"
    other.write_bytes(b"a")
    printed(instance.run("feed", "receive", str(other), "--wait"), "feed-receive", example=None, code=1)
    refused(instance.run("feed", "receive", str(other), "--report", "nothing"), "invalid")
    refused(instance.run("feed", "receive", str(tmp_path / "absent")), "unreadable")


@pytest.mark.once
@pytest.mark.process
def test_it_looks_into_the_archive(make_instance: Callable[..., Instance], tmp_path: Path) -> None:
    instance = make_instance("country", TONGBAO_LANGUAGE="en")
    today = clock.now().date()
    days = ("--from", str(today), "--to", str(today))
    refused(instance.run("archive", "find"), "usage")
    printed(instance.run("archive", "find", "--address", POWER, *days), "archive-find", example=None, code=1)
    file = tmp_path / named("scan_ssh")
    file.write_bytes(ssh(POWER, NOBODY, day=today, hour=0))
    printed(instance.run("feed", "receive", str(file), "--wait"), "feed-receive", example=None)
    found = printed(instance.run("archive", "find", "--address", POWER, *days), "archive-find", example=None)
    golden = json.loads((DOCS / "archive-find.example.json").read_text(encoding="utf-8"))
    assert set(found["rows"][0]) == set(golden["rows"][0])
    listed = tmp_path / "indicators.txt"
    listed.write_text(f"{POWER}\n192.0.2.1\n", encoding="utf-8")
    for asked in (("--owner", "SUNPOWER"), ("--indicators", str(listed)), ("--spells", "--owner", "SUNPOWER")):
        assert printed(instance.run("archive", "find", *asked, *days), "archive-find", example=None)["rows"]
    counted = printed(instance.run("archive", "count", *days), "archive-count", example=None)
    assert sum(row["events"] for row in counted["rows"]) == 2
    printed(instance.run("archive", "compact"), "archive-compact", example=None)
    assert printed(instance.run("archive", "check"), "archive-check", example=None)["sound"]
    for kept in tmp_path.glob("instance*/data/archive/*/*/*.parquet"):
        kept.unlink()
    printed(instance.run("archive", "check"), "archive-check", example=None, code=1)
    refused(instance.run("archive", "find", "--indicators", str(tmp_path / "absent")), "unreadable")


@pytest.mark.once
def test_it_lists_takedowns_and_takes_what_a_look_has_found(
    make_instance: Callable[..., Instance], look: Callable[[Instance], Outside]
) -> None:
    instance = make_instance("country", TONGBAO_LANGUAGE="en")
    with look(instance).inside():
        officer = actor_of(User.objects.get(email="lin@nco.example"))
        site = Site(places="https://login.bank-secure.example/verify", address="203.0.113.80")
        key = takedown.open_takedown(site, actor=officer).public_id
    printed(instance.run("takedown", "list", "--due"), "takedown-list")
    done = printed(instance.run("takedown", "check", key, "--verdict", "down"), "takedown-check", example=None)
    assert done["state"] == "down"
    assert holds(instance.run("takedown", "list", "--due").stdout, "takedown-list") == []
    refused(instance.run("takedown", "check", key, "--verdict", "gone"), "invalid")
    refused(instance.run("takedown", "check", "a" * 20, "--verdict", "up"), "not-found")


@pytest.mark.once
def test_it_takes_cases_over_from_other_products(make_instance: Callable[..., Instance], tmp_path: Path) -> None:
    instance, export = make_instance("country", TONGBAO_LANGUAGE="en"), tmp_path / "tickets.json"
    export.write_bytes(exported(TICKET, {"id": 8}))
    call = ("import", "cases", str(export), "--from", "rtir")
    printed(instance.run(*call), "import-cases")
    done = holds(instance.run(*call, "--apply").stdout, "import-cases")
    assert done["counts"] == {"create": 1, "same": 0, "refuse": 1}
    assert holds(instance.run(*call).stdout, "import-cases")["counts"] == {"create": 0, "same": 1, "refuse": 1}
    red = holds(instance.run(*call, "--tlp", "red").stdout, "import-cases")
    assert red["cases"][0]["fate"] == "same"
    wrong = refused(instance.run("import", "cases", str(export), "--from", "otrs", "--tlp", "pink"), "invalid")
    assert [each["path"] for each in wrong["problems"]] == ["from", "tlp"]
    refused(instance.run("import", "cases", str(tmp_path / "absent"), "--from", "rtir"), "unreadable")


def test_it_says_why_it_cannot(make_instance: Callable[..., Instance], tmp_path: Path) -> None:
    instance, bare = make_instance("empty", TONGBAO_LANGUAGE="en"), make_instance("bare")
    assert "absent" in refused(instance.run("submit", str(tmp_path / "absent")), "unreadable")["message"]
    refused(instance.run("submit", "-", stdin='{"summary": "x", "colour": "red"}'), "unreadable")
    refused(instance.run("submit", "-", stdin=" " * (1024 * 1024 + 1)), "too-large")
    wrong = refused(instance.run("create-admin", "--email", "admin", "--name", "x"), "invalid")
    assert [each["path"] for each in wrong["problems"]] == ["email"]
    refused(instance.run("backup", str(tmp_path / "x.age")), "recipient")
    refused(bare.run("audit", "verify"), "database")
    refused(instance.run("create-admin"), "usage")
    refused(instance.run("serve", "--port", "1"), "usage")
    refused(bare.run("worker"), "not-migrated")
    instance.environment |= {"TONGBAO_SMTP_PROT": "25", "TONGBAO_WORKERS": "many"}
    for command in (("serve",), ("worker",), ("migrate",), ("demo",)):
        wrong = refused(instance.run(*command), "settings")
        assert {each["path"] for each in wrong["problems"]} == {"TONGBAO_SMTP_PROT", "TONGBAO_WORKERS"}


def commands() -> dict[str, Any]:
    """Every command by its name, as typer makes it."""
    found: dict[str, Any] = {}
    for name, command in typer.main.get_command(app).commands.items():  # type: ignore[attr-defined]
        inner = getattr(command, "commands", None)
        found |= {f"{name} {each}": part for each, part in inner.items()} if inner else {name: command}
    return found


def test_it_describes_every_command_and_no_other() -> None:
    assert set(SECTIONS) == set(commands())


@pytest.mark.parametrize("name", sorted(commands()))
def test_it_describes_what_a_command_takes_and_how_it_ends(name: str) -> None:
    body = SECTIONS[name]
    for parameter in commands()[name].params:
        names = parameter.opts + parameter.secondary_opts
        if parameter.param_type_name == "argument":
            names = [parameter.name.upper()]
        assert all(f"`{each}`" in body for each in names), names
    assert re.search(r"Prints|Exit 0", body)


def test_it_ships_a_schema_and_an_example_for_each_document() -> None:
    speaking = {name for name, command in commands().items() if hasattr(command.callback.__wrapped__, "__wrapped__")}
    assert {name.replace(" ", "-") for name in speaking} | {"error"} == {
        path.name.removesuffix(".schema.json") for path in DOCS.glob("*.schema.json")
    }
    for link in re.findall(r"\(([^)]+\.json)\)", TEXT):
        assert (DOCS / link).is_file(), link
    for path in DOCS.glob("*.json"):
        assert f"({path.name})" in TEXT, f"{path.name} is not described"
    for path in DOCS.glob("*.example.json"):
        holds(path.read_text(encoding="utf-8"), path.name.split(".")[0])


@pytest.mark.process
def test_it_judges_by_the_law_without_an_instance(tmp_path: Path) -> None:
    """Nothing is set and nothing is installed but the product."""

    def run(*arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        bare = {"PATH": "/usr/bin", "PYTHONPATH": str(Path(__file__).parents[2] / "src")}
        command = [sys.executable, "-m", "tongbao", *arguments]
        return subprocess.run(command, input=stdin, capture_output=True, text=True, cwd=tmp_path, env=bare)

    facts = (DOCS / "classify.facts.json").read_text(encoding="utf-8")
    printed(run("classify", "-", stdin=facts), "classify")
    wrong = refused(run("classify", "-", stdin=facts.replace("availability", "speed")), "invalid")
    assert [each["path"] for each in wrong["problems"]] == ["impacts[0].dimension"]
    refused(run("classify", "-", stdin="{"), "unreadable")
    refused(run("classify", "-", "--profile", "TW-1999", stdin=facts), "invalid")
    printed(run("profile", "show"), "profile-show")
    assert holds(run("profile", "show", "TW-2026").stdout, "profile-show")["id"] == "TW-2026"
    refused(run("profile", "show", "TW-1999"), "profile-unknown")
    edited = tmp_path / "TW-2026.toml"
    shipped = (Path(__file__).parents[2] / "src/tongbao/profiles/data/TW-2026.toml").read_text(encoding="utf-8")
    edited.write_text(shipped.replace('offset = "PT8H"', 'offset = "PT6H"'), encoding="utf-8")
    printed(run("profile", "diff", "TW-2026", str(edited)), "profile-diff")
    assert run("profile", "check", str(edited)).returncode == 0
    assert holds(run("profile", "check").stdout, "profile-check")["checked"] == 3
    broken = shipped.replace('offset = "PT8H"', 'offset = "8 hours"').replace(
        'to = "sector-ministry"', 'to = "ministry"'
    )
    edited.write_text(broken, encoding="utf-8")
    printed(run("profile", "check", str(edited)), "profile-check", "profile-check.faults", code=1)


@pytest.mark.process
def test_it_judges_messages_without_an_instance(tmp_path: Path) -> None:
    """Nothing is set and nothing is installed but the product."""

    def run(*arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        bare = {"PATH": "/usr/bin", "PYTHONPATH": str(Path(__file__).parents[2] / "src")}
        command = [sys.executable, "-m", "tongbao", "cap", "validate", *arguments]
        return subprocess.run(command, input=stdin, capture_output=True, text=True, cwd=tmp_path, env=bare)

    right, wrong = str(DOCS / "cap-validate.xml"), str(DOCS / "cap-validate.wrong.xml")
    printed(run(right, "--at", "sent", "--profile", "twp"), "cap-validate")
    printed(run(wrong, "--at", "sent"), "cap-validate", "cap-validate.wrong", code=1)
    both = printed(run(right, wrong), "cap-validate", code=1, example=None)
    assert [each["ok"] for each in both["documents"]] == [True, False]
    text = Path(right).read_text(encoding="utf-8")
    later = printed(run("-", "--at", "2027-01-01T00:00:00+08:00", stdin=text), "cap-validate", example=None)
    (message,) = later["documents"][0]["alerts"]
    assert (message["ok"], message["expired"], message["actionable"]) == (True, True, False)
    nothing = printed(run("-", stdin="<feed/>"), "cap-validate", code=1, example=None)
    assert [each["code"] for each in nothing["documents"][0]["findings"]] == ["alert-missing"]
    attack = refused(
        run(right, "-", stdin='<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'), "invalid"
    )
    assert [each["code"] for each in attack["problems"]] == ["xml-doctype"]
    assert [each["code"] for each in refused(run("-", stdin="{}"), "invalid")["problems"]] == ["xml-unreadable"]
    refused(run("-", stdin=" " * (2 * 1024 * 1024 + 1)), "too-large")
    refused(run("absent.xml"), "unreadable")
    refused(run(right, "--at", "noon"), "time")
    refused(run(right, "--at", "2026-11-23T12:00:00"), "time")
    refused(run(right, "--profile", "atlantis"), "profile-unknown")
    refused(run(), "usage")
