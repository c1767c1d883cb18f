"""A file of a feed comes in: what is in it is counted once, whoever sends it how often, and nothing is lost."""

import gzip
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import NOON, Cast
from tests.observations.feeds import (
    CITY,
    DAY,
    HOSTER,
    NOBODY,
    POWER,
    deliver,
    finding,
    hand_in,
    later,
    named,
    packed,
    row,
    sinkhole,
    ssh,
)
from tongbao.files import store
from tongbao.files.models import Blob
from tongbao.journal.models import JournalEntry
from tongbao.kernel import clock
from tongbao.kernel.refusals import Forbidden, Invalid, TooLarge
from tongbao.observations import applying, receiving, running, staging
from tongbao.observations.actions import runs
from tongbao.observations.models import FeedRun, Finding, Step, Stream
from tongbao.observations.rules import days
from tongbao.observations.rules.life import State
from tongbao.operations.models import Operation, routine

pytestmark = pytest.mark.django_db


def bytes_of(sha256: str) -> bytes:
    return store.path_of(sha256).read_bytes()


def test_it_finds_the_owner_of_every_row(cast: Cast, noon: Any) -> None:
    run = deliver(ssh(POWER, CITY, NOBODY), named("scan_ssh"), actor=cast.officer)
    assert (run.verdict, run.rows, run.kept, run.attributed, run.fresh) == ("complete", 3, 3, 2, 3)
    power, nobody = finding(POWER), finding(NOBODY)
    assert power.organisation == cast.country.organisations["SUNPOWER"]
    assert nobody.organisation is None
    assert (power.type, power.identifier, power.port) == ("vulnerable/potentially-unwanted-accessible", "open-ssh", 22)
    assert (power.state, power.count, power.reports, power.country, power.asn) == ("open", 1, 1, "TW", 64500)
    assert msgspec.json.decode(power.detail)["extra.serverid_raw"] == "SSH-2.0-OpenSSH_7.4"
    assert run.day == DAY
    assert run.stream is not None
    assert (run.stream.name, run.stream.scope) == ("Accessible SSH", "example-geo")
    assert JournalEntry.objects.filter(event="feed-run.finished", subject_id=run.public_id).count() == 1


@pytest.mark.parametrize("again", ["same", "renamed", "packed"])
def test_it_counts_a_file_that_comes_twice_once(again: str, cast: Cast, noon: Any) -> None:
    content = ssh(POWER, CITY)
    first = deliver(content, named("scan_ssh"), actor=cast.officer)
    second = {
        "same": lambda: deliver(content, named("scan_ssh"), actor=cast.officer),
        "renamed": lambda: deliver(content, named("scan_ssh").replace("11-23", "11-24"), actor=cast.officer),
        "packed": lambda: deliver(packed(named("scan_ssh"), content), "mail.zip", actor=cast.officer),
    }[again]()
    if again == "packed":
        assert (second.verdict, second.repeat_of) == ("repeat", first)
    else:
        assert second == first
    found = finding(POWER)
    assert (found.count, found.reports, Finding.objects.count()) == (1, 1, 2)


def test_it_counts_a_day_once_when_a_broken_file_comes_again_whole(cast: Cast, noon: Any) -> None:
    rows = [f"198.51.100.{n}" for n in range(200)]
    whole = gzip.compress(ssh(*rows))
    broken = deliver(whole[:-400], "a.csv.gz", report="scan_ssh", actor=cast.officer)
    assert broken.verdict == "partial"
    assert broken.fault.startswith("archive-damaged")
    run = deliver(whole, "a.csv.gz", report="scan_ssh", actor=cast.officer)
    assert (run.verdict, run.kept, run.fresh + run.again) == ("complete", 200, 200)
    assert set(Finding.objects.values_list("count", flat=True)) == {1}


def test_it_sees_a_thing_again_on_another_day(cast: Cast, at: Any) -> None:
    for offset in (0, 1, 3):
        at(NOON + timedelta(days=offset))
        deliver(ssh(POWER, day=later(offset)), named("scan_ssh", later(offset)), actor=cast.officer)
    found = finding(POWER)
    assert (found.count, found.reports, found.last_day) == (3, 3, later(3).toordinal())
    assert found.first_seen.date() == DAY


