"""What tests share: the demonstration country, built once, and its people as actors and browsers."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils.translation import override

from tests import postgres
from tests.instance import Instance, Instances
from tests.outside import Outside
from tests.settings import HOME
from tests.store.places import archive_settings, gate, moto  # noqa: F401 - fixtures
from tongbao.kernel import clock
from tongbao.parties.models import Organisation
from tongbao.parties.standing import actor_of
from tongbao.policy.actors import ANONYMOUS, Actor
from tongbao.wiring.demo import country as building
from tongbao.wiring.demo.country import Country

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # the browser driver runs a loop in the test's thread

PASSWORD = "correct horse battery"
NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
"""Noon in Taipei on an ordinary Monday: when the stories begin."""


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: Any, _instances: Instances) -> Iterator[None]:
    """The test database: migrated once in a run, copied, and with the country in it before the first test; every test
    rolls back to that."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    name = _instances.database(HOME / worker / "test.sqlite3", f"test_{worker}")
    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = name
    with django_db_blocker.unblock(), clock.at(datetime(2026, 11, 1, tzinfo=UTC)):
        connection.close()
        building.build(PASSWORD)
    yield
    with django_db_blocker.unblock():
        connection.close()


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """A page in Chinese leaves the thread speaking Chinese; no test inherits that."""
    with override("en"):
        yield


@pytest.fixture
def country(db: None) -> Country:
    return country_as_it_is()


def country_as_it_is() -> Country:
    """Organisations by code, people by short name."""
    from tongbao.accounts.models import User
    from tongbao.wiring.demo.cast import HOMES

    users = {user.email: user for user in User.objects.all()}
    return Country(
        {each.code: each for each in Organisation.objects.select_related("supervisor")},
        {post.who: users[post.email] for home in HOMES for post in home.posts},
    )


class Cast:
    """``cast.officer`` and the others as actors; ``cast.browser("officer")`` as somebody signed in."""

    def __init__(self, country: Country) -> None:
        self.country = country

    def __getattr__(self, who: str) -> Actor:
        if who == "anonymous":
            return ANONYMOUS
        return actor_of(self.country.people[who])

    def browser(self, who: str = "anonymous", language: str = "en") -> Client:
        client = Client(HTTP_ACCEPT_LANGUAGE=language)
        client.cookies["language"] = language
        if who != "anonymous":
            user = self.country.people[who]
            if getattr(self, who).office:  # officers have set up a second factor
                Authenticator.objects.get_or_create(user=user, type=Authenticator.Type.TOTP, data={"secret": "x"})
            client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client


@pytest.fixture
def cast(country: Country) -> Cast:
    return Cast(country)


@pytest.fixture
def at() -> Iterator[Any]:
    """``at(moment)`` sets the clock for the rest of the test."""
    with ExitStack() as stack:

        def set_clock(moment: datetime) -> None:
            stack.enter_context(clock.at(moment))

        yield set_clock


@pytest.fixture
def noon(at: Any) -> datetime:
    at(NOON)
    return NOON


@pytest.fixture(scope="session")
def _instances() -> Instances:
    return Instances(HOME, postgres.running(os.environ.get("TONGBAO_DATABASE_URL", "")))


@pytest.fixture
def make_instance(_instances: Instances, tmp_path: Path) -> Iterator[Callable[..., Instance]]:
    """``make_instance("country")``, ``("empty")`` or ``("bare")``: real ones, stopped at the end of the test."""
    made: list[Instance] = []

    def make(kind: str = "country", **settings: str) -> Instance:
        home = tmp_path / f"instance{len(made)}"
        home.mkdir()
        made.append(getattr(_instances, kind)(home, **settings))
        return made[-1]

    yield make
    for each in made:
        each.stop()


@pytest.fixture
def look(django_db_blocker: Any) -> Callable[[Instance], Outside]:
    """``look(instance)``: its database, from outside."""
    return lambda instance: Outside(instance, django_db_blocker.unblock)
