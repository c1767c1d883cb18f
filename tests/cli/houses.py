"""Whole instances inside the test's own process: a database and a data folder each, copied from a template."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec
import psycopg
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings as django_settings
from django.db import connections
from django.db.utils import load_backend
from django.test import Client, override_settings
from psycopg import sql

from tests import postgres
from tests.instance import Instances
from tongbao.accounts import actions as accounts
from tongbao.accounts.models import User
from tongbao.files import steps as files
from tongbao.incidents.actions import log, notify, triage
from tongbao.incidents.actions.submissions import submit
from tongbao.incidents.actions.triage import IncidentDraft
from tongbao.incidents.models import Submission
from tongbao.incidents.rules.intake import Draft
from tongbao.kernel import clock
from tongbao.parties.standing import actor_of
from tongbao.policy.can import Can
from tongbao.wiring import django_settings as derived
from tongbao.wiring import worker
from tongbao.wiring.demo import country

PASSWORD = "correct horse battery"
NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


@dataclass
class House:
    """One instance. ``inside`` makes it the one that the product's code in this thread works on."""

    home: Path
    database: str
    known: dict[str, str] = field(default_factory=dict)
    """What a test wants to find again: a key, a second factor, a file."""

    @property
    def data(self) -> Path:
        return self.home / "data"

    @contextmanager
    def inside(self, **changes: Any) -> Iterator[None]:
        before = connections["default"]
        ours = msgspec.structs.replace(
            django_settings.TONGBAO, data_dir=str(self.data), database_url=self.database, **changes
        )
        configured = connections.configure_settings({"default": derived._database(ours.database)})["default"]
        wrapper = load_backend(configured["ENGINE"]).DatabaseWrapper(configured, alias="default")
        connections["default"] = wrapper
        try:
            with override_settings(TONGBAO=ours):
                yield
        finally:
            wrapper.close()
            connections["default"] = before


class Houses:
    """Copies of two templates: one that has only been migrated, one with the country and its work in it."""

    def __init__(self, root: Path, unblock: Callable[[], Any], postgres_url: str, instances: Instances) -> None:
        self.root = root
        self.unblock = unblock
        self.instances = instances
        self.server = dict(parse_qsl(urlsplit(postgres_url).query)).get("host", "")
        self.usual = "postgresql" if self.server else "sqlite"
        self.numbers = count()
        self.templates: dict[str, House] = {}

    def empty(self, vendor: str = "") -> House:
        """A migrated instance with nothing in it."""
        return self._copy(f"empty-{vendor or self.usual}")

    def filled(self, vendor: str = "") -> House:
        """An instance at work: people, a case with a file, notices, a key, a second factor, a seal, a session."""
        return self._copy(f"filled-{vendor or self.usual}")

    def bare(self) -> House:
        """A database without tables."""
        return self._house(self.usual, "")

    def _copy(self, name: str) -> House:
        if name not in self.templates:
            kind, vendor = name.split("-")
            self.templates[name] = self._migrated(vendor) if kind == "empty" else self._worked(vendor)
        template = self.templates[name]
        made = self._house(name.split("-")[1], template.database)
        if template.data.exists():
            shutil.copytree(template.data, made.data, dirs_exist_ok=True)
        made.known = dict(template.known)
        return made

    def _house(self, vendor: str, template: str) -> House:
        home = self.root / f"house{next(self.numbers)}"
        (home / "data").mkdir(parents=True)
        if vendor == "sqlite":
            return House(home, "")
        name = f"{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{os.getpid()}_{home.name}"
        copied = sql.Identifier(urlsplit(template).path.lstrip("/") or "template1")
        with psycopg.connect(host=self.server, user="t", dbname="postgres", autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), copied))
        return House(home, postgres.Server(Path(self.server), Path(), {}).url(name))

    def _migrated(self, vendor: str) -> House:
        """The tables that the run has made already; of the other kind, those that an earlier run has kept."""
        if vendor == "postgresql":
            return self._house(vendor, self.instances.address())
        house = self._house(vendor, "")
        instances = self.instances if vendor == self.usual else Instances(self.root, None)
        instances.database(house.data / "tongbao.sqlite3", "")
        return house

    def _worked(self, vendor: str) -> House:
        house = self.empty(vendor)
        with self.unblock(), house.inside(), clock.at(NOON):
            house.known = _fill()
        return house


def _fill() -> dict[str, str]:
    people = country.build(PASSWORD).people
    officer, constituent = actor_of(people["officer"]), actor_of(people["constituent"])
    taken = submit(
        Draft(summary="檔案伺服器遭加密 ransomware", level=3, addresses="203.0.113.66"),
        key="one",
        door=Submission.Door.WEB,
        uploads=files.receive([Upload()]),
        actor=constituent,
    )
    owner = taken.submission.owner
    assert owner is not None
    case = triage.open_incident(
        IncidentDraft(title="電力公司勒索軟體事件", level=3, tlp=2, owner=owner.public_id),
        submission=taken.submission.public_id,
        actor=officer,
    )
    log.note(case.public_id, words="已電話聯繫", actor=officer)
    choice = notify.Choice(owner.public_id, owner.seats.all()[0].public_id, "information", added="they asked")
    notify.tell(case.public_id, notify.Telling(choices=(choice,)), version=case.version, actor=officer)
    _, bearer = accounts.issue_token(actor=officer, label="x", scopes=[Can.INCIDENT_READ.value], days=90)
    secret = generate_totp_secret()
    TOTP.activate(people["officer"], secret)
    Client().force_login(people["officer"], backend="allauth.account.auth_backends.AuthenticationBackend")
    assert worker.write_seal() == 1
    return {"case": case.public_id, "bearer": bearer, "totp": secret, "receipt": taken.receipt}


class Upload:
    """The file that the first report carries."""

    name = "紀錄.txt"
    content_type = "text/plain"

    def chunks(self) -> list[bytes]:
        return ["03:12 加密開始\n".encode()]


def people() -> dict[str, User]:
    """Accounts by the part of the address before the at sign."""
    return {user.email.partition("@")[0]: user for user in User.objects.all()}
