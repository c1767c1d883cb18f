"""The verbs of feeds and findings, and of the feed of warnings, each with a call that works."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from tests.journal.story import Act, Story
from tests.notices.warnings import warned
from tests.observations.feeds import CITY, DAY, POWER, deliver, finding, hand_in, named, ssh
from tongbao.engines.telemetry import opening
from tongbao.files import store
from tongbao.files.steps import Received
from tongbao.journal.events import Event
from tongbao.notices import feeding
from tongbao.notices.models import Receipt
from tongbao.observations import applying, archiving, digests, receiving, running, shaping, wording
from tongbao.observations.actions import findings, runs
from tongbao.observations.digests import Due
from tongbao.observations.models import ArchiveFile, Digest, FeedRun
from tongbao.operations.models import routine
from tongbao.policy.actors import Actor

E = Event
SECOND = "198.51.100.24"


def _seen(d: Any, *addresses: str) -> list[str]:
    """What a file has shown, found open."""
    deliver(ssh(*addresses), named("scan_ssh"), actor=d.cast.officer)
    return [finding(address).public_id for address in addresses]


def _acknowledge(d: Any) -> Act:
    keys = _seen(d, POWER, SECOND)
    return lambda actor: findings.acknowledge(keys, verdict="false-positive", words="x", actor=actor)


def _fix(d: Any) -> Act:
    keys = _seen(d, POWER, SECOND)
    return lambda actor: findings.fix(keys, words="x", actor=actor)


def _reassign(d: Any) -> Act:
    keys, home = _seen(d, POWER), d.home("FARHILL").public_id
    return lambda actor: findings.reassign(keys, organisation=home, words="x", actor=actor)


def _merge(d: Any) -> Act:
    whole, part = _seen(d, POWER, SECOND)
    return lambda actor: findings.merge([part], into=whole, actor=actor)


def _tell(d: Any) -> Act:
    """The files of the day have shown something, and nobody has been told."""
    _seen(d, POWER, CITY)
    found = finding(POWER)
    due = Due(found.operation_id, d.home("SUNPOWER").pk, found.type, DAY)
    rows = list(digests._untold([due]))
    enclosed = (Received(store.write([b"rows"]), "rows.csv", "text/csv"),)
    return lambda actor: digests._tell([digests.Written(due, rows, enclosed)])


def _hear(d: Any) -> Act:
    _tell(d)(d.cast.officer)
    digest = Digest.objects.get().public_id
    return lambda actor: findings.hear_answer(digest, code="confirmed", words="x")


def _take_in(d: Any) -> Act:
    def act(actor: Actor) -> FeedRun:
        arrived = receiving.arrive([ssh(POWER)])
        door = FeedRun.Door.API
        return runs.take_in(arrived, name=named("scan_ssh"), door=door, operation=routine(), actor=actor)

    return act


def _repeat(d: Any) -> Act:
    refused = deliver(ssh(POWER), "unheard-of.csv", actor=d.cast.officer)
    return lambda actor: runs.repeat(refused.public_id, actor=actor)


def _claimed(d: Any, name: str = "") -> FeedRun:
    """A file that a worker has taken up."""
    hand_in(ssh(POWER), name or named("scan_ssh"), actor=d.cast.officer)
    run = running._claim()
    assert run is not None
    return run


def _placing(run: FeedRun) -> tuple[Any, ...]:
    path = store.path_of(run.source.sha256)
    feed, name = running._definition(run, path)
    return run, feed, name, opening.content(path)[0]


def _read(d: Any) -> tuple[Any, ...]:
    """As far as the engine brings it: what a run is finished with."""
    run = _claimed(d)
    given = _placing(run)
    assert running._placed(*given)
    feed = given[1]
    summary, damaged = running._read(run, feed, store.path_of(run.source.sha256))
    pieces = archiving.put(run, feed, running.folder(run) / "events.parquet", summary, lambda: None)
    return run, feed, summary, damaged, running._terms(run, feed, summary), pieces


def _ended(call: Callable[[], object]) -> Act:
    """Once more, the worker has no lease any more: the run has its verdict."""

    def act(actor: Actor) -> None:
        with suppress(running.Lost):
            call()

    return act


def _placed(d: Any) -> Act:
    """The same rows under another name: they are counted already."""
    _seen(d, POWER)
    run = hand_in(ssh(POWER), "again.csv", report="scan_ssh", scope="example-geo", actor=d.cast.officer)
    taken = running._claim()
    assert taken == run
    given = _placing(taken)
    return _ended(lambda: running._placed(*given))


def _batch(d: Any) -> Act:
    run, feed, summary, _, terms, _ = _read(d)
    path, client = running.folder(run) / "events.parquet", wording.meaning(feed.rsit).client
    rows = next(iter(shaping.groups(path, summary.kept, client=client, size=applying.SIZE)))
    return lambda actor: running._batch(run, rows, terms, rows.height)


def _finish(d: Any) -> Act:
    given = _read(d)
    running._apply(given[0], given[1], given[2], given[4])
    return _ended(lambda: running._finish(*given))


def _end(d: Any) -> Act:
    run = _claimed(d, "unheard-of.csv")
    return _ended(lambda: running._end(run, FeedRun.Verdict.REFUSED, "report-unknown"))


def _hand_over(d: Any) -> Act:
    notice = warned(d.cast, "SUNPOWER")
    receipt = Receipt.objects.filter(notice=notice, organisation=d.home("SUNPOWER")).order_by("pk")[0].public_id
    return lambda actor: feeding.hand_over(receipt, actor=actor, files_at="https://x")


def _drop(d: Any) -> Act:
    _seen(d, POWER)
    due = list(ArchiveFile.objects.all())
    return lambda actor: archiving._drop(due)


def _settle(d: Any) -> Act:
    """A day has two files, and a worker has made one of them."""
    for address in (POWER, CITY):
        deliver(ssh(address), f"{address}.csv", report="scan_ssh", actor=d.cast.officer)
    day = archiving._claim(set(), now=True)
    assert day is not None
    made = archiving._made(day)

    def act(actor: Actor) -> None:
        with suppress(archiving.Lost):
            archiving._settle(day, made)

    return act


OBSERVING: dict[str, Story] = {
    "observations.actions.findings.acknowledge": Story(
        _acknowledge, {E.FEED_FINDING_ACKNOWLEDGED}, by="constituent", refused="auditor"
    ),
    "observations.actions.findings.fix": Story(_fix, {E.FEED_FINDING_FIXED}, by="constituent", refused="auditor"),
    "observations.actions.findings.hear_answer": Story(_hear, {E.FEED_FINDING_ACKNOWLEDGED}),
    "observations.actions.findings.merge": Story(_merge, {E.FEED_FINDING_MERGED}, refused="constituent"),
    "observations.actions.findings.reassign": Story(_reassign, {E.FEED_FINDING_REASSIGNED}, refused="constituent"),
    "observations.actions.runs.repeat": Story(_repeat, {E.FEED_RUN_REPEATED}, refused="auditor"),
    "observations.actions.runs.take_in": Story(_take_in, {E.FEED_RUN_RECEIVED}, refused="auditor"),
    "observations.archiving._drop": Story(_drop, {E.ARCHIVE_DROPPED}),
    "observations.archiving._settle": Story(_settle, {E.ARCHIVE_COMPACTED}),
    "observations.digests._tell": Story(_tell, {E.DIGEST_SENT, E.NOTICE_SENT, E.RELEASE_ENTERED}),
    "observations.running._batch": Story(_batch),
    "observations.running._end": Story(_end, {E.FEED_RUN_FINISHED}),
    "observations.running._finish": Story(_finish, {E.FEED_RUN_FINISHED}),
    "observations.running._placed": Story(_placed, {E.FEED_RUN_FINISHED}),
    "notices.feeding.hand_over": Story(_hand_over, {E.RELEASE_ENTERED}, by="constituent"),
}
