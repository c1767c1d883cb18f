"""Markup in every text that the house keeps: every page shows it as text, none runs it."""

import csv
import io
import json
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.apps import apps
from django.db.models import CharField, Model, TextField
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from tests.conftest import Cast
from tests.leaks.ways import PAGES, Way
from tests.leaks.world import KINDS, build
from tests.standards.exports import HIVE, exported
from tongbao.incidents.models import CaseImport, Submission
from tongbao.notices import links
from tongbao.notices.models import Notice, Receipt
from tongbao.parties.models import DirectoryImport
from tongbao.policy.actors import ANONYMOUS, Actor

pytestmark = pytest.mark.once

EVIL = """"'><img src=x onerror=alert(1)>"""

MACHINE = {
    # Rooms and tables that keep no words of people.
    *("api", "jobs", "journal", "policy", "search"),
    *("files.blob", "incidents.idempotencykey", "ui.pageviews"),
}
CODES = {
    # Columns that hold identifiers, codes, digests and normalised addresses, in every table or in one.
    *("public_id", "digest", "content_digest", "receipt_mac", "password", "subject_kind", "subject_ref", "lease"),
    *(
        "answer",
        "answer.code",
        "approval",
        "by",
        "channel",
        "door",
        "duty",
        "entity_type",
        "obligation.evidence",
        "evidence_ref",
        "filing.form",
        "first",
        "grade",
    ),
    *(
        "incident.number",
        "kind",
        "language",
        "last",
        "regime",
        "variant",
        "operation.code",
        "operation.level",
        "outgoing.actor",
        "profile",
        "purged_by",
        "responsibility_level",
        "role",
        "sector",
        "set_aside_for",
        "status",
        "subsector",
        "county",
        "reply_code",
        "incoming.why",
        "incoming.raw",
        "ruling.outcome",
        "template",
        "thing_kind",
        "thing_ref",
        "feedrun.content",
        "feedrun.stage",
        "finding.country",
        "finding.incident",
        "finding.key",
        "stream.feed",
    ),
    *("contactpoint.feeds", "contactpoint.quiet", "engagement.agreement", "partneralert.rule", "partneralert.source"),
    *("step.verdict", "submission.entrance"),
    *("archivefile.path", "jointassessment.code_mac", "savedview.what"),
    *("caseimport.product", "origin.product", "origin.ref", "lesson.digest"),
    *("takedown.address", "takedownstep.result", "takedownstep.source"),
    *("type", "value"),
}


def columns() -> Iterator[tuple[type[Model], str]]:
    """Every column that may hold what somebody wrote."""
    for model in apps.get_models():
        label = model._meta.label_lower
        if not model.__module__.startswith("tongbao") or {label, label.partition(".")[0]} & MACHINE:
            continue
        for field in model._meta.concrete_fields:
            named = {field.name, f"{model._meta.model_name}.{field.name}"}
            if isinstance(field, CharField | TextField) and not field.choices and not named & CODES:
                yield model, field.name


def poison() -> int:
    """Put markup into each of them; returns how many columns had a row."""
    poisoned = 0
    for model, name in columns():
        most = model._meta.get_field(name).max_length
        for row in model._default_manager.all():
            words = f"{EVIL}{row.pk}"
            assert most is None or len(words) <= most, (
                f"{model.__name__}.{name} is too short for words: list it as a code"
            )
            model._default_manager.filter(pk=row.pk).update(**{name: _shaped(model, name, row, words)})
        poisoned += model._default_manager.exists()
    return poisoned


def _shaped(model: type[Model], name: str, row: Any, words: str) -> str:
    """Documents keep their shape, and hold the markup where they hold words."""
    if (model, name) == (Notice, "content") and not row.content:
        return ""  # what is told of a case has none
    if (model, name) == (Submission, "content"):
        kept = json.loads(row.content)
        return json.dumps({key: words if value == "" or key == "summary" else value for key, value in kept.items()})
    if (model, name) == (CaseImport, "text"):
        return exported(HIVE | {"title": words, "comments": [{"message": words}]}).decode()
    if (model, name) == (DirectoryImport, "text"):
        table = io.StringIO()
        csv.writer(table).writerows([["code", "name_zh", "name_en", "kind"], ["ZZ", words, words, words]])
        return table.getvalue()
    kept = getattr(row, name)
    if kept and kept[0] in "[{":
        return json.dumps(_soiled(json.loads(kept), words))
    return words


