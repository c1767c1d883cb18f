"""Files of feeds: taken in, and taken up again."""

from tongbao.engines.telemetry import catalogue
from tongbao.files import steps as files
from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.kernel import checks, text
from tongbao.kernel.refusals import Conflict, Invalid, NotFound
from tongbao.observations.models import FeedRun
from tongbao.observations.receiving import Arrived
from tongbao.operations.models import Operation
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.policy.require import require


@verb
def take_in(
    arrived: Arrived,
    *,
    name: str,
    report: str = "",
    scope: str = "",
    door: FeedRun.Door,
    operation: Operation,
    actor: Actor,
) -> FeedRun:
    """Keep a file and put it in line. The same bytes of the same report in the same operation are the run that there
    is. ``report`` empty: what its name says. Raises Invalid for a report that nobody knows.
    """
    require(actor, Can.FEED_RECEIVE)
    if report and catalogue.first([report]) is None:
        raise Invalid.one("report", "report-unknown", value=report[:60])
    scope = checks.sound("scope", scope, most=120, needed=False).lower()
    source = files.hold(arrived.written)
    rows = FeedRun.objects.filter(operation=operation, digest=arrived.digest, report=report, scope=scope)
    held = rows.exclude(verdict=FeedRun.Verdict.REFUSED).order_by("pk").first()
    if held is not None:
        return held
    run = FeedRun.objects.create(
        operation=operation,
        door=door,
        name=text.file_name(name)[:200] or "feed",
        report=report[:120],
        scope=scope,
        digest=arrived.digest,
        size=arrived.size,
        source=source,
        sender_id=actor.user,
    )
    record(Event.FEED_RUN_RECEIVED, actor=actor, subject=run, door=door.value, sha256=arrived.digest)
    return run


@verb
def repeat(public_id: str, *, actor: Actor) -> FeedRun:
    """Take up once more what was refused. A run that waits already stays as it is."""
    run = FeedRun.objects.visible_to(actor).select_for_update().filter(public_id=public_id).first()
    if run is None:
        raise NotFound
    require(actor, Can.FEED_RECEIVE, run)
    if run.state != FeedRun.State.DONE:
        return run
    if run.verdict != FeedRun.Verdict.REFUSED:
        raise Conflict("feed-run-done")
    run.state, run.verdict, run.fault, run.attempts, run.finished_at = FeedRun.State.WAITING, "", "", 0, None
    run.save(update_fields=["state", "verdict", "fault", "attempts", "finished_at"])
    record(Event.FEED_RUN_REPEATED, actor=actor, subject=run)
    return run
