"""The house's habits, held by tests: guards, thin views, no writes outside verbs, settings, migrations, sizes."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from django.urls import URLPattern, URLResolver, get_resolver

from tongbao.policy.can import ROLES, Can
from tongbao.policy.rules import Why
from tongbao.ui.sentences import known

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "tongbao"
FILES = sorted(path for path in SOURCE.rglob("*.py") if "migrations" not in path.parts)
VIEWS = [path for path in FILES if path.name == "views.py" or path.parent.name == "views"]
WRITES = {"create", "bulk_create", "update_or_create", "get_or_create", "bulk_update", "delete", "save", "update"}


def patterns(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for each in resolver.url_patterns:
        if isinstance(each, URLResolver):
            yield from patterns(each, prefix + str(each.pattern))
        else:
            yield prefix + str(each.pattern), each


def test_it_guards_every_page() -> None:
    """Our own views carry a guard; the sign-in library's and the API's are checked by what they answer."""
    bare = [
        address
        for address, pattern in patterns(get_resolver())
        if not address.startswith(("account/", "api/")) and getattr(pattern.callback, "guard", None) is None
    ]
    assert bare == []


@pytest.mark.django_db
def test_it_guards_every_endpoint(client: object) -> None:
    from django.test import Client

    assert isinstance(client, Client)
    paths = client.get("/api/openapi.json").json()["paths"]
    for path, methods in paths.items():
        for method in methods:
            address = path.replace("{public_id}", "a" * 20).replace("{thread}", "a" * 20).replace("{key}", "1")
            answer = getattr(client, method)(address)
            assert answer.status_code == 401, (method, address)


@pytest.mark.django_db
@pytest.mark.parametrize("module", ["portal", "console", "api"])
def test_it_serves_each_face_nothing_but_its_own(module: str) -> None:
    from importlib import import_module

    urls = import_module(f"tongbao.wiring.urls.{module}")
    resolver = URLResolver(get_resolver().pattern, urls)
    served = {address.split("/")[0] for address, _ in patterns(resolver)}
    foreign = {
        "portal": {"console", "api", "incidents", "submissions", "operations", "agreements", "releases"},
        "console": {"api", "report", "follow-up", "my", "a"},
        "api": {"console", "account", "report", "incidents", "my", "organisations"},
    }
    assert served.isdisjoint(foreign[module])


def functions(path: Path) -> Iterator[ast.FunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef):
            yield node


def body_lines(node: ast.FunctionDef) -> int:
    """Lines of code, without the docstring."""
    first = node.body[1] if ast.get_docstring(node) and len(node.body) > 1 else node.body[0]
    return (node.end_lineno or 0) - first.lineno + 1


def test_it_keeps_views_thin() -> None:
    long = [
        f"{path.relative_to(SOURCE)}:{node.name} ({body_lines(node)})"
        for path in VIEWS
        for node in functions(path)
        if not node.name.startswith("_") and node.name != "show" and body_lines(node) > 20
    ]
    assert long == []


def test_it_writes_nothing_in_views_forms_and_templates_tags() -> None:
    found = []
    for path in [*VIEWS, *(p for p in FILES if p.name == "forms.py" or p.parent.name == "templatetags")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WRITES:
                owner = ast.unparse(node.func.value)
                if "objects" in owner or owner.endswith(("_set", ".all()")):
                    found.append(f"{path.relative_to(SOURCE)}:{node.lineno}")
    assert found == []


def test_it_overrides_no_save_and_hides_no_logic_in_signals() -> None:
    for path in FILES:
        text = path.read_text(encoding="utf-8")
        if path.name == "models.py" or "models" in path.parts:
            assert "def save(" not in text, path
        if "receiver(" in text:
            assert path.name == "signals.py", path


def test_it_records_every_verb() -> None:
    """A public function in actions that is a verb, and only such, writes."""
    for path in FILES:
        if path.name == "actions.py" or path.parent.name == "actions":
            for node in functions(path):
                decorated = any(ast.unparse(each) == "verb" for each in node.decorator_list)
                if decorated:
                    assert not any(
                        isinstance(call, ast.Call) and ast.unparse(call.func).endswith(".is_verb")
                        for call in ast.walk(node)
                    )
                    assert ast.get_docstring(node), f"{path.name}:{node.name} says nothing"


def test_it_keeps_files_and_functions_small() -> None:
    sizes = sorted(len(path.read_text(encoding="utf-8").splitlines()) for path in FILES)
    lengths = sorted(body_lines(node) for path in FILES for node in functions(path))
    assert sizes[-1] <= 500
    assert sizes[int(len(sizes) * 0.9)] <= 250
    assert lengths[int(len(lengths) * 0.9)] <= 32
    assert sum(length > 60 for length in lengths) <= 0.015 * len(lengths)


MODE_READERS = {
    "operations/models.py",  # where it is stored
    "operations/rendering.py",  # prefix, CAP status, colour, instruction
    "release/gate.py",  # who may be reached at all
    "takedown/queries.py",  # time to takedown is a statistic
    "incidents/models/filings.py",  # public figures: what happened in a drill is no statistic
    "notices/speed.py",  # statistics
    "observations/figures.py",  # statistics
    "watching/totals.py",  # statistics
    "incidents/counting.py",  # statistics
}
"""Drill = real: nothing else may know."""
OTHER_MODES = {"release/rules.py", "release/steps.py"}
"""Read the mode that the gate has found, never an operation's."""
MODE_IN_TEMPLATE = re.compile(r"\{[{%][^}%]*\.mode\b")