WORDS = {"en", "zh", "text", "words", "person", "tracking"}
"""Members of documents that hold words; of ``texts`` and ``withheld`` every member does."""


def _soiled(value: Any, words: str, key: str = "") -> Any:
    if isinstance(value, dict):
        within = {"texts": "text", "withheld": "text"}.get(key)
        return {name: _soiled(each, words, within or name) for name, each in value.items()}
    if isinstance(value, list):
        return [_soiled(each, words, key) for each in value]
    return words if isinstance(value, str) and key in WORDS else value


def test_it_lists_no_column_that_is_gone() -> None:
    known = {
        (model._meta.model_name, field.name) for model in apps.get_models() for field in model._meta.concrete_fields
    }
    assert {name for _, name in known} | {f"{model}.{name}" for model, name in known} >= CODES
    assert {each for each in MACHINE if "." in each} <= {model._meta.label_lower for model in apps.get_models()}


def pages(actor: Actor) -> Iterator[str]:
    for name, way in PAGES.items():
        if "GET" in way.methods:
            wanted = [list(_visible(actor, kind)) for kind in way.ids.values()]
            for keys in product(*wanted):
                address = reverse(name, kwargs=dict(zip(way.ids, keys, strict=True)))
                yield from (f"{address}?{query}" if query else address for query in _queries(way))


def _visible(actor: Actor, kind: str) -> Iterator[str]:
    if kind.startswith("="):
        yield kind.removeprefix("=")
        return
    yield from KINDS[kind](actor).order_by("pk").values_list("public_id", flat=True)[:3]


def _queries(way: Way) -> list[str]:
    return [
        query.format(words="alert%3Cscript%3E", id=EVIL.replace("&", ""), number="<b>1", reference="<b>2", org="x")
        for query in way.queries
    ]


def runs_nothing(content: str) -> None:
    """No element and no attribute of the markup has become one of the page."""
    page = BeautifulSoup(content, "html.parser")
    for tag in page.find_all(True):
        assert tag.name != "img" or tag.get("src") != "x", tag
        assert not [name for name in tag.attrs if name.startswith("on")], tag
        for value in tag.attrs.values():
            assert not str(value).strip().lower().startswith(("javascript:", "vbscript:")), tag


@pytest.mark.parametrize("who", ["officer", "admin", "constituent", "reviewer"])
def test_it_shows_markup_as_text_on_every_page(who: str, cast: Cast, noon: Any) -> None:
    build(cast)
    actor, browser = getattr(cast, who), cast.browser(who)
    assert poison() > 40
    shown = 0
    for address in pages(actor):
        answer = browser.get(address)
        assert answer.status_code < 500, address
        if answer.streaming:  # a file, read to its end so that it is closed
            b"".join(answer.streaming_content)
        elif answer.get("Content-Type", "").startswith("text/html"):
            content = answer.content.decode()
            runs_nothing(content)
            shown += escape(EVIL) in content
    assert shown >= 40


def test_it_shows_markup_as_text_to_those_without_an_account(cast: Cast, noon: Any) -> None:
    world = build(cast)
    poison()
    browser = cast.browser()
    session = browser.session
    session["submission"] = world.held.public_id
    session.save()
    browser.cookies["sessionid"] = session.session_key or ""
    receipt = Receipt.objects.filter(notice__tlp__lte=1)[0]
    shown = 0
    for address in [*pages(ANONYMOUS), f"/a/{links.token(receipt)}", f"/{EVIL}/", f"/follow-up/?next={EVIL}"]:
        answer = browser.get(address)
        content = answer.content.decode()
        if answer["Content-Type"].startswith("application/"):  # a feed or message of warnings: no page
            assert EVIL not in content
            continue
        runs_nothing(content)
        shown += escape(EVIL) in content
    assert shown >= 2


def test_it_shows_markup_as_text_in_a_form_that_is_refused(cast: Cast, noon: Any) -> None:
    browser: Client = cast.browser("constituent")
    form = browser.get("/report/").context["form"]
    answer = browser.post("/report/", dict.fromkeys(form.fields, EVIL))
    assert answer.status_code == 422
    content = answer.content.decode()
    runs_nothing(content)
    assert content.count(escape(EVIL)) >= 10
