"""One box over cases, logs, submissions, organisations: two Chinese characters, or how an English word begins."""

import pytest

from tests.conftest import Cast
from tests.pages import Browser
from tests.stories import opened, reported
from tongbao.incidents.actions import log
from tongbao.incidents.models import Participant
from tongbao.journal.models import JournalEntry
from tongbao.kernel.markings import TLP

pytestmark = pytest.mark.usefixtures("noon")


def search(cast: Cast, words: str, who: str = "officer") -> Browser:
    page = Browser(cast.browser(who)).get("/console/search/")
    return page.send(page.form(field="q"), q=words)


@pytest.fixture
def filled(cast: Cast) -> None:
    """A case, its log, a report and the directory: each with words of its own."""
    incident = opened(
        cast, reported(cast), title="調度中心勒索軟體事件", summary="Phishing led to ransomware", systems="FS-03"
    )
    log.note(incident.public_id, words="已向 Cloudflare 調閱連線紀錄", actor=cast.officer)
    power = Participant.objects.get(incident=incident)
    log.message(incident.public_id, thread=power.public_id, words="備份磁帶完好", actor=cast.constituent)
    reported(cast, "anonymous", summary="詐騙簡訊冒用銀行", description="Smishing with a fake bank page")
    opened(cast, title="無關案件")


@pytest.mark.parametrize(
    ("words", "heading", "found"),
    [
        ("勒索", "Cases", "調度中心勒索軟體事件"),
        ("調度中心", "Cases", "調度中心勒索軟體事件"),
        ("phish", "Cases", "調度中心勒索軟體事件"),
        ("RANSOM phishing", "Cases", "調度中心勒索軟體事件"),
        ("ＦＳ－０３", "Cases", "調度中心勒索軟體事件"),
        ("日光電力", "Cases", "調度中心勒索軟體事件"),
        ("TB-2026-00001", "Cases", "調度中心勒索軟體事件"),
        ("調閱", "Log entries", "已向 Cloudflare 調閱連線紀錄"),
        ("cloud", "Log entries", "已向 Cloudflare 調閱連線紀錄"),
        ("磁帶", "Log entries", "備份磁帶完好"),
        ("簡訊", "Submissions", "詐騙簡訊冒用銀行"),
        ("smish", "Submissions", "詐騙簡訊冒用銀行"),
        ("日光", "Organisations", "Sunlight Power Company"),
        ("harbour", "Organisations", "Harbour City Government"),
        ("SUNPOWER", "Organisations", "Sunlight Power Company"),
    ],
)
def test_it_finds(words: str, heading: str, found: str, cast: Cast, filled: None) -> None:
    page = search(cast, words)
    assert found in page.section(heading)
    assert page.value("q") == words
    assert not page.has("無關案件")


@pytest.mark.parametrize("words", ["索勒", "ishing", "不存在", '"', "%", "' OR 1=1", "勒索 zzz", "\u202e", "a" * 500])
def test_it_finds_nothing_that_is_not_there(words: str, cast: Cast, filled: None) -> None:
    page = search(cast, words)
    assert page.status == 200
    for heading in ("Cases", "Log entries", "Submissions", "Organisations"):
        assert page.section(heading).endswith("None."), heading


def test_it_asks_for_words_first(cast: Cast) -> None:
    page = Browser(cast.browser("officer")).get("/console/search/")
    assert page.has("All words must be found.")
    assert not page.has("None.")


def test_it_finds_a_restricted_thing_without_showing_what_it_says(cast: Cast) -> None:
    strict = opened(cast, title="限制案件 Nightingale", tlp=TLP.AMBER_STRICT)
    plain = opened(cast, title="一般案件")
    log.note(plain.public_id, words="限制紀錄 Goldfinch", tlp=TLP.AMBER_STRICT, actor=cast.officer)
    page = search(cast, "nightingale")
    assert strict.number in page.section("Cases")
    assert not page.has("限制案件")
    page = search(cast, "goldfinch")
    assert plain.number in page.section("Log entries")
    assert "Restricted: open to read" in page.section("Log entries")
    assert "限制紀錄" not in page.section("Log entries")
    assert not JournalEntry.objects.filter(event="access.read").exists()


def test_it_finds_for_nobody_what_they_may_not_see(cast: Cast) -> None:
    red = opened(cast, title="紅色案件 Kestrel", tlp=TLP.RED)
    log.note(red.public_id, words="紅色紀錄 Kestrel", actor=cast.officer)
    assert red.number in search(cast, "kestrel").section("Cases")
    other = search(cast, "kestrel", "handler")
    assert other.section("Cases").endswith("None.")
    assert other.section("Log entries").endswith("None.")
    assert search(cast, "安全情報局").section("Organisations").endswith("None.")


@pytest.mark.parametrize("who", ["constituent", "admin"])
def test_it_is_for_case_readers(who: str, cast: Cast) -> None:
    assert Browser(cast.browser(who)).get("/console/search/?q=x").status == 403
