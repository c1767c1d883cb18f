"""Pages of feeds and findings: the office sees the nation, an owner what is its own; both answer by plain forms."""

import csv
import io
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.translation import override
from msgspec.structs import replace

from tests.conftest import NOON, Cast
from tests.observations.feeds import CITY, DAY, NOBODY, POWER, deliver, finding, later, named, ssh
from tongbao.incidents.models import Incident
from tongbao.kernel.markings import Track
from tongbao.observations import counting, digests, figures, page, running
from tongbao.observations.actions import findings
from tongbao.observations.models import Counted, FeedRun, Finding
from tongbao.observations.templatetags.observations import why

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _seen(cast: Cast, at: Any) -> None:
    at(NOON)
    content = ssh(POWER, "198.51.100.24", CITY, NOBODY).replace(b"serverid_raw", b"surprise")
    deliver(content + b"never,198.51.100.9,22\n", named("scan_ssh"), actor=cast.officer)
    at(NOON + timedelta(minutes=11))
    digests.send_due()


def told(cast: Cast, who: str, page_at: str, **given: Any) -> str:
    return cast.browser(who).get(page_at, given).content.decode()


def rows_of(answer: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))


class TestOwners:
    def test_it_shows_an_owner_its_own(self, cast: Cast) -> None:
        shown = told(cast, "constituent", "/my/findings/")
        assert POWER in shown
        assert CITY not in shown
        one = told(cast, "constituent", f"/my/findings/{finding(POWER).public_id}/")
        assert "Install" not in one
        assert "close it or let in only those who need it" in one
        other = cast.browser("constituent").get(f"/my/findings/{finding(CITY).public_id}/")
        assert other.status_code == 404

    def test_it_takes_an_answer(self, cast: Cast) -> None:
        browser, address = cast.browser("constituent"), f"/my/findings/{finding(POWER).public_id}/answer/"
        refused = browser.post(address, {"answer": "false-positive", "words": "", "quiet": 30})
        assert refused.status_code == 422
        assert "Say why." in refused.content.decode()
        assert browser.post(address, {"answer": "fixed", "words": "closed", "quiet": 90}).status_code == 302
        assert (finding(POWER).state, finding(POWER).words) == ("fixed", "closed")

    def test_it_takes_one_answer_for_several(self, cast: Cast) -> None:
        browser = cast.browser("org_admin")
        keys = [finding(each).public_id for each in (POWER, "198.51.100.24")]
        given = {"ids": keys, "answer": "false-positive", "words": "for customers", "quiet": 30}
        assert browser.post("/my/findings/answer/", given).status_code == 302
        assert set(Finding.objects.filter(public_id__in=keys).values_list("verdict", flat=True)) == {"false-positive"}
        assert browser.post("/my/findings/answer/", given | {"ids": []}).status_code == 422
        other = browser.post("/my/findings/answer/", given | {"ids": [finding(CITY).public_id]})
        assert other.status_code == 404

    def test_it_exports_an_owner_its_own(self, cast: Cast) -> None:
        answer = cast.browser("constituent").get("/my/findings/csv/", {"owner": "none"})
        assert rows_of(answer) == []
        answer = cast.browser("constituent").get("/my/findings/csv/", {"state": "open"})
        assert {each["address"] for each in rows_of(answer)} == {POWER, "198.51.100.24"}

    def test_it_hands_the_enclosed_files_out_from_the_inbox(self, cast: Cast) -> None:
        digest = finding(POWER).digest
        assert digest is not None
        assert digest.notice is not None
        receipt = digest.notice.receipts.get()
        shown = told(cast, "constituent", f"/my/inbox/{receipt.public_id}/")
        assert "2026-11-23-potentially-unwanted-accessible.csv" in shown
        assert "2026-11-23-potentially-unwanted-accessible.csv" in told(
            cast, "officer", f"/console/notices/{digest.notice.public_id}/"
        )