def modes_read(tree: ast.AST) -> Iterator[int]:
    """The lines that read a ``mode``: as an attribute, as a look-up through an operation, or by its name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == "mode" and isinstance(node.ctx, ast.Load):
            yield node.lineno
        if isinstance(node, ast.keyword) and node.arg and re.search(r"(^|_)operation__mode\b", node.arg):
            yield node.value.lineno
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and re.fullmatch(r"([a-z_]+__)?operation__mode(__[a-z]+)?", node.value)
        ):
            yield node.lineno
        if isinstance(node, ast.Call) and any(
            isinstance(each, ast.Constant) and each.value == "mode" for each in node.args
        ):
            yield node.lineno


def test_it_reads_mode_only_in_renderer_gate_and_statistics() -> None:
    """Drill = real: nothing else may know."""
    readers = {
        str(path.relative_to(SOURCE)) for path in FILES if any(modes_read(ast.parse(path.read_text(encoding="utf-8"))))
    }
    assert readers - OTHER_MODES <= MODE_READERS, readers - OTHER_MODES - MODE_READERS
    pages = [path for path in SOURCE.rglob("*.html") if MODE_IN_TEMPLATE.search(path.read_text(encoding="utf-8"))]
    assert pages == []


@pytest.mark.parametrize(
    ("code", "reads"),
    [
        ("if operation.mode == 'exercise': ...", True),
        ("notice.operation.mode", True),
        ("rows.filter(operation__mode='actual')", True),
        ("rows.values_list('receipt__operation__mode')", True),
        ("getattr(operation, 'mode')", True),
        ("Operation(mode='test')", False),
        ("path.mkdir(mode=0o700)", False),
    ],
)
def test_it_sees_a_mode_that_is_read(code: str, reads: bool) -> None:
    assert any(modes_read(ast.parse(code))) is reads


def test_it_names_no_statutory_number_in_code() -> None:
    """Hours, levels and the like of the law live in profiles/data."""
    for name in ("duties.py", "concern.py"):
        tree = ast.parse((SOURCE / "incidents" / "rules" / name).read_text(encoding="utf-8"))
        numbers = {
            node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, int)
        } - {0, 1}
        assert numbers == set(), name


@pytest.mark.django_db
def test_it_misses_no_migration() -> None:
    out = StringIO()
    call_command("makemigrations", check=True, dry_run=True, stdout=out)
    assert "No changes detected" in out.getvalue()


def test_it_passes_djangos_own_checks() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "django", "check", "--deploy", "--fail-level", "WARNING"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": str(ROOT / "src"),
            "DJANGO_SETTINGS_MODULE": "tongbao.wiring.django_settings",
            "TONGBAO_SECRET_KEY": "k" * 25 + "abcdefghijklmnopqrstuvwxyz0123456789",
            "TONGBAO_PORTAL_URL": "https://report.example",
            "TONGBAO_DATA_DIR": "/tmp/tongbao-check",
        },
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_grants_every_permission_to_some_role_and_says_each_in_words() -> None:
    granted = {can for cans in ROLES.values() for can in cans}
    assert granted == set(Can)
    assert {can.value for can in Can} == known("can")
    assert {why.value for why in Why} == known("why")
    names = [can.name for can in Can]
    assert [can.value for can in Can] == sorted(can.value for can in Can), names


def test_it_names_no_machine_and_no_registry() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], capture_output=True, text=True, cwd=ROOT).stdout.split("\0")
    hosts = ["py" + "pi.org", "python" + "hosted", "registry.npm" + "js", "deb.debian" + ".org"]
    for name in filter(None, listed):
        path = ROOT / name
        if path.suffix in {".png", ".svg"} or not path.is_file():
            continue
        text = path.read_text(encoding="utf-8", errors="ignore")
        assert not any(host in text for host in hosts), name


def test_it_has_no_partial_index_that_one_database_never_uses() -> None:
    """SQLite does not see that one state is among those of a condition, and reads the whole table instead."""
    conditions = [
        (index.name, index.condition)
        for model in apps.get_models()
        if model.__module__.startswith("tongbao")
        for index in model._meta.indexes
        if index.condition is not None
    ]
    assert conditions
    assert [name for name, condition in conditions if "__in" in str(condition)] == []
