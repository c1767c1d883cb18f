"""A real instance of the product in processes of its own: migrated, filled, served, with a mail server to look into."""

import email
import email.policy
import fcntl
import hashlib
import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from itertools import count
from pathlib import Path
from typing import Any

import requests
from aiosmtpd.controller import Controller

from tests.postgres import Server
from tongbao.wiring.demo.mailbox import Keeper

PASSWORD = "correct horse battery"
ROOT = Path(__file__).parents[1]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


class Instance:
    """Settings in the environment, processes started on demand, stopped at the end."""

    def __init__(self, home: Path, database_url: str = "", **settings: str) -> None:
        self.home = home
        self.port, self.mail_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.mail = home / "mail"
        self.environment = {
            **{
                name: value
                for name, value in os.environ.items()
                if not name.startswith(("TONGBAO_", "DJANGO_", "PYTEST_", "PYTHON"))
            },
            "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}",
            "TONGBAO_DATA_DIR": str(home / "data"),
            "TONGBAO_SECRET_KEY": secrets.token_hex(40),
            "TONGBAO_LISTEN": f"127.0.0.1:{self.port}",
            "TONGBAO_PORTAL_URL": self.url,
            "TONGBAO_SMTP_HOST": "127.0.0.1",
            "TONGBAO_SMTP_PORT": str(self.mail_port),
            "TONGBAO_SMTP_SECURITY": "none",
            "TONGBAO_MAIL_FROM": "tongbao@nco.example",
            **({"TONGBAO_DATABASE_URL": database_url} if database_url else {}),
            **settings,
        }
        self.processes: list[subprocess.Popen[bytes]] = []
        self.sink: Controller | None = None

    def run(self, *command: str, stdin: str = "", within: float = 120) -> subprocess.CompletedProcess[str]:
        """One command of the product, to its end, which comes within these seconds."""
        return subprocess.run(
            [sys.executable, "-m", "tongbao", *command],
            env=self.environment,
            cwd=self.home,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=within,
        )

    def build(self) -> None:
        """Migrate and fill with the demonstration country."""
        done = subprocess.run(
            [sys.executable, "-m", "tests.build", PASSWORD],
            env=self.environment,
            cwd=self.home,
            capture_output=True,
            text=True,
            timeout=600,
        )
        assert done.returncode == 0, done.stderr

    def start(self, *command: str, module: str = "tongbao") -> subprocess.Popen[bytes]:
        """A process of the product that goes on."""
        with (self.home / "out.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", module, *command],
                env=self.environment,
                cwd=self.home,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.processes.append(process)
        return process

    def serve(self, *options: str) -> subprocess.Popen[bytes]:
        """``serve``, until it answers."""
        process = self.start("serve", *options)
        for _ in range(300):
            try:
                requests.get(f"{self.url}/preferences/", timeout=2)
            except requests.RequestException:
                assert process.poll() is None, self.said()
                time.sleep(0.1)
            else:
                return process
        raise AssertionError(self.said())

    def said(self) -> str:
        """What the processes that go on have written."""
        return (self.home / "out.log").read_text()

    def take_mail(self, handler: Any = None) -> Controller:
        """A mail server that keeps what it gets."""
        handler = handler or Keeper(self.mail)
        self.sink = Controller(handler, hostname="127.0.0.1", port=self.mail_port)
        self.sink.start()
        return self.sink

    def letters(self, to: str = "") -> list[EmailMessage]:
        """The mails that arrived, in order."""
        found = []
        for path in sorted(self.mail.glob(f"*{to}.eml")):
            message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            assert isinstance(message, EmailMessage)
            found.append(message)
        return found

    def wait_for_letter(self, to: str, seconds: float = 20) -> EmailMessage:
        """The newest mail to ``to``, when it has come."""
        for _ in range(int(seconds * 10)):
            if found := self.letters(to):
                return found[-1]
            time.sleep(0.1)
        raise AssertionError(f"no mail to {to}: {(self.home / 'out.log').read_text()[-3000:]}")

    def stop(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.terminate()
        for process in self.processes:
            try:
                process.wait(25)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self.sink is not None:
            self.sink.stop()


def link_in(letter: EmailMessage) -> str:
    """The signed link in a mail."""
    found = re.search(r"https?://\S+/a/\S+", letter.get_content())
    assert found is not None, letter.get_content()
    return found.group(0)


def error(done: subprocess.CompletedProcess[str]) -> Any:
    """The error that a command ended with: one JSON document on stderr, nothing on stdout."""
    assert (done.returncode, done.stdout) == (2, ""), done.stdout + done.stderr
    return json.loads(done.stderr)["error"]


def document(done: subprocess.CompletedProcess[str]) -> Any:
    """What a command printed on stdout."""
    return json.loads(done.stdout)


class Instances:
    """Instances for one test run: each is copied from a template that the first who needs it makes, once.

    ``root`` is shared by all processes of the run. ``server`` None: SQLite.
    """

    def __init__(self, root: Path, server: Server | None) -> None:
        self.root = root
        self.server = server
        self.numbers = count()

    def bare(self, home: Path, **settings: str) -> Instance:
        """Settings and a database without tables."""
        return Instance(home, self._database(home), **settings)

    def empty(self, home: Path, **settings: str) -> Instance:
        """Migrated, nobody in it."""
        return self._copy("empty", home, settings)

    def country(self, home: Path, **settings: str) -> Instance:
        """With the demonstration country; everybody signs in with ``PASSWORD``."""
        return self._copy("country", home, settings)

    def address(self) -> str:
        """The database to copy on the server: tables and nobody in them."""
        assert self.server is not None
        self._template("empty")
        return self.server.url("template_empty")

    def database(self, file: Path, name: str) -> str:
        """Tables and nobody in them: at ``file``, or on the server as ``name``. Returns what it is called there."""
        template = self._template("empty")
        if self.server is None:
            shutil.copy(template / "data" / "tongbao.sqlite3", file)
            return str(file)
        self.server.create(name, "template_empty")
        return name

    def _copy(self, name: str, home: Path, settings: dict[str, str]) -> Instance:
        template = self._template(name)
        shutil.copytree(template / "data", home / "data")
        return Instance(home, self._database(home, f"template_{name}"), **settings)

    def _template(self, name: str) -> Path:
        folder = self.root / f"template-{name}"
        empty = self._template("empty") if name == "country" else None
        with _alone(self.root / "templates.lock"):
            if not (folder / "ready").exists():
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir(parents=True)
                source = "template1" if empty is None else "template_empty"
                database = "" if self.server is None else self.server.create(f"template_{name}", source)
                made = Instance(folder, database)
                if empty is None:
                    self._migrate(made)
                else:
                    shutil.copytree(empty / "data", folder / "data")
                    made.build()
                (folder / "ready").touch()
        return folder

    def _migrate(self, made: Instance) -> None:
        """Bring the tables, from where an earlier run has kept them: to make them takes half a minute."""
        kept = _kept("sqlite3" if self.server is None else "sql")
        file = made.home / "data" / "tongbao.sqlite3"
        if kept.exists() and self.server is None:
            file.parent.mkdir()
            shutil.copy(kept, file)
        elif kept.exists() and self.server is not None:
            self.server.load("template_empty", kept)
        done = made.run("migrate", within=600)
        assert done.returncode == 0, done.stderr
        if not kept.exists():
            kept.parent.mkdir(parents=True, exist_ok=True)
            fresh = kept.with_name(str(os.getpid()))
            if self.server is None:
                shutil.copy(file, fresh)
            else:
                self.server.dump("template_empty", fresh)
            for former in kept.parent.glob(f"*{kept.suffix}"):
                former.unlink(missing_ok=True)
            fresh.rename(kept)

    def _database(self, home: Path, template: str = "template1") -> str:
        if self.server is None:
            return ""
        worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
        return self.server.create(f"{worker}_{next(self.numbers)}", template)


def _kept(kind: str) -> Path:
    """Where the tables of this version are kept, for this kind of database: a folder named by all its migrations."""
    ours = sorted((ROOT / "src" / "tongbao").glob("*/migrations/*.py"))
    of = [*ours, ROOT / "src" / "tongbao" / "wiring" / "preparing.py", ROOT / "requirements" / "runtime.txt"]
    seen = hashlib.sha256(b"".join(str(each).encode() + each.read_bytes() for each in of)).hexdigest()
    return ROOT / "build" / "tables" / kind / f"{seen}.{kind}"


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One process of the run at a time."""
    with path.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
