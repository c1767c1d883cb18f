"""axe-core finds nothing to object to on any page: each role, both languages, light and dark."""

import os
import subprocess
import sys
from typing import Any

import pytest

from tests.browser.conftest import ROOT, Person, Visit
from tests.browser.pages import ELSEWHERE, NO_PAGE, WALKS

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
LOOKS = [("zh-hant", "light"), ("en", "dark")]
"""Each page in both languages and both schemes: colours do not depend on the language, nor words on the colours."""

FEW = "() => document.querySelectorAll('.list tbody tr:nth-child(n + 8)').forEach((row) => row.remove())"
"""The eighth row of a list is like the seventh."""
OPEN = "() => document.querySelectorAll('details').forEach((each) => { each.open = true })"
CHECK = """(tags) => axe
  .run({ runOnly: { type: "tag", values: tags }, resultTypes: ["violations"], preload: false, iframes: false })
  .then(({ violations }) => violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(" ")}: ${failureSummary}`)))"""


def objections(person: Person, axe_script: str) -> list[str]:
    """What axe-core says of the page as it stands, with everything on it unfolded."""
    person.page.evaluate(FEW)
    person.page.evaluate(OPEN)
    person.page.evaluate(axe_script)
    found: list[Any] = person.page.evaluate(CHECK, TAGS)
    return [f"{person.path()}: {each}" for each in found]


@pytest.mark.parametrize("who", WALKS)
def test_it_leaves_axe_nothing_to_object_to(visit: Visit, axe_script: str, who: str) -> None:
    found = []
    for language, scheme in LOOKS:
        person = visit(who, language, color_scheme=scheme)
        for stop in WALKS[who]:
            person.go(stop.path, status=stop.status)
            found += objections(person, axe_script)
    assert found == []


@pytest.mark.parametrize(("language", "scheme"), LOOKS)
def test_it_leaves_axe_nothing_to_object_to_after_a_step(
    visit: Visit, axe_script: str, language: str, scheme: str
) -> None:
    """Pages that only a form leads to: refused, previewed, answered, shown once."""
    found = []
    reader = visit("anonymous", language, color_scheme=scheme)
    page = reader.go("/report/")
    page.locator("main form button").click()
    page.locator("[data-errors]").wait_for()
    found += objections(reader, axe_script)
    page = reader.go("/follow-up/")
    page.locator("[name=receipt]").fill(reader.site.at["receipt_number"])
    page.locator("main form button").click()
    page.wait_for_url("**/follow-up/case/")
    found += objections(reader, axe_script)
    officer = visit("officer", language, color_scheme=scheme)
    page = officer.go("/incidents/{case}/tell/")
    page.locator("[value=look]").click()
    page.locator("[value=send]").wait_for()
    found += objections(officer, axe_script)
    page = officer.go("/keys/")
    page.locator("[name=label]").fill("監控")
    page.locator("[name=scopes]").first.check()
    page.locator("main form.fields button").click()
    page.locator("#bearer").wait_for()
    found += objections(officer, axe_script)
    assert found == []


def test_axe_would_object(visit: Visit, axe_script: str) -> None:
    """That it is silent says something only if it speaks when it should."""
    person = visit()
    page = person.go("/report/")
    page.locator("label[for=id_summary]").evaluate("(label) => label.remove()")
    page.locator("html").evaluate("(root) => root.removeAttribute('lang')")
    said = " ".join(objections(person, axe_script))
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
        },
    )
    assert asked.returncode == 0, asked.stderr
    walked = {stop.route for walk in WALKS.values() for stop in walk if not stop.route.isdigit()}
    assert set(asked.stdout.split()) == walked | set(ELSEWHERE) | set(NO_PAGE)
    assert walked.isdisjoint(ELSEWHERE)
    assert (walked | set(ELSEWHERE)).isdisjoint(NO_PAGE)
