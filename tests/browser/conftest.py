"""A running instance with something on every page, a browser, and people at it."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

from tests.instance import PASSWORD, ROOT, Instance

WATCH = """
window.addEventListener("securitypolicyviolation", (event) =>
  console.error(`CSP violation: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`));
"""


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The system's Chromium. Without one the tests are skipped, except where everything has to run."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        if os.environ.get("TONGBAO_CI") == "1":
            pytest.fail("Chromium is not installed, and TONGBAO_CI=1 asks for every test")
        pytest.skip("Chromium is not installed")
    options = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=path, args=[*options, "--host-resolver-rules=MAP *.example 127.0.0.1"]
        )
        yield browser
        browser.close()


@dataclass
class Site:
    """The instance, where things are on it, and a session for each of the cast."""

    instance: Instance
    at: dict[str, str]
    sessions: dict[str, str]

    @property
    def url(self) -> str:
        return self.instance.environment["TONGBAO_PORTAL_URL"]

    def path(self, template: str) -> str:
        """``/incidents/{case}/`` with the id in it."""
        return template.format(**self.at)


SETTINGS = {
    "TONGBAO_DEMO": "true",
    "TONGBAO_RECEIPTS_PER_NETWORK": "3",
    "TONGBAO_TRUSTED_PROXIES": "1",  # a test that uses up a limit says that it comes from another network
}


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A demonstration, so that no second factor stands in front of the desk; by name, because passkeys need one."""
    made = Instance(tmp_path_factory.mktemp("site"), **SETTINGS)
    made.environment["TONGBAO_PORTAL_URL"] = f"http://localhost:{made.port}"
    made.mail = made.home / "data" / "mail"  # where the demonstration looks for it
    try:
        made.take_mail()
        yield Site(made, **_built(made))
    finally:
        made.stop()


def _built(made: Instance) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.browser.build", PASSWORD],
        env=made.environment,
        cwd=made.home,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    made.serve()
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@dataclass
class Person:
    """Somebody at a browser. What the console complains about is kept, to be looked at in the end."""

    site: Site
    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)
    asked: list[Request] = field(default_factory=list)

    def go(self, template: str, *, status: int | None = 200) -> Page:
        """Open an address; ``{name}`` stands for the part of that name."""
        answer = self.page.goto(self.site.url + self.site.path(template))
        assert answer is not None
        if status is not None:
            assert answer.status == status, f"{template}: {answer.status}"
        return self.page

    def prefer(self, **cookies: str) -> None:
        """Choose language, text size, calendar without the buttons."""
        found = [
            {"name": name.replace("_", "-"), "value": value, "url": self.site.url} for name, value in cookies.items()
        ]
        self.context.add_cookies(found)  # type: ignore[arg-type]

    def path(self) -> str:
        return self.page.url.removeprefix(self.site.url)


Visit = Callable[..., Person]


@pytest.fixture
def visit(chromium: Browser, site: Site) -> Iterator[Visit]:
    """``visit("officer", "zh-hant", color_scheme="dark")``: that person at a browser of their own.

    At the end nobody's console may have complained: no script error, no breach of the content security policy.
    """
    people: list[Person] = []

    def come(who: str = "anonymous", language: str = "en", **options: Any) -> Person:
        context = chromium.new_context(locale="zh-TW" if language == "zh-hant" else "en-GB", **options)
        context.set_default_timeout(10_000)
        context.add_init_script(WATCH)
        person = Person(site, context, context.new_page())
        if who != "anonymous":
            person.prefer(sessionid=site.sessions[who])
        person.prefer(language=language)
        _listen(person)
        people.append(person)
        return person

    yield come
    complaints = [complaint for person in people for complaint in person.complaints]
    for person in people:
        person.context.close()
    assert complaints == []


REFUSED = re.compile(r"Failed to load resource: the server responded with a status of 4(03|04|05|09|13|22|29)")
"""Chromium's own note about a page that was refused: that is what such tests are about."""


def _listen(person: Person) -> None:
    def said(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not REFUSED.match(message.text):
            person.complaints.append(f"{person.path()}: {message.text}")

    person.page.on("console", said)
    person.page.on("pageerror", lambda error: person.complaints.append(f"{person.path()}: {error}"))
    person.page.on("request", lambda request: person.asked.append(request))


@pytest.fixture(scope="session")
def axe_script() -> str:
    from axe_playwright_python.base import AXE_SCRIPT

    return str(AXE_SCRIPT)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


__all__ = ["ROOT"]
