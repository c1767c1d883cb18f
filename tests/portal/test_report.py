"""Reporting without an account: one sentence is enough, nothing is refused for looking odd, one receipt is shown."""

import re
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from django.db import IntegrityError
from django.test import Client

from tests.conftest import NOON, Cast
from tests.pages import Browser, upload
from tests.web import filled
from tongbao.incidents.actions import submissions
from tongbao.incidents.models import IdempotencyKey, Submission
from tongbao.incidents.rules.intake import Draft
from tongbao.journal.models import JournalEntry
from tongbao.kernel import clock
from tongbao.portal import keys

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """A person takes a minute over the form; tests do not."""
    if "hurried" not in request.keywords:
        read = keys.read
        monkeypatch.setattr(
            keys, "read", lambda text: (key := read(text)) and msgspec.structs.replace(key, seconds=key.seconds + 60)
        )


def report(cast: Cast, who: str = "anonymous", language: str = "en", **fields: Any) -> Browser:
    page = Browser(cast.browser(who, language)).get("/report/")
    return page.send(page.form(field="summary"), **{"summary": "收到可疑簡訊"} | fields)


def receipt(page: Browser) -> str:
    found = page.page.find(id="receipt")
    assert found is not None, page.text()
    return re.sub(r"\s", "", found.get_text())


def test_it_takes_one_sentence_from_anybody(cast: Cast) -> None:
    page = report(cast)
    assert page.status == 201
    assert page.has("Your report has been received", "收到可疑簡訊", "it is shown only here")
    assert re.fullmatch(r"\d{16}", receipt(page))
    row = Submission.objects.get()
    assert (row.state, row.door, row.owner, row.reporter, row.language) == ("new", "web", None, None, "en")


def test_it_takes_everything_that_is_offered(cast: Cast) -> None:
    page = report(
        cast,
        description="第一行\n第二行",
        type="malicious-code/infected-system",
        occurred_at="2026-11-20T08:00",
        aware_at="2026-11-20T09:30",
        systems="郵件伺服器",
        addresses="hxxp://evil[.]example/a",
        measures="已斷網",
        support="請協助",
        other="無",
        contact_name="王小明",
        contact_email="wang@mail.example",
        contact_telephone="02-1234-5678",
        contact_safe="on",
        attachments=[upload("記錄.txt", b"log"), upload("圖.png", b"\x89PNG\r\n\x1a\n")],
    )
    assert page.status == 201
    row = Submission.objects.get()
    draft = msgspec.json.decode(row.content, type=Draft)
    assert (draft.description, draft.contact_safe) == ("第一行\n第二行", True)
    assert draft.aware_at == NOON - timedelta(days=3, hours=2, minutes=30), "typed in the office's zone"
    kept = JournalEntry.objects.filter(event="file.kept")
    assert kept.count() == 2
    assert not JournalEntry.objects.filter(text__contains="王小明").exists()


def test_it_asks_a_constituent_for_the_level_and_starts_the_clocks(cast: Cast) -> None:
    assert "level" not in Browser(cast.browser()).get("/report/").response.content.decode()
    page = report(cast, "constituent", level="3")
    assert page.status == 201
    row = Submission.objects.get()
    assert row.owner == cast.country.organisations["SUNPOWER"]
    assert set(row.obligations.values_list("duty", "state")) == {
        ("report", "met"),
        ("review", "due"),
        ("contain", "due"),
        ("relay", "waiting"),
        ("final", "waiting"),
        *((duty, "no_limit") for duty in ("re-review", "forward", "meeting", "public-notice")),
    }
    assert Browser(cast.browser("constituent")).get("/my/cases/").has("waits for a decision", "收到可疑簡訊")


