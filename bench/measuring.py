"""How each part is measured: on which ground, by what. One result at a time."""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from bench import cap, feeds, intake, results, wire
from bench.homes import ROOT, Home, home
from bench.parts import Part, Sizes
from bench.results import Result
from tongbao.kernel import clock

Ground = Callable[[str, str, Path, Sizes], AbstractContextManager[Any]]
Work = Callable[[Any, Sizes], Any]


def measure(part: Part, database: str, data: Path, sizes: Sizes) -> Result:
    """``data``: where worlds are kept. The world of cases is made before the watch starts."""
    ground, work = HOW[part.name]
    with ground(part.name, database, data, sizes) as place:
        version, at, load, begun = results.current(), clock.now(), results.load(), time.perf_counter()
        found = work(place, sizes)
        seconds = round(time.perf_counter() - begun, 1)
        about = place.about() if isinstance(place, Home) else {}
        return Result(
            part=part.name,
            database=database,
            at=at,
            seconds=seconds,
            version=version,
            load=(load, results.load()),
            sizes=sizes,
            machine=results.machine(),
            about=about,
            found=found,
        )


@contextmanager
def _world(name: str, database: str, data: Path, sizes: Sizes) -> Iterator[Home]:
    """The world of cases, as it was made: what the part before has put in is taken out."""
    with home(database, data) as made:
        made.open(sizes["incidents"])
        yield made


@contextmanager
def _own(name: str, database: str, data: Path, sizes: Sizes) -> Iterator[Home]:
    """An empty instance, gone when all went well."""
    shutil.rmtree(data / name, ignore_errors=True)
    with home(database, data / name) as made:
        yield made
    shutil.rmtree(data / name)


@contextmanager
def _nothing(name: str, database: str, data: Path, sizes: Sizes) -> Iterator[Path]:
    """A folder, for what wants one."""
    yield data / name


@contextmanager
def _peer(name: str, database: str, data: Path, sizes: Sizes) -> Iterator[None]:
    """IntelMQ is installed."""
    feeds.prepare()
    yield None


def _alone(module: str, *arguments: object) -> Any:
    """A part that wants a process of its own: Django is not loaded, settings are the part's."""
    command = [sys.executable, "-m", f"bench.{module}", *map(str, arguments)]
    return json.loads(subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout)


def _pages(made: Home, sizes: Sizes) -> Any:
    return made.inside("pages", moment=made.world["moment"], rounds=sizes["requests"])


def _leak(made: Home, sizes: Sizes) -> Any:
    return made.inside("leak", moment=made.world["moment"], rounds=sizes["turns"])


def _intake(made: Home, sizes: Sizes) -> Any:
    return intake.measure(made, made.inside("keys")["bearer"], sizes["rounds"], sizes["reports"])


def _wire(made: Home, sizes: Sizes) -> Any:
    return wire.measure(made, made.inside("keys")["cookie"])


def _journal(made: Home, sizes: Sizes) -> Any:
    return made.inside("journal", rounds=sizes["rounds"], each=sizes["entries"])


def _law(made: Home, sizes: Sizes) -> Any:
    """On cases that are all open."""
    found = {"memory": made.inside("law_memory", rounds=sizes["rounds"], each=20_000)}
    made.inside("law_build", incidents=sizes["open"])
    return found | {"reevaluate": made.inside("law_reevaluate", rounds=2)}


def _warnings(made: Home, sizes: Sizes) -> Any:
    made.inside("warnings_build", organisations=sizes["organisations"])
    return made.inside("warnings", rounds=sizes["rounds"], receipts=sizes["receipts"])


def _mail(made: Home, sizes: Sizes) -> Any:
    """To a thousand organisations, each with an address."""
    made.inside("warnings_build", organisations=1000)
    return made.inside("mail", rounds=sizes["rounds"], each=sizes["mails"])


def _desk(made: Home, sizes: Sizes) -> Any:
    """One case of very many participants and entries, and mails that come in."""
    found = {"case": made.inside("desk_build", people=sizes["people"])}
    found["pages"] = made.inside("desk_pages", rounds=sizes["requests"])
    return found | {"mails": made.inside("desk_mails", count=sizes["letters"])}


def _alike(made: Home, sizes: Sizes) -> Any:
    found = {"world": made.inside("alike_build", incidents=sizes["incidents"])}
    return found | made.inside("alike", rounds=sizes["suggestions"])


HOW: dict[str, tuple[Ground, Work]] = {
    "pages": (_world, _pages),
    "leak": (_world, _leak),
    "intake": (_world, _intake),
    "wire": (_world, _wire),
    "journal": (_world, _journal),
    "law": (_own, _law),
    "warnings": (_own, _warnings),
    "mail": (_own, _mail),
    "desk": (_own, _desk),
    "alike": (_own, _alike),
    "cap": (_nothing, lambda _, sizes: cap.measure(sizes["rounds"], sizes["messages"])),
    "feeds": (_nothing, lambda _, sizes: feeds.alone(sizes["feed_rows"], sizes["rounds"])),
    "feeds-peer": (_peer, lambda _, sizes: feeds.beside(sizes["peer_rows"], sizes["peer_rounds"])),
    "feeds-chain": (_nothing, lambda _, sizes: _alone("feeds_chain", sizes["chain_rows"])),
    "feeds-mail": (_nothing, lambda _, sizes: _alone("feeds_mail", sizes["mailed_rows"])),
    "feeds-pages": (
        _nothing,
        lambda folder, sizes: _alone("feeds_pages", sizes["findings"], folder, sizes["requests"]),
    ),
    "feeds-lookup": (_nothing, lambda _, sizes: _alone("feeds_lookup", sizes["archived"])),
}
