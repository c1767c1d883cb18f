"""A mail server that refuses, hangs up, falls silent, closes: every mail ends in the state that is true of it."""

import time
from collections.abc import Callable

import pytest

from tests.instance import Instance
from tests.outside import Outside
from tests.process.sink import Sink
from tests.process.test_kills import nothing_is_called_sent_that_was_not
from tongbao.parties.models import ContactPoint

pytestmark = pytest.mark.process

# Address -> what the server does, the state that this leaves, whether the mail may have arrived, and how often
# it has arrived once the server is well again.
FAULTS = {
    "chen@energy.example": ("", "sent", False, 1),
    "lin@nco.example": ("mute rcpt", "due", False, 1),
    "abuse@farhill.example": ("450", "due", False, 1),
    "wang@nco.example": ("mute reply", "due", True, 2),
    "chang@sunpower.example": ("550", "failed", False, 0),
    "ho@nco.example": ("data 451", "due", False, 1),
    "chou@nco.example": ("data 552", "failed", False, 0),
    "wu@nco.example": ("cut rcpt", "due", False, 1),
    "hsu@interior.example": ("cut data", "due", True, 1),
    "huang@sunpower.example": ("", "sent", False, 1),
    "liu@greenhill.example": ("cut reply", "due", True, 2),
}


def wait_until(outside: Outside, settled: Callable[[], bool], seconds: float = 40) -> None:
    for _ in range(int(seconds * 10)):
        if settled():
            return
        time.sleep(0.1)
    raise AssertionError(outside.states())


@pytest.mark.parametrize("pipelining", [False, True])
def test_it_leaves_every_mail_in_the_state_that_is_true_of_it(
    make_instance: Callable[..., Instance], look: Callable[[Instance], Outside], sink: Sink, pipelining: bool
) -> None:
    sink.pipelining = pipelining
    instance = make_instance(TONGBAO_SMTP_TIMEOUT="1")
    outside = look(instance)
    for address in FAULTS:  # one after the other, so that no three breaks follow each other
        outside.tell(address)
    instance.start("worker")

    # The server is not there: nothing is tried, nothing is lost.
    wait_until(outside, outside.knocked)
    assert {(each.state, each.attempts) for each in outside.deliveries()} == {("due", 0)}

    # It comes, and behaves badly towards all but two.
    sink.script = {address: fault for address, (fault, _, _, _) in FAULTS.items()}
    instance.take_mail(sink)
    outside.let_time_pass()
    wait_until(outside, lambda: all(each.attempts and each.state != "sending" for each in outside.deliveries()))
    nothing_is_called_sent_that_was_not(outside, sink)
    for each in outside.deliveries():
        _, state, maybe, _ = FAULTS[each.address]
        assert (each.address, each.state, each.maybe_sent) == (each.address, state, maybe)
        assert each.reply
    with outside.inside():
        assert set(ContactPoint.objects.exclude(broken_at=None).values_list("address", flat=True)) == {
            "chang@sunpower.example"
        }

    # It is well again: what waits is sent, and marked where it may be the second time.
    sink.script = {}
    outside.let_time_pass()
    wait_until(outside, lambda: "due" not in outside.states().values() and "sending" not in outside.states().values())
    mails = {each.message_id for each in outside.deliveries() if each.receipt_id is not None}
    assert [each.to for each in sink.taken if each.message_id not in mails] == ["huang@sunpower.example"]  # of 550
    for address, (_, state, maybe, times) in FAULTS.items():
        arrived = [each for each in sink.of(address) if each.message_id in mails]
        assert (address, outside.states()[address]) == (address, "failed" if state == "failed" else "sent")
        assert (address, len(arrived)) == (address, times)
        if arrived:
            assert bool(arrived[-1].repeat) == maybe, address
            assert len({each.message_id for each in arrived}) == 1
