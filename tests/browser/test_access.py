"""axe-core finds nothing to object to on any page: each role, both languages, light and dark."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from tests import sample
from tests.browser.conftest import ROOT, Person, Visit
from tests.browser.pages import ELSEWHERE, NO_PAGE, WALKS, Stop

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
LOOKS = [("zh-hant", "light"), ("en", "dark")]
"""Both languages and both schemes: colours do not depend on the language, nor words on the colours."""


def walk(visit: Visit, who: str, stops: Callable[[int], Iterable[Stop]]) -> list[str]:
    """What axe-core says of the stops of each look."""
    found = []
    for look, (language, scheme) in enumerate(LOOKS):
        person = visit(who, language, color_scheme=scheme, axe=True)
        for at, stop in enumerate(stops(look)):
            person.go(stop.path, status=stop.status)
            found += objections(person, frame=at == 0)
    return found


CHECK = """async ([tags, frame]) => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  for (const each of all("details")) each.open = true;
  for (const one of all(".list tbody tr:nth-child(n + 5), .rows > li:nth-child(n + 4), option:nth-child(n + 4),"
    + "optgroup:nth-child(n + 3), .field > div > div:nth-child(n + 4)")) one.remove();
  if (!frame) for (const each of all(".site-header, .site-footer")) each.hidden = true;
  const { violations } = await axe.run({
    runOnly: { type: "tag", values: tags }, resultTypes: ["violations"], preload: false, iframes: false,
  });
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(" ")}: ${failureSummary}`));
}"""
"""With everything unfolded. The fifth row of a list is like the fourth, and so is one choice among many."""


def objections(person: Person, *, frame: bool = True) -> list[str]:
    """What axe-core says of the page as it stands. ``frame``: of its head and foot too, which are the same on all."""
    found: list[Any] = person.page.evaluate(CHECK, [TAGS, frame])
    return [f"{person.path()}: {each}" for each in found]


@pytest.mark.parametrize("who", WALKS)
def test_it_leaves_axe_nothing_to_object_to(visit: Visit, who: str) -> None:
    """Each page in one of the looks, the next day in the other."""
    assert walk(visit, who, lambda look: WALKS[who][(look + sample.SEED) % 2 :: 2]) == []


@pytest.mark.soak
@pytest.mark.parametrize("who", WALKS)
def test_it_leaves_axe_nothing_to_object_to_in_any_look(visit: Visit, who: str) -> None:
    assert walk(visit, who, lambda _: WALKS[who]) == []


@pytest.mark.parametrize(("language", "scheme"), LOOKS)
def test_it_leaves_axe_nothing_to_object_to_after_a_step(visit: Visit, language: str, scheme: str) -> None:
    """Pages that only a form leads to: refused, previewed, answered, shown once."""
    found = []
    reader = visit("anonymous", language, color_scheme=scheme, axe=True)
    page = reader.go("/report/")
    page.locator("main form button").click()
    page.locator("[data-errors]").wait_for()
    found += objections(reader)
    page = reader.go("/follow-up/")
    page.locator("[name=receipt]").fill(reader.site.at["receipt_number"])
    page.locator("main form button").click()
    page.wait_for_url("**/follow-up/case/")
    found += objections(reader)
    officer = visit("officer", language, color_scheme=scheme, axe=True)
    page = officer.go("/incidents/{case}/tell/")
    page.locator("[value=look]").click()
    page.locator("[value=send]").wait_for()
    found += objections(officer)
    page = officer.go("/keys/")
    page.locator("[name=label]").fill("監控")
    page.locator("[name=scopes]").first.check()
    page.locator("main form.fields button").click()
    page.locator("#bearer").wait_for()
    found += objections(officer)
    assert found == []


def test_axe_would_object(visit: Visit) -> None:
    """That it is silent says something only if it speaks when it should."""
    person = visit(axe=True)
    page = person.go("/report/")
    page.locator("label[for=id_summary]").evaluate("(label) => label.remove()")
    page.locator("html").evaluate("(root) => root.removeAttribute('lang')")
    said = " ".join(objections(person))
    assert "html-has-lang" in said
    assert "label: #id_summary" in said


def test_it_sends_nobody_to_a_page_that_no_browser_has_visited() -> None:
    """From the addresses of the demonstration with an identity provider: all that there can be."""
    code = "import django; django.setup(); from tests.browser.pages import routes; print(*sorted(routes()))"
    asked = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ
        | {
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}",
            "TONGBAO_DEMO": "true",
            "TONGBAO_OIDC_NAME": "Office",
            "TONGBAO_OIDC_SERVER_URL": "https://id.example",
            "TONGBAO_OIDC_CLIENT_ID": "tongbao",
            "TONGBAO_OIDC_CLIENT_SECRET": "secret",
        },
    )
    assert asked.returncode == 0, asked.stderr
    walked = {stop.route for walk in WALKS.values() for stop in walk if not stop.route.isdigit()}
    assert set(asked.stdout.split()) == walked | set(ELSEWHERE) | set(NO_PAGE)
    assert walked.isdisjoint(ELSEWHERE)
    assert (walked | set(ELSEWHERE)).isdisjoint(NO_PAGE)
