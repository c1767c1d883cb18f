"""What happens to files of feeds, questions and the page of health while the place of the archive cannot be used."""

import logging
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from tests.conftest import NOON, Cast
from tests.observations.feeds import CITY, DAY, POWER, finding, hand_in, named, ssh
from tests.store.gate import KEY_ID, SECRET, Gate
from tests.store.places import settings_of
from tongbao.jobs.models import Heartbeat
from tongbao.journal.models import JournalEntry
from tongbao.kernel.refusals import Unavailable
from tongbao.observations import archiving, asking, running
from tongbao.observations.asking import Question
from tongbao.observations.models import ArchiveFile, FeedRun
from tongbao.records import health

pytestmark = pytest.mark.django_db
ASKED = Question("address", DAY, DAY, address=POWER)


@pytest.fixture(autouse=True)
def _behind(gate: Gate, settings: Any) -> None:
    settings.TONGBAO = msgspec.structs.replace(settings.TONGBAO, **settings_of(gate.url))


def archive_is_well(cast: Cast) -> bool:
    (part,) = (part for part in health.now(cast.officer).parts if part.name == "archive")
    return part.ok


@pytest.mark.parametrize(
    ("status", "fault", "says"),
    [
        (503, "store-away", "does not answer"),
        (403, "store-denied", "does not accept our key"),
    ],
)
def test_a_file_waits_as_long_as_it_takes_and_is_counted_once(
    status: int, fault: str, says: str, cast: Cast, at: Any, gate: Gate, caplog: pytest.LogCaptureFixture
) -> None:
    at(NOON)
    run = hand_in(ssh(POWER, CITY), named("scan_ssh"), actor=cast.officer)
    gate.fails(status, "PUT")
    caplog.set_level(logging.DEBUG)
    moment = NOON
    for _ in range(running.MOST_ATTEMPTS + 2):
        assert running.work() == 1
        assert running.work() == 0, "not again at once"
        moment += timedelta(minutes=20)
        at(moment)
    run.refresh_from_db()
    assert (run.state, run.verdict, run.fault) == ("waiting", "", fault)
    assert not ArchiveFile.objects.exists()
    page = cast.browser("officer").get(f"/feeds/files/{run.public_id}/").content.decode()
    assert says in page
    gate.heals()
    assert running.work() == 1
    run.refresh_from_db()
    assert (run.state, run.verdict, run.fault, run.kept) == ("done", "complete", "", 2)
    assert (finding(POWER).count, finding(POWER).reports) == (1, 1)
    assert len(asking.ask(ASKED, actor=cast.officer).rows) == 1
    assert archiving.check().sound
    journal = "".join(str(vars(entry)) for entry in JournalEntry.objects.all())
    for word in (KEY_ID, SECRET):
        assert word not in caplog.text + journal + page + str(list(FeedRun.objects.values()))


def test_a_run_of_several_days_that_fails_in_the_middle_shows_nothing(cast: Cast, at: Any, gate: Gate) -> None:
    at(NOON)
    content = ssh(POWER, day=DAY - timedelta(days=1)) + ssh(CITY).split(b"\n", 1)[1]
    hand_in(content, named("scan_ssh"), actor=cast.officer)
    gate.fails(500, "PUT", after=1)
    assert running.work() == 1
    assert len(list(archiving.store().listing())) == 1
    assert not ArchiveFile.objects.exists()
    gate.heals()
    at(NOON + timedelta(minutes=20))
    assert running.work() == 1
    assert {each.path for each in archiving.store().listing()} == set(
        ArchiveFile.objects.values_list("path", flat=True)
    )


def test_a_bucket_that_is_missing_is_told_before_the_first_file(
    cast: Cast, noon: Any, gate: Gate, settings: Any
) -> None:
    settings.TONGBAO = msgspec.structs.replace(settings.TONGBAO, **settings_of(gate.url, bucket="elsewhere"))
    assert archive_is_well(cast), "nobody has tried it yet"
    assert archiving.tidy() == 0
    assert not archive_is_well(cast)
    assert Heartbeat.objects.get(name="archive").detail == "store-missing: HTTP 404"
    assert b"cannot be used" in cast.browser("officer").get("/console/health/").content


def test_order_is_made_when_the_store_is_back(cast: Cast, at: Any, gate: Gate) -> None:
    at(NOON)
    for name in ("one", "two"):
        hand_in(ssh(POWER, hour=len(name)), f"{name}.csv", report="scan_ssh", actor=cast.officer)
        hand_in(ssh(CITY), named("scan_ssh"), actor=cast.officer)
    while running.work():
        pass
    before = ArchiveFile.objects.live().count()
    gate.fails(500)
    assert archiving.tidy() == 0
    assert archiving.tried(archiving.clear) == 0
    assert not archive_is_well(cast)
    with pytest.raises(Unavailable, match="archive-away"):
        asking.ask(ASKED, actor=cast.officer)
    assert ArchiveFile.objects.live().count() == before
    gate.heals()
    at(NOON + archiving.HOLD + timedelta(minutes=1))
    assert archiving.tidy() == 1
    assert archive_is_well(cast)
    assert len(asking.ask(ASKED, actor=cast.officer).rows) == 1
