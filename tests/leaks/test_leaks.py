"""No way out tells a viewer of a thing that is hidden from them: the bytes are those of a world without it."""

import random
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.urls import URLPattern, URLResolver, get_resolver

import tongbao
from tests import sample
from tests.conftest import Cast
from tests.leaks import ways
from tests.leaks.sweep import Answers, Viewer, ask, undone
from tests.leaks.ways import Body, Way
from tests.leaks.world import HOLDERS, Thing, World, build
from tests.sample import Card
from tests.soak import times
from tongbao.notices.models import Delivery
from tongbao.policy.actors import ANONYMOUS
from tongbao.ui import counting, paper
from tongbao.wiring import worker
from tongbao.wiring.cli.app import app

PACKAGE = Path(tongbao.__file__).parent
VIEWERS = (
    *("anonymous", "receipt-holder", "handler", "liaison"),
    *("officer", "auditor", "admin", "reviewer"),
    *("interior", "constituent", "stranger", "org_admin"),
    *("city", "hoster", "partner", "bureau"),
)
TURNS = 8
"""``make test`` asks each way out for every hidden thing as every eighth viewer, the next day as others. On PostgreSQL
the code is the same and takes twice as long: there four viewers share a quarter of the ways out, the next day four
others the next quarter. ``make soak`` sends everybody everywhere."""


def looking() -> tuple[tuple[str, ...], int, int]:
    """Who looks in this run, which turn it is at dealing out the ways, and which part of them is dealt."""
    if connection.vendor == "sqlite":
        return VIEWERS, sample.SEED, 1
    return VIEWERS[sample.SEED % 4 :: 4], sample.SEED // 4 + sample.SEED % 4 * 4, 4


LOOKING, TURN, PART = looking()
Looks = tuple[dict[str, Way], list[Body]]
"""Where somebody looks: addresses, and the forms and documents that name what is hidden."""


def dealt(name: str, turn: int = TURN) -> Looks:
    """What this viewer is asked to try in this run."""

    def deal(cards: Iterable[Card], hands: Sequence[str]) -> list[Card]:
        return sample.dealt(cards, hands, name, among=TURNS, seed=turn, every=PART)

    holders = [each for each in LOOKING if each in HOLDERS]
    found = dict([*deal(ways.PAGES.items(), LOOKING), *deal(ways.API.items(), holders)])
    return found, [*deal(bodies(api=False), LOOKING), *deal(bodies(api=True), holders)]


def everywhere(name: str) -> Looks:
    if name in HOLDERS:
        return ways.PAGES | ways.API, ways.BODIES
    return ways.PAGES, bodies(api=False)


def bodies(*, api: bool) -> list[Body]:
    return [each for each in ways.BODIES if each.way.startswith("api:") == api]


def viewer_of(name: str, cast: Cast, world: World, looks: Looks) -> Viewer:
    if name in ("anonymous", "receipt-holder"):
        client = cast.browser()
        if name == "receipt-holder":
            session = client.session
            session["submission"] = world.held.public_id
            session.save()
            client.cookies["sessionid"] = session.session_key
        return Viewer(name, ANONYMOUS, client, "", *looks)
    return Viewer(name, getattr(cast, name), cast.browser(name), world.tokens.get(name, ""), *looks)


def sees(viewer: Viewer, world: World, thing: Thing) -> bool:
    if viewer.name == "receipt-holder" and thing.row == world.held:
        return True
    return thing.seen_by(viewer.actor)


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Views are counted elsewhere: the count on a public page would change with every look. A PDF is set from its
    document alone, which is compared instead: that takes half a second less."""
    monkeypatch.setattr(counting.views, "hit", lambda page: 0)
    monkeypatch.setattr(paper, "pdf", str.encode)


@pytest.mark.parametrize("name", LOOKING)
def test_it_tells_no_viewer_of_what_is_hidden(name: str, cast: Cast, noon: Any, quiet: None) -> None:
    """All hidden things at once, and one alone, by the ways that are this viewer's today."""
    world = build(cast)
    viewer, known = viewer_of(name, cast, world, dealt(name)), Answers()
    leaks = together(viewer, world, known)
    for thing in random.Random(f"{name} {sample.SEED}").sample(hidden(viewer, world), 1):
        leaks += alone(viewer, thing, known)
    assert not leaks, "\n".join(leaks)


