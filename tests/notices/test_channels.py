"""What every channel has to do, whatever the other side does: one contract, each channel through it."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from tests.conftest import NOON, Cast
from tests.notices.conftest import TOKEN, Bench
from tests.notices.sides import Side
from tests.release.ways import drill
from tongbao.journal.models import JournalEntry
from tongbao.kernel import clock
from tongbao.notices import delivery, rules
from tongbao.notices.channels.gateway.adapter import Gateway
from tongbao.notices.models import Delivery, Letter, Report
from tongbao.operations import enrolment_actions
from tongbao.operations.enrolment_actions import Named
from tongbao.parties.models import ContactPoint

pytestmark = pytest.mark.usefixtures("noon")
CHANNELS = ("email", "sms", "voice", "webhook")
GATEWAYS = ("sms", "voice")


class Play:
    """One message over one channel, and the other side."""

    def __init__(self, side: Side, contact: ContactPoint) -> None:
        self.side, self.contact = side, contact
        self.moment: datetime = NOON

    def work(self, after: timedelta = timedelta(0)) -> int:
        self.moment += after
        with clock.at(self.moment):
            return delivery.send_due(only=self.side.kind, connect=self.side.connect)

    @property
    def row(self) -> Delivery:
        return Delivery.objects.exclude(receipt=None).get()

    def broken(self) -> bool:
        self.contact.refresh_from_db()
        return self.contact.broken_at is not None


@pytest.fixture
def play(side_of: Callable[[str], Side], reach: Any, tell: Any) -> Callable[[str], Play]:
    def begin(kind: str) -> Play:
        side = side_of(kind)
        contact = reach(kind, side.address)
        tell(contact)
        return Play(side, contact)

    return begin


HOUR = timedelta(hours=1)


@pytest.mark.parametrize("kind", CHANNELS)
def test_it_hands_a_message_over_once_and_keeps_what_was_said(kind: str, play: Any) -> None:
    scene = play(kind)
    assert scene.work() == 1
    assert (scene.row.state, scene.row.attempts, scene.row.maybe_sent) == ("sent", 1, False)
    assert scene.row.reply.startswith("2")
    assert scene.side.copies() == [""]
    assert scene.work(HOUR) == 0


@pytest.mark.parametrize("kind", CHANNELS)
@pytest.mark.parametrize("fault", ["busy", "server"])
def test_it_tries_again_what_may_pass(kind: str, fault: str, play: Any) -> None:
    """4xx and 5xx that are not for good."""
    scene = play(kind)
    scene.side.fault(fault)
    scene.work()
    assert (scene.row.state, scene.side.copies()) == ("due", [])
    scene.side.fault("")
    scene.work(HOUR)
    assert (scene.row.state, len(scene.side.copies())) == ("sent", 1)
    assert not scene.broken()


@pytest.mark.parametrize("kind", CHANNELS)
def test_it_gives_up_what_is_refused_for_good_and_does_not_blame_the_address(kind: str, play: Any) -> None:
    scene = play(kind)
    scene.side.fault("refused")
    scene.work()
    assert (scene.row.state, scene.side.copies()) == ("failed", [])
    assert not scene.broken()


@pytest.mark.parametrize("kind", CHANNELS)
def test_it_marks_an_address_that_does_not_work_and_tells_its_organisation(kind: str, play: Any, tell: Any) -> None:
    scene = play(kind)
    scene.side.fault("wrong")
    scene.work()
    assert scene.row.state == "failed"
    assert scene.broken()
    assert JournalEntry.objects.filter(event="contact.broken", subject_id=scene.contact.public_id).count() == 1
    letter = Letter.objects.get()
    assert "/organisations/own/" in letter.body
    assert scene.contact.address not in letter.body
    assert letter.deliveries.get().address == "huang@sunpower.example"
    again = tell(scene.contact)
    assert not Delivery.objects.filter(receipt__notice=again).exists(), "nothing more goes there"


@pytest.mark.parametrize("kind", CHANNELS)
def test_it_marks_the_repeat_of_what_may_have_arrived(kind: str, play: Any) -> None:
    """Timeout: the other side has taken it, its answer does not come."""
    scene = play(kind)
    scene.side.fault("lost answer")
    scene.work()
    assert (scene.row.state, scene.row.maybe_sent) == ("due", True)
    scene.side.fault("")
    scene.work(HOUR)
    assert scene.row.state == "sent"
    assert scene.side.copies() == ["", "2"]


@pytest.mark.parametrize("kind", CHANNELS)
def test_it_loses_nothing_when_the_connection_is_cut(kind: str, play: Any) -> None:
    scene = play(kind)
    scene.side.fault("cut")
    scene.work()
    assert (scene.row.state, scene.side.copies()) == ("due", [])
    scene.side.fault("")
    scene.work(HOUR)
    assert (scene.row.state, len(scene.side.copies())) == ("sent", 1)


@pytest.mark.parametrize("kind", CHANNELS)
def test_it_waits_while_the_other_side_is_away(kind: str, play: Any) -> None:
    scene = play(kind)
    scene.side.fault("away")
    scene.work()
    shared = kind != "webhook"  # a gateway's absence is no attempt; a recipient's own machine counts
    assert (scene.row.state, scene.row.attempts) == ("due", 0 if shared else 1)
    assert not scene.row.maybe_sent
    scene.side.fault("")
    assert scene.work() == 0, "nobody knocks again at once"
    assert scene.work(rules.KNOCK_AGAIN) == 1
    assert scene.side.copies() == [""]


@pytest.mark.parametrize("kind", CHANNELS)
def test_it_takes_over_from_a_worker_that_has_died(kind: str, play: Any) -> None:
    scene = play(kind)
    delivery._claim("dead-worker", kind)
    assert scene.work() == 0, "the lease still runs"
    scene.work(rules.LEASE + timedelta(seconds=1))
    assert (scene.row.state, scene.row.attempts) == ("sent", 2)
    assert scene.side.copies() == ["2"]


@pytest.mark.parametrize("kind", CHANNELS)
def test_it_gives_an_address_up_after_days_of_trying(kind: str, play: Any) -> None:
    scene = play(kind)
    Delivery.objects.update(attempts=rules.MOST_ATTEMPTS - 1)
    scene.side.fault("server")
    scene.work()
    assert scene.row.state == "failed"
    assert scene.broken()


@pytest.mark.parametrize("kind", ["sms", "voice", "webhook"])
def test_it_is_not_held_back_by_another_channel(kind: str, play: Any) -> None:
    """The mail server is away: what goes another way leaves all the same."""
    scene = play(kind)
    delivery.send_due(connect=scene.side.connect)
    assert (scene.row.state, scene.side.copies()) == ("sent", [""])


@pytest.mark.parametrize("kind", CHANNELS)
@pytest.mark.parametrize(("frame", "mark"), [("drill", "EXERCISE: "), ("test", "TEST: ")])
def test_it_says_before_all_else_that_it_is_not_real(
    kind: str, frame: str, mark: str, cast: Cast, side_of: Callable[[str], Side], reach: Any, tell: Any
) -> None:
    side = side_of(kind)
    contact = reach(kind, side.address)
    operation = drill(cast, frame)
    tell(contact, operation=operation)
    assert Play(side, contact).work() == 0, "nobody is enrolled yet"
    enrolment_actions.enrol(operation.public_id, Named(organisations=("SUNPOWER",)), actor=cast.officer)
    tell(contact, operation=operation)
    assert Play(side, contact).work() == 1
    assert side.first_words().startswith(mark + "Title")


# --- delivery reports ---


def post(kind: str, document: Any, token: str = TOKEN, what: str = "report") -> Any:
    given = {"data": json.dumps(document), "content_type": "application/json"}
    return Client().post(f"/hooks/{kind}/{what}/", **given, headers={"Authorization": f"Bearer {token}"})


@pytest.mark.parametrize("kind", GATEWAYS)
@pytest.mark.parametrize("ours", [True, False])
def test_it_learns_that_a_message_was_delivered_however_often_it_is_told(kind: str, ours: bool, play: Any) -> None:
    scene = play(kind)
    scene.work()
    (kept,) = scene.side.simulator.taken
    told = {"id": kept.id, "status": "delivered"} | ({"reference": kept.reference} if ours else {})
    assert [post(kind, told).json() for _ in range(2)] == [{"taken": 1, "known": 0}, {"taken": 0, "known": 1}]
    assert scene.row.state == "delivered"
    assert Report.objects.count() == 1
    assert JournalEntry.objects.filter(event="delivery.reported").count() == 1
    post(kind, told | {"status": "failed"})
    assert scene.row.state == "delivered", "what has arrived has arrived"


@pytest.mark.parametrize("kind", GATEWAYS)
@pytest.mark.parametrize("ours", [True, False])
def test_it_takes_a_report_that_comes_before_the_send_has_returned(
    kind: str, ours: bool, play: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = play(kind)
    sending = Gateway.send

    def early(channel: Gateway, row: Delivery, content: Any) -> Any:
        outcome = sending(channel, row, content)
        named = {"reference": row.public_id} if ours else {"id": outcome.reference}
        assert post(kind, named | {"status": "delivered"}).json()["taken"] == 1
        assert scene.row.state == "sending"
        return outcome

    monkeypatch.setattr(Gateway, "send", early)
    scene.work()
    assert scene.row.state == "sent"
    scene.work()
    assert scene.row.state == "delivered"
    assert scene.side.copies() == [""]


@pytest.mark.parametrize("kind", GATEWAYS)
def test_it_sends_nothing_again_that_was_reported_after_its_worker_died(kind: str, play: Any) -> None:
    scene = play(kind)
    (held,) = delivery._claim("dead-worker", kind)
    post(kind, {"reference": held.public_id, "status": "delivered"})
    assert scene.row.state == "sending"
    scene.work(rules.LEASE + timedelta(seconds=1))
    assert (scene.row.state, scene.side.copies()) == ("delivered", [])


@pytest.mark.parametrize("kind", GATEWAYS)
def test_it_repeats_nothing_that_was_reported_after_a_timeout(kind: str, play: Any) -> None:
    scene = play(kind)
    scene.side.fault("lost answer")
    scene.work()
    post(kind, {"reference": scene.row.public_id, "status": "delivered"})
    scene.work(HOUR)
    assert (scene.row.state, scene.side.copies()) == ("delivered", [""])


@pytest.mark.parametrize(("status", "broken"), [("failed", False), ("number-unknown", True)])
def test_it_learns_that_a_message_did_not_arrive(status: str, broken: bool, play: Any) -> None:
    scene = play("sms")
    scene.work()
    post("sms", {"reference": scene.row.public_id, "status": status})
    assert (scene.row.state, scene.broken(), Letter.objects.exists()) == ("failed", broken, broken)


def test_it_believes_nothing_of_a_message_that_it_has_not_sent(play: Any) -> None:
    scene = play("sms")
    post("sms", {"reference": scene.row.public_id, "status": "delivered"})
    assert scene.row.state == "due"
    scene.work()
    assert scene.side.copies() == [""]


@pytest.mark.parametrize("document", [{}, [], "x", {"reference": "nobody", "status": "delivered"}, {"status": "sent"}])
def test_it_takes_a_report_that_says_nothing_without_harm(document: Any, play: Any) -> None:
    scene = play("sms")
    assert post("sms", document).status_code == 200
    scene.work()
    assert scene.row.state == "sent"


@pytest.mark.parametrize("token", ["", "wrong", TOKEN[:-1], f"{TOKEN}x", "é" * 30])
def test_it_opens_its_hooks_to_the_gateway_alone(token: str, play: Any) -> None:
    play("sms")
    for what in ("report", "reply"):
        assert post("sms", {}, token.encode("latin-1").decode("latin-1"), what).status_code == 404
    assert post("email", {}).status_code == 404
    assert post("nonsense", {}).status_code == 404


def test_it_takes_a_report_by_the_query_of_a_gateway_that_knows_no_header(play: Any) -> None:
    scene = play("sms")
    scene.work()
    answer = Client().get(
        "/hooks/sms/report/", {"token": TOKEN, "reference": scene.row.public_id, "status": "delivered"}
    )
    assert (answer.status_code, scene.row.state) == (200, "delivered")


def test_it_keeps_to_the_rate_of_a_gateway(bench: Bench, play: Any) -> None:
    from django.test import override_settings

    scene = play("sms")
    rows = [
        Delivery(
            receipt=scene.row.receipt, contact=scene.contact, channel="sms", address=scene.side.address, due_at=NOON
        )
    ]
    Delivery.objects.bulk_create(
        rows * 1
        + [Delivery(receipt=scene.row.receipt, channel="sms", address="+886900000001", due_at=NOON) for _ in range(8)]
    )
    import msgspec

    slow = msgspec.structs.replace(bench.settings(), sms_gateway=bench.described("sms", rate_per_minute="120"))
    with override_settings(TONGBAO=slow):
        taken = []
        for _ in range(6):
            taken.append(scene.work())
            scene.moment += timedelta(seconds=1)
    assert taken == [2, 2, 2, 2, 2, 0]


def test_it_keeps_to_the_rate_of_each_machine_and_lets_others_go_on(bench: Bench, play: Any) -> None:
    import msgspec
    from django.test import override_settings

    scene = play("webhook")
    elsewhere = scene.side.address.replace("127.0.0.1", "localhost")
    inside = (*bench.settings().allowed_inside, f"http://localhost:{bench.port}")
    Delivery.objects.bulk_create(
        Delivery(receipt=scene.row.receipt, channel="webhook", address=address, due_at=NOON)
        for address in [scene.side.address] * 6 + [elsewhere] * 2
    )
    with override_settings(TONGBAO=msgspec.structs.replace(bench.settings(), webhook_rate=120, allowed_inside=inside)):
        taken = []
        for _ in range(5):
            taken.append(scene.work())
            scene.moment += timedelta(seconds=1)
    assert taken == [4, 2, 2, 1, 0]
    assert set(Delivery.objects.filter(channel="webhook").values_list("attempts", flat=True)) == {1}