class TestOffice:
    @pytest.mark.parametrize(
        ("given", "shown"),
        [
            ({}, {POWER, CITY, NOBODY}),
            ({"owner": "none"}, {NOBODY}),
            ({"sector": "energy"}, {POWER}),
            ({"county": "TW-KHH"}, {CITY}),
            ({"address": "198.51.100.0/24"}, {POWER}),
            ({"address": CITY}, {CITY}),
            ({"address": "198.51.64.0/18"}, {POWER}),
            ({"address": "198.0.0.0/8"}, {POWER}),
            ({"address": "100.0.0.0/7"}, {NOBODY}),
            ({"address": "2001:db8::/32"}, set()),
            ({"sector": "energy", "state": "open"}, {POWER}),
            ({"sector": "energy", "county": "TW-KHH"}, set()),
            ({"state": "told-open"}, {POWER, CITY}),
            ({"state": "fixed"}, set()),
            ({"type": "fraud/phishing"}, set()),
            ({"severity": "0", "country": "tw", "since": "2026-11-23"}, {POWER, CITY, NOBODY}),
            ({"since": "2026-11-24"}, set()),
            ({"since": "never", "state": "x", "severity": "9", "after": "y"}, {POWER, CITY, NOBODY}),
        ],
    )
    def test_it_narrows_the_list(self, given: dict[str, str], shown: set[str], cast: Cast) -> None:
        text = told(cast, "officer", "/feeds/findings/", **given)
        assert {each for each in (POWER, CITY, NOBODY) if f">{each}" in text} == shown

    def test_it_exports_what_fits(self, cast: Cast) -> None:
        answer = cast.browser("officer").get("/feeds/findings/csv/", {"owner": "none"})
        assert [(each["address"], each["organisation"]) for each in rows_of(answer)] == [(NOBODY, "")]

    def test_it_settles_gives_and_merges(self, cast: Cast) -> None:
        browser, home = cast.browser("officer"), cast.country.organisations["FARHILL"].public_id
        one, other = finding(NOBODY).public_id, finding(POWER).public_id
        assert browser.get(f"/feeds/findings/{one}/").status_code == 200
        digest = finding(POWER).digest
        assert digest is not None
        assert digest.notice is not None
        assert f"/console/notices/{digest.notice.public_id}/" in told(cast, "officer", f"/feeds/findings/{other}/")
        bad = browser.post(f"/feeds/findings/{one}/reassign/", {"organisation": home, "words": ""})
        assert bad.status_code == 422
        done = browser.post(f"/feeds/findings/{one}/reassign/", {"organisation": home, "words": "as they say"})
        assert done.status_code == 302
        assert finding(NOBODY).organisation_id == cast.country.organisations["FARHILL"].pk
        assert browser.post(f"/feeds/findings/{one}/merge/", {"into": other}).status_code == 422
        assert browser.post(f"/feeds/findings/{other}/answer/", {"answer": "confirmed", "quiet": 90}).status_code == 302
        given = {"ids": [one, other], "answer": "undetermined", "quiet": 90}
        assert browser.post("/feeds/findings/answer/", given).status_code == 302
        third = finding("198.51.100.24").public_id
        assert browser.post(f"/feeds/findings/{third}/merge/", {"into": other}).status_code == 302
        assert finding("198.51.100.24").state == "merged"

    def test_it_opens_a_case_from_what_is_confirmed(self, cast: Cast) -> None:
        key, browser = finding(POWER).public_id, cast.browser("officer")
        findings.acknowledge([key], verdict="confirmed", words="it is so", actor=cast.constituent)
        shown = browser.get(f"/feeds/findings/{key}/case/")
        form = shown.context["form"]
        given = {name: value for name, value in form.initial.items() if value not in (None, "")}
        given["aware_at"] = "2026-11-23T12:05"
        assert browser.post(f"/feeds/findings/{key}/case/", given).status_code == 302
        incident = Incident.objects.get(public_id=finding(POWER).incident)
        assert (incident.owner, incident.type) == (
            finding(POWER).organisation,
            "vulnerable/potentially-unwanted-accessible",
        )
        assert incident.public_id in told(cast, "officer", f"/feeds/findings/{key}/")

    def test_it_shows_a_file_with_its_verdict_and_what_was_refused(self, cast: Cast) -> None:
        run = FeedRun.objects.get()
        shown = told(cast, "officer", f"/feeds/files/{run.public_id}/")
        assert "surprise" in shown
        assert "never" in shown
        assert run.name in told(cast, "officer", "/feeds/")
        rejected = cast.browser("officer").get(f"/feeds/files/{run.public_id}/rejected/")
        assert rejected.status_code == 200
        assert rejected.getvalue()[:2] == b"\x1f\x8b"

    def test_it_takes_a_file_from_the_page(self, cast: Cast) -> None:
        browser = cast.browser("officer")
        file = SimpleUploadedFile(named("scan_ssh", later(1)), ssh(CITY, day=later(0), hour=3))
        answer = browser.post("/feeds/files/hand-in/", {"file": file, "report": "", "scope": ""})
        assert answer.status_code == 302
        running.work()
        run = FeedRun.objects.get(name=named("scan_ssh", later(1)))
        assert (run.verdict, run.door) == ("complete", "page")
        refused = browser.post(
            "/feeds/files/hand-in/", {"file": SimpleUploadedFile("x.csv", b"a"), "report": "no such"}
        )
        assert refused.status_code == 422
        unknown = SimpleUploadedFile("x.csv", b"a")
        answer = browser.post("/feeds/files/hand-in/", {"file": unknown})
        running.work()
        run = FeedRun.objects.get(name="x.csv")
        assert run.verdict == "refused"
        assert browser.post(f"/feeds/files/{run.public_id}/again/").status_code == 302

    def test_it_narrows_the_list_of_files(self, cast: Cast) -> None:
        name = FeedRun.objects.get().name
        for given, shown in (({"report": "SSH"}, True), ({"state": "complete"}, True), ({"state": "x"}, True)):
            assert (name in told(cast, "officer", "/feeds/", **given)) is shown
        for given in ({"report": "rdp"}, {"state": "waiting"}, {"state": "repeat"}):
            shown_then = told(cast, "officer", "/feeds/", **given)
            assert name not in shown_then
            assert "Nothing fits." in shown_then

    def test_it_says_that_a_file_is_known(self, cast: Cast, at: Any) -> None:
        content = ssh(POWER, "198.51.100.24", CITY, NOBODY).replace(b"serverid_raw", b"surprise")
        file = SimpleUploadedFile("by-another-name.csv", content + b"never,198.51.100.9,22\n")
        answer = cast.browser("officer").post("/feeds/files/hand-in/", {"file": file}, follow=True)
        assert "These bytes were received before" in answer.content.decode()
        assert FeedRun.objects.count() == 1

    def test_it_says_that_something_came_back(self, cast: Cast, at: Any) -> None:
        findings.fix([finding(POWER).public_id], actor=cast.constituent)
        at(NOON + timedelta(days=1))
        deliver(ssh(POWER, day=later(1)), named("scan_ssh", later(1)), actor=cast.officer)
        assert "came back" in told(cast, "officer", "/feeds/findings/", address=POWER)

    @pytest.mark.parametrize(
        ("reason", "said"),
        [
            ("timestamp: 'never' cannot be read", "欄位內容無法判讀 (timestamp: 'never')"),
            ("address: private, reserved or none", "非公開位址"),
            ("columns-missing: timestamp", "缺少必要欄位，無法讀取任何一列 (timestamp)"),
            ("nul-byte", "含有 NUL 位元組"),
            ("given-up: OSError: x", "多次讀取皆失敗 (OSError: x)"),
        ],
    )
    def test_it_says_why_a_line_was_refused(self, reason: str, said: str) -> None:
        with override("zh-hant"):
            assert why(reason) == said

    def test_it_refuses_those_who_may_not(self, cast: Cast) -> None:
        run = FeedRun.objects.get().public_id
        for address in (
            "/feeds/findings/",
            "/feeds/",
            "/feeds/findings/figures/",
            f"/feeds/files/{run}/",
            "/feeds/findings/csv/",
        ):
            assert cast.browser("constituent").get(address).status_code == 403
            assert cast.browser("admin").get(address).status_code == 403
        assert cast.browser("auditor").post("/feeds/files/hand-in/", {}).status_code == 403

    def test_it_counts_how_long_it_takes(self, cast: Cast, at: Any) -> None:
        at(NOON + timedelta(hours=3, minutes=11))
        findings.fix([finding(POWER).public_id], actor=cast.constituent)
        at(NOON + timedelta(hours=6, minutes=11))
        findings.acknowledge([finding("198.51.100.24").public_id], verdict="undetermined", actor=cast.constituent)
        found = figures.figures(Finding.objects.all(), DAY, DAY)
        energy = next(each for each in found.paces if each.sector == "energy")
        assert (energy.fixed, energy.to_fix, energy.acknowledged, energy.to_acknowledge) == (1, 10800.0, 1, 21600.0)
        assert (found.open, found.unowned, found.told_open, found.settled, found.ever_told) == (3, 1, 2, 1, 3)
        text = told(cast, "officer", "/feeds/findings/figures/", **{"from": "2026-11-01", "to": "2026-11-30"})
        assert "3 hours" in text
        assert "1 / 3 (33 %)" in text

    def test_it_shows_figures_that_were_counted_beforehand(
        self, cast: Cast, at: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(counting, "FEW", 0)
        Finding.objects.filter(pk=finding(CITY).pk).update(track=Track.NATIONAL_SECURITY)
        days = {"from": "2026-11-01", "to": "2026-11-30"}
        assert "are being counted" in told(cast, "officer", "/feeds/findings/figures/", **days)
        cleared = replace(cast.officer, tracks=frozenset(Track))
        assert counting.stand(cleared, date(2026, 11, 1), date(2026, 11, 30)).figures is None
        assert counting.work() == 2
        all_tracks = counting.stand(cleared, date(2026, 11, 1), date(2026, 11, 30)).figures
        assert all_tracks is not None
        assert all_tracks.open == 4
        shown = cast.browser("officer").get("/feeds/findings/figures/", days)
        assert shown.context["found"].open == 3
        findings.fix([finding(POWER).public_id], actor=cast.constituent)
        assert counting.work() == 0
        for minutes, seen in ((9, 3), (30, 3), (31, 2)):
            at(NOON + timedelta(minutes=11 + minutes))
            shown = cast.browser("officer").get("/feeds/findings/figures/", days)
            assert shown.context["found"].open == seen, minutes
            counting.work()
        at(NOON + timedelta(days=8))
        counting.work()
        assert not Counted.objects.exists()

    @pytest.mark.parametrize(
        ("seconds", "said"), [(None, "–"), (60, "1 minute"), (7200, "2 hours"), (86400 * 3, "3 days")]
    )
    def test_it_says_how_long(self, seconds: float | None, said: str) -> None:
        assert page.duration(seconds) == said