@pytest.mark.soak
@pytest.mark.parametrize("name", VIEWERS)
def test_it_tells_no_viewer_of_any_hidden_thing_by_any_way(name: str, cast: Cast, noon: Any, quiet: None) -> None:
    """All at once, and each alone."""
    world = build(cast)
    viewer, known = viewer_of(name, cast, world, everywhere(name)), Answers()
    leaks = together(viewer, world, known)
    for thing in random.Random(name).sample(hidden(viewer, world), times(len(hidden(viewer, world)))):
        leaks += alone(viewer, thing, known)
    assert not leaks, "\n".join(leaks)


def test_each_way_out_is_tried_and_as_each_viewer_in_turn() -> None:
    for turn in range(TURN, TURN + TURNS):
        found = [dealt(name, turn) for name in LOOKING]
        assert {way for tried, _ in found for way in tried} == set(ways.PAGES | ways.API)
        assert all(any(body in tried for _, tried in found) for body in ways.BODIES)
    for name in LOOKING:
        turns = [dealt(name, turn) for turn in range(TURN, TURN + TURNS)]
        paths, named = everywhere(name)
        assert {way for tried, _ in turns for way in tried} == set(paths)
        assert all(any(body in tried for _, tried in turns) for body in named)


def hidden(viewer: Viewer, world: World) -> list[Thing]:
    return [thing for thing in world.things if not sees(viewer, world, thing)]


def together(viewer: Viewer, world: World, known: Answers) -> list[str]:
    """What gives any of the hidden things away when all of them are gone."""
    things = hidden(viewer, world)
    with_them = {thing.name: ask(viewer, thing, known) for thing in things}
    with undone():
        for thing in things:
            thing.erase()
        gone = Answers()
        without_them = {thing.name: ask(viewer, thing, gone) for thing in things}
    served = Counter(status for status, _, _ in known.values())
    part = len(viewer.ways) / len(everywhere(viewer.name)[0])
    assert served[200] >= round((8 if viewer.actor.signed_in else 3) * part), served
    assert served[500] == 0, served
    return [leak for thing in things for leak in differences(thing, with_them[thing.name], without_them[thing.name])]


def alone(viewer: Viewer, thing: Thing, known: Answers) -> list[str]:
    """What gives ``thing`` away to ``viewer``."""
    with_it = ask(viewer, thing, known)
    with undone():
        thing.erase()
        without_it = ask(viewer, thing)
    return differences(thing, with_it, without_it)


def differences(thing: Thing, with_it: Answers, without_it: Answers) -> list[str]:
    """What a viewer could tell the two worlds apart by."""
    assert with_it.keys() == without_it.keys(), f"{thing.name}: other things are visible without it"
    found = []
    for asked, answer in with_it.items():
        other = without_it[asked]
        if answer != other:
            found.append(f"{thing.name}: {asked.method} {asked.address} {asked.sent}: {difference(answer, other)}")
    return found


def difference(first: tuple[int, dict[str, str], bytes], second: tuple[int, dict[str, str], bytes]) -> str:
    if first[0] != second[0]:
        return f"status {first[0]} instead of {second[0]}"
    if first[1] != second[1]:
        return f"headers {first[1]} instead of {second[1]}"
    at = next((i for i, (a, b) in enumerate(zip(first[2], second[2], strict=False)) if a != b), 0)
    return f"…{first[2][max(0, at - 60) : at + 120]!r} instead of …{second[2][max(0, at - 60) : at + 120]!r}"


