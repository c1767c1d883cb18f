"""Events of feeds are kept by day, each once, whatever is killed; and answers show what the asker may see."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import polars as pl
import pytest
from polars import DataFrame

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
    sinkhole,
    ssh,
)
from tongbao.engines.archive import compacting, frames
from tongbao.journal.models import JournalEntry
from tongbao.kernel import clock
from tongbao.kernel.markings import Track
from tongbao.kernel.refusals import Invalid, NotFound, Unavailable
from tongbao.observations import archiving, asking, queries, running
from tongbao.observations.actions import findings
from tongbao.observations.asking import Question
from tongbao.observations.models import ArchiveDay, ArchiveFile, Finding
from tongbao.operations.models import Operation
from tongbao.policy.actors import Actor

pytestmark = pytest.mark.django_db
SSH = "vulnerable/potentially-unwanted-accessible"


@pytest.fixture(autouse=True)
def _empty(settings: Any, archive_settings: dict[str, Any]) -> None:
    """An archive of its own, in a folder and in a bucket."""
    settings.TONGBAO = msgspec.structs.replace(settings.TONGBAO, **archive_settings)


def rows(shape: str, *, actor: Actor, days: int = 9, **more: Any) -> list[dict[str, Any]]:
    return asking.ask(Question(shape, DAY - timedelta(days=days), later(days), **more), actor=actor).rows


def addresses(asked: str, actor: Actor) -> list[str]:
    return sorted(row["address"] for row in rows("address", actor=actor, address=asked))


def on_disk() -> set[str]:
    return {each.path for each in archiving.store().listing()}


def events_of(*paths: str) -> DataFrame:
    return frames.scanned(archiving.store(), paths).collect()


def overwrite(path: str, content: bytes) -> None:
    archiving.store().put(path, lambda file: file.write(content))


class TestRuns:
    def test_it_keeps_the_events_of_a_run(self, cast: Cast, noon: Any) -> None:
        run = deliver(ssh(POWER, CITY, NOBODY), named("scan_ssh"), actor=cast.officer)
        file = ArchiveFile.objects.get()
        assert (file.rows, file.day, file.run, file.kept_until) == (3, DAY, run, DAY.replace(year=DAY.year + 2))
        assert on_disk() == {file.path}
        found = rows("address", actor=cast.officer, address=POWER)
        assert len(found) == 1
        assert found[0]["organisation"] == cast.country.organisations["SUNPOWER"]
        assert (found[0]["type"], found[0]["port"], found[0]["file"], found[0]["line"]) == (SSH, 22, run.digest, 2)

    def test_it_shows_nothing_of_a_run_that_has_no_verdict(
        self, cast: Cast, noon: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        hand_in(ssh(POWER), named("scan_ssh"), actor=cast.officer)

        def dying(*_: Any) -> None:
            raise SystemExit

        with monkeypatch.context() as patched:
            patched.setattr(running, "_finish", dying)
            with pytest.raises(SystemExit):
                running.work()
        assert len(on_disk()) == 1
        assert rows("address", actor=cast.officer, address=POWER) == []
        with clock.at(NOON + running.HOLD + timedelta(seconds=1)):
            assert running.work() == 1
            assert len(rows("address", actor=cast.officer, address=POWER)) == 1
        assert on_disk() == {ArchiveFile.objects.get().path}, "a repeat overwrites itself"

    def test_it_counts_what_came_twice_once(self, cast: Cast, noon: Any) -> None:
        deliver(ssh(POWER), named("scan_ssh"), actor=cast.officer)
        deliver(ssh(POWER), "again.csv", report="scan_ssh", actor=cast.officer)
        deliver(ssh(POWER, CITY, hour=5), named("scan_ssh"), actor=cast.officer)
        assert archiving.compact() == 1
        found = rows("address", actor=cast.officer, address=POWER)
        assert [row["time"].hour for row in found] == [1], "the earliest stays"
        assert len(rows("address", actor=cast.officer, address=CITY)) == 1

    def test_it_keeps_drills_apart(self, cast: Cast, noon: Any) -> None:
        test = Operation.objects.create(code="T", name_zh="測試", name_en="Test", kind="test", mode="test")
        deliver(ssh(POWER), named("scan_ssh"), actor=cast.officer, operation=test)
        assert ArchiveFile.objects.count() == 1
        assert rows("address", actor=cast.officer, address=POWER) == []

    def test_it_puts_events_under_their_own_days(self, cast: Cast, noon: Any) -> None:
        content = (
            ssh(POWER, day=later(-1)) + ssh(CITY).split(b"\n", 1)[1] + ssh(HOSTER, day=later(90)).split(b"\n", 1)[1]
        )
        deliver(content, named("scan_ssh"), actor=cast.officer)
        days = dict(ArchiveFile.objects.values_list("day", "rows"))
        assert days == {later(-1): 1, DAY: 2}, "what claims to be of a day to come counts as of today"

    def test_it_keeps_nothing_that_is_past_its_time(self, cast: Cast, noon: Any) -> None:
        deliver(ssh(POWER, day=later(-800)) + ssh(CITY).split(b"\n", 1)[1], named("scan_ssh"), actor=cast.officer)
        assert [each.day for each in ArchiveFile.objects.all()] == [DAY]


class TestOrder:
    def two(self, cast: Cast) -> None:
        deliver(ssh(POWER, CITY), named("scan_ssh"), actor=cast.officer)
        deliver(ssh(HOSTER, "2001:db8::1", POWER), named("scan_ssh"), actor=cast.officer)

    def test_it_makes_one_file_of_a_day(self, cast: Cast, noon: Any) -> None:
        self.two(cast)
        before = on_disk()
        assert archiving.compact() == 1
        file = ArchiveFile.objects.live().get()
        assert (file.rows, file.run, ArchiveDay.objects.get().touched) == (4, None, False)
        assert archiving.compact() == 0
        assert on_disk() == before | {file.path}, "questions on their way still find the old ones"
        with clock.at(NOON + archiving.store().grace + timedelta(seconds=1)):
            archiving.collect()
        assert on_disk() == {file.path}
        assert archiving.check().sound

    def test_it_cuts_a_large_day_by_address(self, cast: Cast, noon: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(compacting, "AT_ONCE", 2)
        self.two(cast)
        archiving.compact()
        assert ArchiveFile.objects.live().count() == 3
        assert sum(ArchiveFile.objects.live().values_list("rows", flat=True)) == 4
        question = Question("address", DAY, DAY, address=CITY)
        assert len(asking.paths(question)) == 1, "only the file around the address is opened"
        for each in (POWER, CITY, HOSTER, "2001:db8::1"):
            assert addresses(each, cast.officer) == [each]

    def test_it_waits_while_files_wait_to_be_read(self, cast: Cast, noon: Any) -> None:
        self.two(cast)
        hand_in(ssh(NOBODY), named("scan_ssh"), actor=cast.officer)
        assert archiving.compact() == 0
        assert archiving.compact(now=True) == 1

    def test_it_loses_nothing_that_comes_meanwhile(
        self, cast: Cast, noon: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.two(cast)
        made = archiving._made

        def slow(day: ArchiveDay) -> Any:
            done = made(day)
            deliver(ssh(NOBODY), "late.csv", report="scan_ssh", actor=cast.officer)
            return done

        monkeypatch.setattr(archiving, "_made", slow)
        archiving.compact()
        monkeypatch.setattr(archiving, "_made", made)
        assert ArchiveDay.objects.get().touched
        assert addresses("0.0.0.0/0", cast.officer) == sorted([POWER, CITY, HOSTER, NOBODY])
        assert archiving.compact() == 1
        assert addresses("0.0.0.0/0", cast.officer) == sorted([POWER, CITY, HOSTER, NOBODY])

    def test_one_of_two_workers_wins(self, cast: Cast, noon: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        """One was stopped past its lease, another has put the day in order: the first sees it, and changes nothing."""
        self.two(cast)
        made = archiving._made

        def stopped(day: ArchiveDay) -> Any:
            done = made(day)
            monkeypatch.setattr(archiving, "_made", made)
            with clock.at(NOON + archiving.HOLD + timedelta(seconds=1)):
                assert archiving.compact() == 1
            return done

        monkeypatch.setattr(archiving, "_made", stopped)
        assert archiving.compact() == 0
        assert sum(ArchiveFile.objects.live().values_list("rows", flat=True)) == 4
        assert archiving.check().sound

    def test_it_keeps_events_as_long_as_their_feed_says(self, cast: Cast, at: Any) -> None:
        at(NOON)
        deliver(ssh(POWER), named("scan_ssh"), actor=cast.officer)
        file = ArchiveFile.objects.get()
        at(NOON.replace(year=NOON.year + 2))
        assert archiving.expire() == 0
        at(NOON.replace(year=NOON.year + 2) + timedelta(days=1))
        assert archiving.expire() == 1
        entry = JournalEntry.objects.get(event="archive.dropped")
        assert file.path not in str(vars(entry))
        at(NOON.replace(year=NOON.year + 2) + timedelta(days=3))
        archiving.collect()
        assert on_disk() == set()
        assert ArchiveFile.objects.count() == 0

    def test_it_collects_what_no_row_names(self, cast: Cast, noon: Any) -> None:
        self.two(cast)
        strays = {"2026/2026-11-23/stray.parquet", "2026/2026-11-23/.other.parquet.part"}
        before = on_disk()
        for path in (*strays, "ours-is-not-here.txt"):
            overwrite(path, b"x")
        assert archiving.clear() == 0
        assert strays < on_disk(), "a run may be about to name it"
        written = max(each.at for each in archiving.store().listing())
        with clock.at(datetime.fromtimestamp(written, UTC) + archiving.STRAY + timedelta(minutes=1)):
            assert archiving.clear() == 2
        assert on_disk() == before
        assert archiving.check().sound

    def test_it_says_what_is_not_as_the_manifest_says(self, cast: Cast, noon: Any) -> None:
        self.two(cast)
        first, second = ArchiveFile.objects.order_by("pk")
        archiving.store().remove([first.path])
        overwrite(second.path, b"x" * second.size)
        found = archiving.check()
        assert (found.sound, found.missing, found.wrong) == (False, [first.path], [second.path])

    def test_it_asks_once_more_when_a_file_is_gone(
        self, cast: Cast, noon: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.two(cast)
        stale = asking.paths(Question("address", DAY, DAY, address=POWER))
        archiving.compact()
        with clock.at(NOON + archiving.store().grace + timedelta(seconds=1)):
            archiving.collect()
        paths, given = asking.paths, [stale]
        monkeypatch.setattr(asking, "paths", lambda question: given.pop() if given else paths(question))
        assert addresses(POWER, cast.officer) == [POWER]
        monkeypatch.setattr(asking, "paths", lambda question: stale)
        with pytest.raises(Unavailable):
            addresses(POWER, cast.officer)


class TestQuestions:
    @pytest.fixture(autouse=True)
    def _files(self, cast: Cast, at: Any) -> None:
        at(NOON)
        deliver(ssh(POWER, "198.51.100.24", CITY, NOBODY), named("scan_ssh"), actor=cast.officer)
        at(NOON + timedelta(days=1))
        deliver(ssh(POWER, day=later(1)), named("scan_ssh", later(1)), actor=cast.officer)
        content = sinkhole((POWER, 40001, "conficker"), (CITY, 40002, "mirai"), day=later(1))
        deliver(content, named("event4_sinkhole", later(1)), actor=cast.officer)

    @pytest.mark.parametrize("ordered", [False, True])
    def test_it_finds_an_address_a_network_and_nothing_else(self, ordered: bool, cast: Cast) -> None:
        if ordered:
            archiving.compact()
        found = rows("address", actor=cast.officer, address=POWER)
        assert [row["time"].date() for row in found] == [later(1), later(1), DAY]
        assert set(addresses("198.51.100.0/24", cast.officer)) == {POWER, "198.51.100.24"}
        assert addresses("198.51.101.0/24", cast.officer) == addresses("no.such.example", cast.officer) == []
        assert len(addresses("::/0", cast.officer)) == 7

    def test_it_sums_up_an_organisation(self, cast: Cast) -> None:
        power = cast.country.organisations["SUNPOWER"]
        for owner in (power.public_id, power.code):
            found = rows("owner", actor=cast.officer, owner=owner)
            said = {row["identifier"]: (row["events"], row["addresses"], row["first"], row["last"]) for row in found}
            assert said["open-ssh"] == (3, 2, DAY, later(1))
        assert rows("owner", actor=cast.officer, owner="NO-SUCH") == []

    def test_it_counts_by_day_type_and_sector(self, cast: Cast) -> None:
        found = {(row["day"], row["type"], row["sector"]): row["events"] for row in rows("days", actor=cast.officer)}
        sector = cast.country.organisations["SUNPOWER"].sector
        assert found[DAY, SSH, sector] == 2
        assert found[DAY, SSH, ""] >= 1
        assert sum(found.values()) == 7

    def test_it_hunts_for_indicators(self, cast: Cast) -> None:
        wanted = asking.indicators(f"{POWER}\n\n 203.0.113.99 \n{CITY}")
        found = rows("hunt", actor=cast.officer, indicators=wanted)
        assert {(row["indicator"], row["matched"], row["events"]) for row in found} == {
            (POWER, "address", 3),
            (CITY, "address", 2),
        }

    def test_it_says_when_a_thing_was_first_and_last_seen(self, cast: Cast) -> None:
        found = rows("spells", actor=cast.officer, owner="SUNPOWER")
        said = {
            (row["type"], row["address"]): (row["first"].date(), row["last"].date(), row["events"]) for row in found
        }
        assert said[SSH, POWER] == (DAY, later(1), 2)
        assert len(rows("spells", actor=cast.officer)) > len(found)

    def test_it_says_that_there_is_more(self, cast: Cast) -> None:
        found = asking.ask(Question("address", DAY, later(1), address="0.0.0.0/0", most=2), actor=cast.officer)
        assert (len(found.rows), found.more) == (2, True)

    def test_it_asks_for_what_is_missing(self, cast: Cast) -> None:
        for shape in ("address", "owner", "hunt", "x"):
            with pytest.raises(Invalid):
                rows(shape, actor=cast.officer)

    def test_it_notes_every_question(self, cast: Cast) -> None:
        rows("address", actor=cast.officer, address=POWER)
        rows("owner", actor=cast.officer, owner="SUNPOWER")
        first, second = JournalEntry.objects.filter(event="archive.asked").order_by("seq")
        assert first.actor == cast.officer.reference
        for entry in (first, second):
            assert POWER not in str(vars(entry)), "what was asked is kept as a keyed digest"
        power = cast.country.organisations["SUNPOWER"].public_id
        assert power in str(vars(second))

    @pytest.mark.filterwarnings("ignore")
    def test_it_never_falls_back_when_the_engine_is_away(self, cast: Cast, settings: Any) -> None:
        settings.TONGBAO = msgspec.structs.replace(settings.TONGBAO, engine="sc://127.0.0.1:9")
        assert rows("address", actor=cast.officer, address=POWER), "what is light is answered here"
        with pytest.raises(Unavailable, match="archive-engine-away"):
            rows("days", actor=cast.officer)


class TestSight:
    """One track is not told of the other's events, by no question."""

    def all(self, actor: Actor) -> list[Any]:
        questions: list[tuple[str, dict[str, Any]]] = [
            ("address", {"address": "0.0.0.0/0"}),
            ("owner", {"owner": "NSB-D"}),
            ("days", {}),
            ("hunt", {"indicators": (POWER, NOBODY)}),
            ("spells", {}),
            ("spells", {"owner": "NSB-D"}),
        ]
        return [rows(shape, actor=actor, **more) for shape, more in questions]

    def test_it_hides_the_other_tracks_events(self, cast: Cast, noon: Any) -> None:
        deliver(ssh(POWER), named("scan_ssh"), actor=cast.officer)
        alone = self.all(cast.officer)
        bureau = cast.country.organisations["NSB-D"]
        bureau.networks.create(kind="cidr", value="100.200.1.0/24", first="0" * 32, last="f" * 32, starts_at=NOON)
        deliver(ssh(POWER, NOBODY, hour=2), named("scan_ssh"), actor=cast.officer)
        archiving.compact()
        assert finding(NOBODY).track == Track.NATIONAL_SECURITY
        assert self.all(cast.officer) == alone

    def test_it_hides_what_has_moved_to_the_other_track(self, cast: Cast, noon: Any) -> None:
        deliver(ssh(POWER), named("scan_ssh"), actor=cast.officer)
        alone = self.all(cast.officer)
        deliver(ssh(NOBODY), named("scan_ssh"), actor=cast.officer)
        system = archiving.WORKER
        home = cast.country.organisations["NSB-D"].public_id
        with pytest.raises(Exception):  # noqa: B017, PT011 - somebody who sees both tracks does it
            findings.reassign([finding(NOBODY).public_id], organisation=home, words="x", actor=cast.officer)
        Finding.objects.filter(address=NOBODY).update(track=Track.NATIONAL_SECURITY, first_track=0)
        assert self.all(cast.officer) == alone
        assert addresses(NOBODY, system) == [NOBODY]

    def test_it_hides_an_organisation_that_has_changed_its_track(self, cast: Cast, noon: Any) -> None:
        deliver(ssh(POWER), named("scan_ssh"), actor=cast.officer)
        alone = self.all(cast.officer)
        deliver(ssh(HOSTER), named("scan_ssh"), actor=cast.officer)
        assert addresses(HOSTER, cast.officer) == [HOSTER]
        home = cast.country.organisations["FARHILL"]
        home.track = Track.NATIONAL_SECURITY
        home.save()
        assert self.all(cast.officer) == alone

    def test_it_answers_only_the_office(self, cast: Cast, noon: Any) -> None:
        for actor in (cast.constituent, cast.bureau, cast.interior):
            with pytest.raises(NotFound):
                rows("days", actor=actor)