def test_it_takes_the_port_of_an_infected_machine_for_no_part_of_it(cast: Cast, noon: Any) -> None:
    rows = ((POWER, 40001, "conficker"), (POWER, 40002, "conficker"), (POWER, 40003, "mirai"))
    deliver(sinkhole(*rows), named("event4_sinkhole"), actor=cast.officer)
    assert sorted(Finding.objects.values_list("malware", "port")) == [("conficker", None), ("mirai", None)]


def test_it_keeps_the_findings_of_a_test_apart(cast: Cast, noon: Any) -> None:
    test = Operation.objects.create(code="T", name_zh="測試", name_en="Test", kind="test", mode="test")
    deliver(ssh(POWER), named("scan_ssh"), actor=cast.officer)
    run = deliver(ssh(POWER), named("scan_ssh"), actor=cast.officer, operation=test)
    assert (run.verdict, run.fresh) == ("complete", 1)
    assert Finding.objects.filter(address=POWER).count() == 2


def test_it_keeps_the_file_once_and_compressed(cast: Cast, noon: Any) -> None:
    content = ssh(*[f"198.51.100.{n}" for n in range(250)])
    run = hand_in(content, named("scan_ssh"), actor=cast.officer)
    kept = bytes_of(run.source.sha256)
    assert gzip.decompress(kept) == content
    assert len(kept) < len(content) / 3
    zipped = packed("x.csv", content)
    other = hand_in(zipped, "x.zip", report="scan_ssh", actor=cast.officer)
    assert bytes_of(other.source.sha256) == zipped


def test_it_keeps_what_it_refuses_with_reason_and_line(cast: Cast, noon: Any) -> None:
    content = ssh(POWER) + b"never,198.51.100.9,22\n2026-11-23 01:00:00,10.0.0.1,22,tcp\n"
    run = deliver(content, named("scan_ssh"), actor=cast.officer)
    assert (run.verdict, run.rows, run.rejected, run.kept) == ("complete", 3, 2, 1)
    assert run.rejects is not None
    lines = [msgspec.json.decode(each) for each in gzip.decompress(bytes_of(run.rejects.sha256)).splitlines()]
    assert [(each["file"], each["line"]) for each in lines] == [(run.name, 3), (run.name, 4)]


def test_it_says_how_the_columns_of_a_file_differ(cast: Cast, noon: Any) -> None:
    run = deliver(ssh(POWER).replace(b"serverid_raw", b"surprise"), named("scan_ssh"), actor=cast.officer)
    assert "surprise" in run.drift["new"]


@pytest.mark.parametrize(
    ("content", "name", "verdict", "fault"),
    [
        (b"a,b\n1,2\n", "unheard-of.csv", "refused", "report-unknown"),
        (b"a,b\n1,2\n", "2026-11-23-scan_ssh-x.csv", "partial", "columns-missing"),
        (b"PK\x03\x04 nothing", "2026-11-23-scan_ssh-x.zip", "partial", "archive-damaged"),
        (b"\n", "2026-11-23-scan_ssh-x.csv", "partial", "empty"),
    ],
)
def test_it_ends_with_a_verdict_whatever_comes(
    content: bytes, name: str, verdict: str, fault: str, cast: Cast, noon: Any
) -> None:
    run = deliver(content, name, actor=cast.officer)
    assert (run.state, run.verdict) == ("done", verdict)
    assert run.fault.startswith(fault)
    assert Finding.objects.count() == 0


def test_it_takes_up_again_what_was_refused(cast: Cast, noon: Any) -> None:
    run = deliver(ssh(POWER), "unheard-of.csv", actor=cast.officer)
    FeedRun.objects.filter(pk=run.pk).update(report="scan_ssh")
    runs.repeat(run.public_id, actor=cast.officer)
    running.work()
    run.refresh_from_db()
    assert run.verdict == "complete"