def names_of(patterns: list[URLPattern | URLResolver], prefix: str = "") -> set[str]:
    found: set[str] = set()
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
            found |= names_of(pattern.url_patterns, inner)
        else:
            found.add(prefix + pattern.name if pattern.name else str(pattern.pattern))
    return found


def served(urlconf: str | None = None) -> set[str]:
    return {name for name in names_of(get_resolver(urlconf).url_patterns) if not name.startswith(ways.SIGN_IN)}


def test_it_knows_every_address() -> None:
    """An address without a name is known by its pattern."""
    assert served() == set(ways.PAGES) | set(ways.API) | set(ways.ELSEWHERE)


@pytest.mark.parametrize("face", ["portal", "console", "api"])
def test_it_serves_no_address_on_one_face_only(face: str) -> None:
    """What is asked on the face that serves all is everything there is."""
    assert served(f"tongbao.wiring.urls.{face}") - set(ways.ON_ONE_FACE) < served()


def test_it_knows_every_command_mail_sweep_and_handler() -> None:
    commands = {command.name or command.callback.__name__ for command in app.registered_commands if command.callback}
    groups = {
        f"{group.name} {command.name or command.callback.__name__}"
        for group in app.registered_groups
        if group.typer_instance is not None
        for command in group.typer_instance.registered_commands
        if command.callback
    }
    assert commands | groups == ways.COMMANDS
    assert {sweep.name for sweep in worker.sweeps()} == set(ways.SWEEPS)
    assert {handler.name for handler in worker.HANDLERS} == ways.HANDLERS
    leads_to = {field.name for field in Delivery._meta.fields if field.is_relation}
    assert leads_to - {"contact"} == set(ways.MAILS)


WRITES_LETTERS = re.compile(
    r"django\.core\.mail import (?!EmailMessage$|backends)|def send_mail\(|notices\.(letter|inform)\(", re.MULTILINE
)
CALLS_OUT = re.compile(r"(from|import) (tongbao\.net|obstore)\b|^import (requests|smtplib|socket)\b", re.MULTILINE)
TALKING_TO_OURSELVES = {
    "engines/archive/places.py",  # reads addresses: the platform's own way is the quickest
    "engines/telemetry/prefixes.py",  # the same
    "engines/telemetry/readings.py",  # the same
    "jobs/loop.py",  # the name of this machine, for its heartbeat
    "notices/channels/email/transport.py",  # speaks over the connection that delivery.py has opened
    "wiring/cli/demonstration.py",  # whether the simulator's port is free
    "wiring/cli/serving.py",  # whether the port to listen on is free
}


def test_it_knows_everybody_who_writes_a_letter_or_opens_a_connection() -> None:
    """Read from the code: who uses the mail port or overrides the sign-in library's, who uses net/ or a socket."""
    code = {str(path.relative_to(PACKAGE)): path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py")}
    assert {name for name, text in code.items() if WRITES_LETTERS.search(text)} == set(ways.LETTERS)
    outside = {name for name, text in code.items() if CALLS_OUT.search(text) and not name.startswith("net/")}
    assert outside - TALKING_TO_OURSELVES == set(ways.OUTBOUND)


@pytest.mark.once
def test_it_finds_a_planted_leak(cast: Cast, noon: Any, quiet: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test itself is tested: a count over everything is caught where it stands, and nowhere else."""
    from tongbao.incidents import queries
    from tongbao.incidents.models import Incident

    world = build(cast)
    paths, named = dealt("handler")
    counting_all = {"incidents:list": ways.PAGES["incidents:list"]}
    viewer = viewer_of("handler", cast, world, (paths | counting_all, named))
    red = next(thing for thing in world.things if thing.name == "the TLP:RED case")
    assert not sees(viewer, world, red)
    monkeypatch.setattr(queries, "total", lambda rows, **_: (Incident.objects.count(), False))
    leaks = alone(viewer, red, Answers())
    assert any("/incidents/" in leak for leak in leaks)
    assert all(re.search(r"/incidents/|/triage/|/obligations/|/approvals/", leak) for leak in leaks)
