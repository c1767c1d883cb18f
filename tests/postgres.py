"""A throw-away PostgreSQL server on a local socket, started as an unprivileged user even when we are root."""

import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import psycopg
from psycopg import sql

SPEED = (
    "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c autovacuum=off "
    "-c wal_level=minimal -c max_wal_senders=0 -c max_wal_size=4GB"
)
DURABLE = "-c fsync=on -c synchronous_commit=on"


@dataclass(frozen=True)
class Server:
    """A running server. ``home`` holds its socket and its data."""

    home: Path
    bin: Path
    who: dict[str, Any]
    options: str = ""

    def url(self, name: str) -> str:
        """The address of database ``name`` as the product's setting wants it."""
        return f"postgresql://t@/{name}?host={quote(str(self.home))}"

    def run(self, *command: str) -> None:
        subprocess.run(
            [str(self.bin / command[0]), *command[1:]],
            check=True,
            capture_output=True,
            cwd=self.home,
            **self.who,
        )

    def create(self, name: str, template: str = "template1") -> str:
        """A new database, empty or a copy of ``template``; returns its address."""
        made = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        with psycopg.connect(host=str(self.home), user="t", dbname="postgres", autocommit=True) as connection:
            connection.execute(made)
        return self.url(name)

    def dump(self, name: str, path: Path) -> None:
        """A database as statements, in a file."""
        with path.open("wb") as file:
            command = [str(self.bin / "pg_dump"), "-h", str(self.home), "-U", "t", "--no-owner", name]
            subprocess.run(command, check=True, stdout=file)

    def load(self, name: str, path: Path) -> None:
        """What ``dump`` has written, into an empty database."""
        with path.open("rb") as file:
            told = ("-h", str(self.home), "-U", "t", "-q", "-v", "ON_ERROR_STOP=1", "-d", name)
            subprocess.run([str(self.bin / "psql"), *told], check=True, stdin=file, stdout=subprocess.DEVNULL)

    def begin(self) -> None:
        self.run(
            "pg_ctl", "-D", str(self.home / "data"), "-w", "-o", self.options, "-l", str(self.home / "log"), "start"
        )

    def halt(self) -> None:
        """As if the machine had lost its power. ``begin`` starts it again."""
        self.run("pg_ctl", "-D", str(self.home / "data"), "-m", "immediate", "stop")

    def stop(self) -> None:
        self.halt()
        shutil.rmtree(self.home, ignore_errors=True)


def running(url: str) -> Server | None:
    """The server that the run has started, found by the address of one of its databases; None for no address."""
    home, programs = dict(parse_qsl(urlsplit(url).query)).get("host", ""), binaries()
    return Server(Path(home), programs, {}) if home and programs else None


def binaries() -> Path | None:
    """Where PostgreSQL's programs are, or None."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    homes = sorted(Path(os.sep, "usr", "lib", "postgresql").glob("*/bin/initdb"))
    return homes[-1].parent if homes else None


def start(options: str = SPEED) -> Server:
    """Make a cluster and start it. Raises RuntimeError when PostgreSQL is not installed."""
    programs = binaries()
    if programs is None:
        raise RuntimeError("PostgreSQL is not installed (package postgresql)")
    home = Path(tempfile.mkdtemp(prefix="tb-pg-"))
    who: dict[str, Any] = {}
    if os.geteuid() == 0:
        names = {entry.pw_name: entry for entry in pwd.getpwall()}
        entry = names.get("postgres") or names["nobody"]
        who = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
        os.chown(home, entry.pw_uid, entry.pw_gid)
    listen = f"-c listen_addresses='' -c unix_socket_directories={home} -c max_connections=200 {options}"
    server = Server(home, programs, who, listen)
    data = str(home / "data")
    server.run("initdb", "-D", data, "-U", "t", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8")
    server.begin()
    return server
