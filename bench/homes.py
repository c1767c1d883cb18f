"""One instance per database under ``bench/.data``: its settings, its PostgreSQL cluster, its processes."""

import json
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests import postgres
from tests.instance import Instance

ROOT = Path(__file__).parents[1]
DATA = Path(__file__).parent / ".data"
POSTGRES = (
    f"{postgres.DURABLE} -c shared_buffers=1GB -c effective_cache_size=8GB -c max_wal_size=4GB "
    "-c random_page_cost=1.1 -c jit=off"
)
"""Durable as delivered; memory and costs as anybody sets them for a server with a solid-state disk."""


class Home:
    """An instance that keeps its data between runs."""

    def __init__(self, database: str, folder: Path, url: str) -> None:
        self.database, self.folder = database, folder
        self.world: dict[str, Any] = {}
        self.instance = Instance(folder, url, TONGBAO_SECRET_KEY="for the bench only " * 3, TONGBAO_SMTP_HOST="")
        self.instance.environment["DJANGO_SETTINGS_MODULE"] = "tongbao.wiring.django_settings"

    def inside(self, part: str, **options: Any) -> Any:
        """Run one part in a process of the instance; returns what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "bench.inside", part, json.dumps(options)],
            env=self.instance.environment,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            check=True,
        )
        return json.loads(done.stdout)

    def open(self, incidents: int) -> None:
        """The world of so many cases, as it was made: made now unless a fitting one is there."""
        note = self.folder / "world.json"
        wanted = {"incidents": incidents, "made_by": self.inside("version")}
        self.world = json.loads(note.read_text()) if note.exists() else {}
        if {key: self.world.get(key) for key in wanted} == wanted:
            self.inside("refresh")
            self.inside("rewind", last=self.world["last"])
            return
        note.unlink(missing_ok=True)
        self.inside("erase")
        self.world = self.inside("build", incidents=incidents) | wanted
        note.write_text(json.dumps(self.world))

    def about(self) -> dict[str, Any]:
        """The database, and what of the world a reader wants to know."""
        said: dict[str, Any] = self.inside("about")
        if rows := self.world.get("rows"):
            said |= {"cases": self.world["incidents"], "entries": rows["incidents_logentry"]}
            said |= {"rows": sum(rows.values()), "made_in": self.world["seconds"]}
        return said


@contextmanager
def home(database: str, data: Path) -> Iterator[Home]:
    """The instance on ``sqlite`` or ``postgresql``, its cluster running."""
    folder = data / database
    folder.mkdir(parents=True, exist_ok=True)
    if database == "sqlite":
        made = Home(database, folder, "")
        try:
            yield made
        finally:
            made.instance.stop()
        return
    with _cluster(folder / "cluster") as url:
        made = Home(database, folder, url)
        try:
            yield made
        finally:
            made.instance.stop()


@contextmanager
def _cluster(folder: Path) -> Iterator[str]:
    """A cluster whose data stay in ``folder``; its socket lies on a short path. The database's address."""
    programs = postgres.binaries()
    if programs is None:
        raise SystemExit("PostgreSQL is not installed (package postgresql)")
    sockets = Path(tempfile.mkdtemp(prefix="tb-bench-"))
    who: dict[str, Any] = {}
    if os.geteuid() == 0:
        entry = pwd.getpwnam("postgres")
        who = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
        folder.mkdir(exist_ok=True)
        for each in (folder, sockets):
            os.chown(each, entry.pw_uid, entry.pw_gid)
    server, data = postgres.Server(sockets, programs, who), str(folder / "data")
    new = not (folder / "data").exists()
    if new:
        server.run("initdb", "-D", data, "-U", "t", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
    listen = f"-c listen_addresses='' -c unix_socket_directories={sockets} {POSTGRES}"
    server.run("pg_ctl", "-D", data, "-w", "-t", "120", "-o", listen, "-l", str(folder / "log"), "start")
    try:
        yield server.create("tongbao") if new else server.url("tongbao")
    finally:
        server.run("pg_ctl", "-D", data, "-m", "fast", "-w", "-t", "120", "stop")
        shutil.rmtree(sockets, ignore_errors=True)