@pytest.mark.parametrize(
    ("fields", "place", "said"),
    [
        ({"summary": "  "}, "summary", "This is needed."),
        ({"summary": "x" * 201}, "summary", "200"),
        ({"aware_at": "2099-01-01T00:00"}, "aware_at", "This time lies in the future."),
        ({"aware_at": "yesterday"}, "aware_at", "Enter a valid date/time."),
        ({"occurred_at": "1999-01-01T00:00"}, "occurred_at", "before the year 2000"),
        ({"contact_email": "nobody"}, "contact_email", "not an e-mail address"),
        ({"addresses": "<script>"}, "addresses", "neither an address nor a host"),
        ({"type": "fraud/none"}, "type", "not one of the available choices"),
        ({"description": "a\ufffdb"}, "description", "could not be read"),
        ({"attachments": upload("空.txt", b"")}, "attachments", "空.txt: The file is empty."),
    ],
)
def test_it_says_what_is_wrong_and_clears_nothing(fields: dict[str, Any], place: str, said: str, cast: Cast) -> None:
    page = report(cast, **{"description": "說明", "contact_name": "王小明"} | fields)
    assert page.status == 422
    assert page.page.title is not None
    assert page.page.title.get_text().startswith("Error: ")
    assert said in page.errors()[place]
    for name, value in ({"summary": "收到可疑簡訊", "description": "說明", "contact_name": "王小明"} | fields).items():
        if name not in {"attachments", "type"}:
            assert page.value(name).strip() == str(value).strip(), name
    assert not Submission.objects.exists()


def test_it_refuses_in_chinese_too(cast: Cast) -> None:
    page = report(cast, language="zh-hant", aware_at="2099-01-01T00:00", summary="")
    assert page.page.html["lang"] == "zh-Hant"  # type: ignore[index]
    assert page.status == 422
    assert set(page.errors()) == {"summary", "aware_at"}, "everything at once"
    assert "錯誤：" in page.page.title.get_text()  # type: ignore[union-attr]


def test_it_takes_a_file_of_25_mib_and_no_larger(cast: Cast, settings: Any, tmp_path: Any) -> None:
    small = msgspec.structs.replace(settings.TONGBAO, upload_limit_mb=1, data_dir=str(tmp_path))
    settings.TONGBAO = small
    good = report(cast, attachments=upload("大.bin", b"x" * 1024 * 1024))
    assert good.status == 201
    page = report(cast, description="說明", attachments=upload("更大.bin", b"x" * (1024 * 1024 + 1)))
    assert page.status == 422
    assert "更大.bin: The file is larger than 1 MiB." in page.errors()["attachments"]
    assert page.value("description") == "說明"
    assert Submission.objects.count() == 1


def test_it_takes_the_same_form_once(cast: Cast) -> None:
    """A double click or a reload: the same receipt, one submission."""
    page = Browser(cast.browser()).get("/report/")
    form = filled(page.form(field="summary")) | {"summary": "重複送出"}
    first = receipt(page.post("/report/", form))
    again = page.post("/report/", form)
    assert receipt(again) == first
    assert again.has("We have this report already")
    assert Submission.objects.count() == 1


def test_it_takes_what_was_mended_after_going_back_as_another_report(cast: Cast) -> None:
    """Nothing that somebody adds is lost, and nobody is stopped by a form that was sent before."""
    page = Browser(cast.browser()).get("/report/")
    form = filled(page.form(field="summary")) | {"summary": "重複送出"}
    changes: list[dict[str, Any]] = [{}, {"summary": "改了內容"}, {"attachments": upload("記錄.txt", b"log")}]
    numbers = [receipt(page.post("/report/", form | change)) for change in changes]
    assert len(set(numbers)) == 3
    assert receipt(page.post("/report/", form | {"attachments": upload("記錄.txt", b"log")})) == numbers[2]
    assert Submission.objects.count() == 3


