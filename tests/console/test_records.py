"""Notices as sent, the journal as far as one may see it, and the product's own health."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from tests.conftest import NOON, Cast
from tests.pages import Browser
from tests.stories import opened, receipt_of, reported, tell
from tongbao.accounts.actions import issue_token
from tongbao.incidents.actions import submissions
from tongbao.jobs.models import Heartbeat, Parked
from tongbao.journal.models import JournalEntry
from tongbao.kernel import clock
from tongbao.kernel.markings import TLP
from tongbao.kernel.refusals import Forbidden
from tongbao.notices.models import Delivery
from tongbao.policy.can import Can
from tongbao.records import trail

pytestmark = pytest.mark.usefixtures("noon")


def journal(cast: Cast, query: str = "", who: str = "auditor", language: str = "en") -> Browser:
    return Browser(cast.browser(who, language)).get(f"/console/journal/{query}")


def rows(page: Browser) -> list[str]:
    return [" ".join(row.get_text(" ").split()) for row in page.page.select("tbody tr")]


def test_it_says_who_did_what_to_what_in_words(cast: Cast) -> None:
    incident = opened(cast, reported(cast))
    page = journal(cast, f"?subject={incident.public_id}")
    assert any("林值勤" in row and "opened the case" in row for row in rows(page))
    chinese = journal(cast, f"?subject={incident.public_id}", language="zh-hant")
    assert chinese.has("立案")
    page.get(f"/console/journal/?event=submission.received&subject={incident.submissions.get().public_id}")
    assert len(rows(page)) == 1
    assert "張聯絡" in rows(page)[0]


def test_it_names_nobody_in_facts(cast: Cast) -> None:
    """Personal data by reference only: erasing a name would break no chain."""
    opened(cast, reported(cast, contact_name="張聯絡", contact_email="chang@private.example"))
    for words in ("張聯絡", "chang@private.example", "日光電力", "勒索"):
        assert not JournalEntry.objects.filter(text__contains=words).exists(), words


def test_it_pages_back_through_the_journal(cast: Cast) -> None:
    found = reported(cast, "anonymous")
    for _ in range(60):
        with pytest.raises(Forbidden):
            submissions.reject(found.public_id, reason="x", version=1, actor=cast.auditor)
    page = journal(cast, "?event=access.refused")
    first = rows(page)
    page.click("Older entries")
    second = rows(page)
    assert (len(first), len(second)) == (50, 10)
    assert set(first).isdisjoint(second)


ODD = ["?before=abc", "?before=-1", f"?before={'9' * 40}", "?event=%FF", "?subject=' OR 1=1"]


@pytest.mark.parametrize("query", ODD)
def test_it_reads_any_address(query: str, cast: Cast) -> None:
    assert journal(cast, query).status == 200


def test_it_hides_entries_about_what_the_reader_may_not_see(cast: Cast) -> None:
    red = opened(cast, title="紅色案件", tlp=TLP.RED)
    assert journal(cast, f"?subject={red.public_id}").has("No entry fits.")
    assert journal(cast, "?event=incident.opened").has("No entry fits.")


def test_it_hides_what_somebody_hidden_did(cast: Cast) -> None:
    """A person of the other track issues a key: neither the entry nor the name shows to an auditor of this one."""
    issue_token(actor=cast.bureau, label="x", scopes=[Can.SUBMISSION_CREATE.value], days=1)
    issue_token(actor=cast.constituent, label="x", scopes=[Can.SUBMISSION_CREATE.value], days=1)
    page = journal(cast, "?event=token.issued")
    assert len(rows(page)) == 1
    assert not page.has("何情資")


def test_it_shows_failed_sign_ins(cast: Cast) -> None:
    visitor = Browser(cast.browser()).get("/account/login/")
    visitor.send(visitor.form(field="login"), login="chang@sunpower.example", password="wrong password!!")
    assert "failed to sign in" in rows(journal(cast, "?event=account.sign-in-failed"))[0]


@pytest.mark.parametrize("who", ["officer", "handler", "liaison", "admin", "constituent", "org_admin"])
def test_it_opens_the_journal_to_auditors_only(who: str, cast: Cast) -> None:
    assert journal(cast, who=who).status == 403
    entry = JournalEntry.objects.filter(event="access.refused").latest("seq")
    assert entry.actor == getattr(cast, who).reference
    assert '"attempted":"journal"' in entry.text


def test_it_reads_past_what_is_hidden(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long run of hidden entries neither ends the journal nor is ever named."""
    monkeypatch.setattr(trail, "READ_AT_ONCE", 5)
    opened(cast, title="看得到")
    red = opened(cast, title="紅色案件", tlp=TLP.RED)
    from tongbao.incidents.actions import log

    for _ in range(30):
        log.note(red.public_id, words="x", actor=cast.officer)
    page = trail.page(cast.auditor, trail.Filters(event="incident.opened"))
    assert [line.entry.event for line in page.lines] == ["incident.opened"]