def test_it_writes_what_every_engine_reads(cast: Cast, noon: Any) -> None:
    deliver(ssh(POWER), named("scan_ssh"), actor=cast.officer)
    file = events_of(ArchiveFile.objects.get().path)
    assert {type(kind) for kind in file.schema.values()} <= {pl.Int64, pl.String, pl.Date, pl.Datetime}
    assert frames.frame("local", archiving.store(), []).collect().is_empty()


class TestCounts:
    """What a file holds of the other track is in no count that one track is shown."""

    def files(self, cast: Cast, *more: str) -> tuple[Any, Any]:
        bureau = cast.country.organisations["NSB-D"]
        bureau.networks.get_or_create(
            kind="cidr",
            value="100.200.1.0/24",
            defaults={"first": "0" * 32, "last": "f" * 32, "starts_at": NOON - timedelta(days=9)},
        )
        run = deliver(ssh(POWER, CITY, *more), named("scan_ssh"), actor=cast.officer)
        page = cast.browser("officer").get(f"/feeds/files/{run.public_id}/").content.decode()
        return run, page

    def test_it_shows_one_track_its_own(self, cast: Cast, noon: Any) -> None:
        run, page = self.files(cast, NOBODY)
        assert (run.rows, run.kept, run.attributed, run.fresh) == (3, 3, 3, 3)
        assert run.by_track == {
            "0": {"fresh": 2, "kept": 2, "attributed": 2},
            "1": {"fresh": 1, "kept": 1, "attributed": 1},
        }
        assert "2 kept of what you may see" in page
        assert "<dd>2</dd>" in page
        assert "<dd>2 new, 0 seen again, 0 no longer seen</dd>" in page
        entry = JournalEntry.objects.get(event="feed-run.finished")
        assert "kept" not in str(vars(entry))

    def test_it_shows_the_whole_to_who_sees_every_track(self, cast: Cast, noon: Any) -> None:
        run, _ = self.files(cast, NOBODY)
        shown = queries.counted(run, archiving.WORKER)
        assert (shown.rows, shown.kept) == (3, 3)

    def test_it_notes_who_exports_findings(self, cast: Cast, noon: Any) -> None:
        self.files(cast)
        owner = cast.country.organisations["SUNPOWER"].public_id
        answer = cast.browser("officer").get(f"/feeds/findings/csv/?state=open&owner={owner}&address={POWER}")
        assert POWER in b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
        entry = JournalEntry.objects.get(event="feed-findings.exported")
        assert entry.actor == cast.officer.reference
        assert POWER not in str(vars(entry))
        assert owner in str(vars(entry))