def test_it_takes_two_at_the_same_moment_once(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two clicks reach two servers: the second finds the key taken when it writes, and answers with the first."""
    real, calls = submissions.take, []

    def late(*args: Any, **given: Any) -> Any:
        calls.append(1)
        if len(calls) == 1:
            real(*args, **given)
            raise IntegrityError("UNIQUE constraint failed: incidents_idempotencykey.key")
        return real(*args, **given)

    monkeypatch.setattr(submissions, "take", late)
    page = report(cast)
    assert page.status == 201
    assert page.has("We have this report already")
    assert (Submission.objects.count(), IdempotencyKey.objects.count()) == (1, 1)


def test_it_stores_nothing_that_leads_back_to_the_sender(cast: Cast) -> None:
    page = report(cast)
    number = receipt(page)
    row = Submission.objects.values().get()
    stored = " ".join(str(value) for value in row.values()) + " ".join(
        JournalEntry.objects.values_list("text", flat=True)
    )
    for secret in (number, "127.0.0.1"):
        assert secret not in stored, secret


def test_it_shows_markup_as_text(cast: Cast) -> None:
    attack = '<script>alert("x")</script><img src=x onerror=alert(1)>'
    given = dict.fromkeys(("summary", "description", "systems", "measures", "support", "other", "contact_name"), attack)
    page = report(cast, **given, attachments=upload(f"{attack}.txt"))
    assert page.status == 201
    officer = Browser(cast.browser("officer"))
    for address in (f"/submissions/{Submission.objects.get().public_id}/", "/console/triage/", "/console/"):
        shown = officer.get(address).response.content.decode()
        assert "<script>alert" not in shown, address
        assert "<img src=x" not in shown, address
        assert "&lt;script&gt;alert" in shown, address


# --- machines: set aside, never refused ---


def test_it_sets_aside_what_fills_in_the_hidden_field(cast: Cast) -> None:
    page = Browser(cast.browser()).get("/report/")
    trap = page.page.find(attrs={"name": "website"})
    assert trap is not None
    assert trap.find_parent(attrs={"aria-hidden": "true"}) is not None, "people do not meet it"
    assert trap["tabindex"] == "-1"  # type: ignore[index]
    page = report(cast, website="http://spam.example")
    assert page.status == 201
    row = Submission.objects.get()
    assert (row.state, row.set_aside_for) == ("quarantined", "trap")


@pytest.mark.hurried
def test_it_sets_aside_what_is_sent_within_three_seconds(cast: Cast) -> None:
    page = report(cast)
    assert (page.status, Submission.objects.get().set_aside_for) == (201, "too-quick")


@pytest.mark.parametrize("key", ["", "forged", "a:b:c", "x" * 500])
def test_it_sets_aside_what_came_from_no_form_of_ours(key: str, cast: Cast) -> None:
    page = report(cast, key=key)
    assert (page.status, Submission.objects.get().set_aside_for) == (201, "form-unknown")


def test_it_sets_aside_a_form_older_than_a_day(cast: Cast) -> None:
    with clock.at(NOON - timedelta(seconds=keys.HOLDS + 1)):
        key = keys.fresh()
    page = report(cast, key=key)
    assert (page.status, Submission.objects.get().set_aside_for) == (201, "form-unknown")


def test_it_sets_aside_a_flood_from_one_network_and_nobody_elses(cast: Cast, settings: Any) -> None:
    settings.TONGBAO = msgspec.structs.replace(settings.TONGBAO, submissions_per_network=2)
    for number in range(4):
        assert report(cast, summary=f"通報 {number}").status == 201
    other = Client(REMOTE_ADDR="198.51.100.7", HTTP_ACCEPT_LANGUAGE="en")
    page = Browser(other).get("/report/")
    page.send(page.form(field="summary"), summary="別處來的")
    states = list(Submission.objects.order_by("id").values_list("state", "set_aside_for"))
    assert states == [("new", ""), ("new", ""), ("quarantined", "flood"), ("quarantined", "flood"), ("new", "")]


def test_it_sets_aside_a_flood_from_everywhere_and_fills_again(cast: Cast, settings: Any) -> None:
    settings.TONGBAO = msgspec.structs.replace(settings.TONGBAO, submissions_overall=2)

    def sent(number: int) -> None:
        page = Browser(Client(REMOTE_ADDR=f"198.51.{number}.7", HTTP_ACCEPT_LANGUAGE="en")).get("/report/")
        page.send(page.form(field="summary"), summary=f"通報 {number}")

    for number in range(3):
        sent(number)
    with clock.at(NOON + timedelta(minutes=31)):
        sent(3)
    states = list(Submission.objects.order_by("id").values_list("state", flat=True))
    assert states == ["new", "new", "quarantined", "new"], "one is there again after half an hour, not all at once"


def test_it_sets_nobody_aside_who_has_signed_in(cast: Cast, settings: Any) -> None:
    settings.TONGBAO = msgspec.structs.replace(settings.TONGBAO, submissions_per_network=1)
    for number in range(3):
        report(cast, "city", summary=f"通報 {number}", key="")
    assert set(Submission.objects.values_list("state", flat=True)) == {"new"}


def test_it_says_nothing_of_the_quarantine_to_the_reporter(cast: Cast) -> None:
    trapped, plain = report(cast, website="x", summary="甲"), report(cast, summary="甲 ")
    words = [re.sub(r"\d[\d :-]+\d", "", each.text()) for each in (trapped, plain)]
    assert words[0] == words[1]


def test_it_keeps_time_by_the_clock(cast: Cast, noon: datetime) -> None:
    with clock.at(noon + timedelta(minutes=3)):
        report(cast)
    assert Submission.objects.get().received_at == noon + timedelta(minutes=3)