def test_it_lists_notices_with_how_many_answered(cast: Cast) -> None:
    incident = opened(cast, reported(cast), tlp=TLP.GREEN)
    tell(cast, incident)
    page = Browser(cast.browser("liaison")).get("/console/notices/")
    assert any("please review the level" in row and row.endswith(" 1 0") for row in rows(page))
    notice = receipt_of("MOE-E").notice
    page.get(f"/console/notices/{notice.public_id}/")
    assert page.has("Head of incident review", "chen@energy.example", "waiting to be sent", "0 attempts")
    assert page.page.find(lang="zh-Hant", class_="panel") is not None
    assert Browser(cast.browser("constituent")).get(f"/console/notices/{notice.public_id}/").status == 403


def healthz() -> Any:
    return Client().get("/healthz")


def test_it_is_red_before_any_worker_has_run(cast: Cast) -> None:
    assert (healthz().status_code, healthz().json()["parts"]["worker"]) == (503, "silent")
    page = Browser(cast.browser("officer")).get("/console/health/")
    assert page.has("silent for too long", "None: no worker has run yet.")


def test_it_is_green_while_worker_ticker_and_mail_are_well(cast: Cast) -> None:
    Heartbeat.beat("worker:host:1")
    Heartbeat.beat("ticker")
    assert healthz().json() == {
        "ok": True,
        "parts": {"worker": "ok", "ticker": "ok", "mail": "ok", "handlers": "ok", "archive": "ok"},
    }
    with clock.at(NOON + timedelta(minutes=5)):
        assert healthz().status_code == 200
    with clock.at(NOON + timedelta(minutes=5, seconds=1)):
        assert healthz().status_code == 503


def test_it_turns_red_when_mail_waits_too_long(cast: Cast) -> None:
    tell(cast, opened(cast, reported(cast), tlp=TLP.GREEN))
    with clock.at(NOON + timedelta(minutes=6)):
        Heartbeat.beat("worker:host:1")
        Heartbeat.beat("ticker")
        answer = healthz()
        assert (answer.status_code, answer.json()["parts"]["mail"]) == (503, "waiting")
        page = Browser(cast.browser("officer")).get("/console/health/")
        assert page.has("mail waits for too long", f"Mails waiting {Delivery.objects.count()}")


def test_it_shows_what_a_handler_failed_on_and_lets_it_be_tried_again(cast: Cast) -> None:
    parked = Parked.objects.create(cursor="incidents:answered", seq=7, error="ValueError")
    assert healthz().json()["parts"]["handlers"] == "parked"
    officer = Browser(cast.browser("officer")).get("/console/health/")
    assert officer.has("incidents:answered #7 ValueError")
    assert not officer.forms()
    admin = Browser(cast.browser("admin")).get("/console/health/")
    admin.send(admin.form("/parked/" + f"{parked.pk}/"))
    assert admin.has("The handler will try it again.", "will be tried again")


def test_it_tells_the_world_nothing_but_a_word_for_each_part(cast: Cast) -> None:
    Heartbeat.beat("worker:secret-host:1")
    assert b"secret-host" not in healthz().content


@pytest.mark.parametrize(
    ("who", "status"), [("constituent", 403), ("liaison", 403), ("handler", 200), ("auditor", 200)]
)
def test_it_shows_health_to_those_who_work_with_it(who: str, status: int, cast: Cast, noon: datetime) -> None:
    assert Browser(cast.browser(who)).get("/console/health/").status == status