def test_it_refuses_what_it_cannot_take(cast: Cast, noon: Any, settings: Any) -> None:
    with pytest.raises(Invalid):
        hand_in(ssh(POWER), "x.csv", report="no such report", actor=cast.officer)
    with pytest.raises(Forbidden):
        hand_in(ssh(POWER), "x.csv", report="scan_ssh", actor=cast.constituent)
    settings.TONGBAO = msgspec.structs.replace(settings.TONGBAO, feeds_limit_mb=1)
    with pytest.raises(TooLarge):
        receiving.arrive([b"x" * 600_000, b"x" * 600_000])
    assert FeedRun.objects.count() == 0


def test_it_waits_while_the_disk_is_full(cast: Cast, noon: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    run = hand_in(ssh(POWER), named("scan_ssh"), actor=cast.officer)
    monkeypatch.setattr(receiving, "room", lambda: False)
    assert running.work() == 0
    run.refresh_from_db()
    assert run.state == "waiting"


def test_it_goes_on_where_a_worker_was_killed(cast: Cast, at: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed after the first batch: the next worker waits for the lease, and counts nothing twice."""
    at(NOON)
    run = hand_in(ssh(*[f"198.51.100.{n}" for n in range(30)]), named("scan_ssh"), actor=cast.officer)
    monkeypatch.setattr(applying, "SIZE", 10)
    batch, done = running._batch, []

    def dying(*given: Any) -> None:
        batch(*given)
        done.append(1)
        raise SystemExit

    monkeypatch.setattr(running, "_batch", dying)
    with pytest.raises(SystemExit):
        running.work()
    monkeypatch.setattr(running, "_batch", batch)
    assert running.work() == 0
    assert Finding.objects.count() == 10
    at(NOON + running.HOLD + timedelta(seconds=1))
    assert running.work() == 1
    run.refresh_from_db()
    assert (run.verdict, run.attempts, run.fresh, Finding.objects.count()) == ("complete", 2, 30, 30)
    assert set(Finding.objects.values_list("reports", flat=True)) == {1}
    assert not running.folder(run).exists()


def test_it_changes_nothing_once_another_worker_has_the_run(
    cast: Cast, at: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(NOON)
    run = hand_in(ssh(POWER), named("scan_ssh"), actor=cast.officer)
    batch = running._batch

    def robbed(*given: Any) -> None:
        FeedRun.objects.filter(pk=run.pk).update(lease="somebody-else")
        batch(*given)

    monkeypatch.setattr(running, "_batch", robbed)
    assert running.work() == 1
    assert Finding.objects.count() == 0


def test_it_tries_again_and_gives_up_in_the_end(cast: Cast, at: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    at(NOON)
    run = hand_in(ssh(POWER), named("scan_ssh"), actor=cast.officer)

    def failing(*_: Any) -> None:
        raise ValueError("secret words")

    monkeypatch.setattr(running, "_apply", failing)
    moment = NOON
    for _ in range(running.MOST_ATTEMPTS):
        assert running.work() == 1
        assert running.work() == 0
        moment += timedelta(hours=1)
        at(moment)
    run.refresh_from_db()
    assert (run.state, run.verdict, run.fault) == ("done", "refused", "given-up: ValueError")


class TestGone:
    """What is missing from three complete files, a day each, is gone."""

    def day(self, offset: int, *addresses: str, cast: Cast, scope: str = "example-geo", cut: bool = False) -> FeedRun:
        with clock.at(NOON + timedelta(days=offset)):
            content = ssh(*addresses, day=later(offset))
            content = content + b"never,198.51.100.9,22\n" if not cut else gzip.compress(content * 9)[:-9]
            name = named("scan_ssh", later(offset), scope) + (".gz" if cut else "")
            return deliver(content, name, actor=cast.officer)

    def test_it_says_so_after_three(self, cast: Cast) -> None:
        self.day(0, POWER, CITY, cast=cast)
        for offset in (1, 2):
            self.day(offset, CITY, cast=cast)
            assert finding(POWER).state == "open"
        run = self.day(3, CITY, cast=cast)
        assert (finding(POWER).state, finding(CITY).state, run.gone) == ("gone", "open", 1)
        assert Step.objects.get(finding=finding(POWER)).state == State.GONE

    def test_it_says_nothing_after_files_that_are_missing_broken_or_about_others(self, cast: Cast) -> None:
        self.day(0, POWER, cast=cast)
        self.day(1, CITY, cast=cast)
        self.day(2, CITY, cast=cast, cut=True)
        self.day(3, CITY, cast=cast, scope="other-asn")
        self.day(4, CITY, cast=cast)
        self.day(4, HOSTER, cast=cast)
        assert finding(POWER).state == "open"
        self.day(9, CITY, cast=cast)
        assert finding(POWER).state == "gone"

    def test_it_has_reappeared_when_it_is_seen_again(self, cast: Cast) -> None:
        self.day(0, POWER, cast=cast)
        for offset in (1, 2, 3):
            self.day(offset, CITY, cast=cast)
        self.day(5, POWER, cast=cast)
        found = finding(POWER)
        assert (found.state, found.reappeared, found.settled_at, found.count) == ("reappeared", 1, None, 2)
        assert found.opened_at.date() == later(5)
        assert list(found.steps.values_list("state", flat=True)) == ["gone", "reappeared"]

    def test_it_is_not_moved_by_a_file_of_the_past(self, cast: Cast) -> None:
        self.day(2, POWER, cast=cast)
        for offset in (0, 1):
            with clock.at(NOON + timedelta(days=3)):
                deliver(ssh(CITY, day=later(offset)), named("scan_ssh", later(offset)), actor=cast.officer)
        assert finding(POWER).state == "open"


def test_it_gives_a_row_to_who_owned_the_address_then(cast: Cast, noon: Any) -> None:
    power, hoster = (cast.country.organisations[code] for code in ("SUNPOWER", "FARHILL"))
    power.networks.filter(value="198.51.100.0/24").update(ends_at=NOON - timedelta(days=1))
    hoster.networks.create(
        kind="cidr", value="198.51.100.0/24", first="0" * 32, last="f" * 32, starts_at=NOON - timedelta(days=1)
    )
    hoster.networks.create(kind="asn", value="AS64499", starts_at=NOON - timedelta(days=1))
    deliver(ssh(POWER, day=later(-2), hour=1), named("scan_ssh", later(-2)), actor=cast.officer)
    deliver(ssh(POWER), named("scan_ssh"), actor=cast.officer)
    deliver(ssh("100.64.1.1", NOBODY).replace(b"64500", b"64499"), "b.csv", report="scan_ssh", actor=cast.officer)
    owners = list(Finding.objects.filter(address=POWER).order_by("pk").values_list("organisation__code", flat=True))
    assert owners == ["SUNPOWER", "FARHILL"]
    assert finding(NOBODY).organisation == hoster
    assert routine().pk == finding(NOBODY).operation_id


@given(st.lists(st.integers(-90, 90), min_size=1, max_size=12))
@settings(max_examples=25, deadline=None)
def test_it_counts_days_in_sql_as_the_rule_does(offsets: list[int]) -> None:
    """The statement that puts rows in, and the pure rule."""
    with transaction.atomic():
        known, source = None, Blob.objects.create(sha256="x" * 64, size=1)
        for number, offset in enumerate(offsets):
            moment = NOON + timedelta(days=offset)
            run = FeedRun.objects.create(operation=routine(), door="api", name="x", digest="", size=1, source=source)
            stream, _ = Stream.objects.get_or_create(operation=routine(), feed="x", name="x", scope="")
            terms = staging.Terms(routine().pk, run.pk, stream.pk, "t", 0, 2, moment.date(), moment, {})
            day = moment.date().toordinal()
            applying.apply(row(POWER, moment), terms)
            known = days.again(known, day) if known else days.Seen(day)
            found = finding(POWER)
            assert days.Seen(found.last_day, found.days, found.count) == known
            assert found.reports == number + 1
        transaction.set_rollback(True)
