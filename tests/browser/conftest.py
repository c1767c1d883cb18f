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
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.instance import PASSWORD, ROOT, Instance, Instances

WATCH = """
window.addEventListener("securitypolicyviolation", (event) =>
  console.error(`CSP violation: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`));
"""
AXE = f'if (location.protocol !== "about:") {{ {AXE_SCRIPT} }}'


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """The system's Chromium. Without one the tests are skipped, except where everything has to run."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        if os.environ.get("EVERY_TEST") == "1":
            pytest.fail("Chromium is not installed, and EVERY_TEST=1 asks for every test")
        pytest.skip("Chromium is not installed")
    options = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=path,
            args=[*options, "--renderer-process-limit=1", "--host-resolver-rules=MAP *.example 127.0.0.1"],
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


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory, _instances: Instances) -> Iterator[Site]:
    """A demonstration, so that no second factor stands in front of the desk; by name, because passkeys need one."""
    made = _instances.empty(tmp_path_factory.mktemp("site"), **SETTINGS)
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
REFUSED = re.compile(r"Failed to load resource: the server responded with a status of 4(03|04|05|09|13|22|29)")
"""Chromium's own note about a page that was refused: that is what such tests are about."""


class Desk:
    """A browser window, kept from one test to the next: to open one takes longer than most of what is done in it.

    Cookies go with each visitor, and complaints belong to whoever sits there.
    """

    def __init__(self, chromium: Browser, scripts: list[str], options: dict[str, Any]) -> None:
        self.context = chromium.new_context(**options)
        self.context.set_default_timeout(10_000)
        for script in scripts:
            self.context.add_init_script(script)
        self.page = self.context.new_page()
        self.visitor: Person | None = None
        self.page.on("console", lambda message: self._said(message))
        self.page.on("pageerror", lambda error: self._complained(str(error)))

    def leave(self) -> None:
        self.visitor = None
        self.page.goto("about:blank")
        self.page.emulate_media(media="null")
        self.context.clear_cookies()

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not REFUSED.match(message.text):
            self._complained(message.text)

    def _complained(self, words: str) -> None:
        if self.visitor is not None:
            self.visitor.complaints.append(f"{self.visitor.path()}: {words}")


Desks = dict[str, list[Desk]]


@pytest.fixture(scope="package")
def desks() -> Desks:
    """The free ones, by their options."""
    return {}


@pytest.fixture
def visit(chromium: Browser, desks: Desks, site: Site) -> Iterator[Visit]:
    """``visit("officer", "zh-hant", color_scheme="dark")``: that person at a browser of their own.

    ``axe=True`` brings axe-core along; ``fresh=True`` is for tests that need an empty cache or tamper with the
    clock. At the end nobody's console may have complained: no script error, no breach of the content security policy.
    """
    taken: list[tuple[str, Desk, Person]] = []

    def come(
        who: str = "anonymous", language: str = "en", *, axe: bool = False, fresh: bool = False, **options: Any
    ) -> Person:
        options["locale"] = "zh-TW" if language == "zh-hant" else "en-GB"
        name = "" if fresh else json.dumps([axe, options], sort_keys=True)
        free = desks.get(name)
        desk = free.pop() if free else Desk(chromium, [WATCH, AXE] if axe else [WATCH], options)
        person = desk.visitor = Person(site, desk.context, desk.page)
        taken.append((name, desk, person))
        if who != "anonymous":
            person.prefer(sessionid=site.sessions[who])
        person.prefer(language=language)
        return person

    yield come
    for name, desk, _ in taken:
        if name:
            desk.leave()
            desks.setdefault(name, []).append(desk)
        else:
            desk.context.close()
    assert [complaint for _, _, person in taken for complaint in person.complaints] == []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


__all__ = ["ROOT"]
