"""Workers killed while they send: nothing lost, nothing called sent that was not, repeats marked.

What the mail server has taken is the measure, not what the product says of itself.
"""

import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable

import pytest

from tests.instance import Instance, document
from tests.process.conftest import Outside
from tests.process.sink import Sink

pytestmark = [pytest.mark.process]

ADDRESSES = ("chen@energy.example", "abuse@farhill.example", "chang@sunpower.example")

# Where the worker dies (at the second mail of three) -> how many mails the server has by then, and how many
# of the three it gets afterwards: plain ones, and ones marked as a repeat.
DEATHS = {
    "claiming": (0, 3, 0),
    "claimed": (0, 0, 3),
    "addressed": (1, 0, 3),
    "sending": (1, 0, 3),
    "replied": (2, 0, 3),
    "settling": (3, 0, 3),
    "settled": (3, 0, 0),
}


def dying(instance: Instance, point: str, mail: int = 2) -> None:
    """A worker that is killed there."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.process.worker", "--die", point, "--mail", str(mail)],
        env=instance.environment,
        cwd=instance.home,
        capture_output=True,
        timeout=60,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()


def nothing_is_called_sent_that_was_not(outside: Outside, sink: Sink) -> None:
    sent = {each.message_id for each in outside.deliveries() if each.state == "sent"}
    assert sent <= {each.message_id for each in sink.taken}


def nothing_is_lost_or_doubled_unmarked(outside: Outside, sink: Sink) -> None:
    deliveries = outside.deliveries()
    assert {each.state for each in deliveries} == {"sent"}
    assert {each.message_id for each in deliveries} == {each.message_id for each in sink.taken}
    plain = Counter(each.message_id for each in sink.taken if not each.repeat)
    assert not [each for each, times in plain.items() if times > 1]
    for each in sink.taken:
        assert ("重送" in each.text) == bool(each.repeat)


def test_it_survives_a_worker_killed_at_any_point(
    make_instance: Callable[..., Instance], look: Callable[[Instance], Outside], sink: Sink
) -> None:
    instance = make_instance()
    instance.take_mail(sink)
    outside = look(instance)
    for point, (before, plain, repeats) in DEATHS.items():
        known = len(sink.taken)
        outside.tell(*ADDRESSES)
        dying(instance, point)
        assert len(sink.taken) - known == before, point
        assert not any(each.repeat for each in sink.taken[known:]), point
        nothing_is_called_sent_that_was_not(outside, sink)
        outside.let_time_pass()
        outside.work()
        rest = sink.taken[known + before :]
        assert (len([r for r in rest if not r.repeat]), len([r for r in rest if r.repeat])) == (plain, repeats), point
    nothing_is_lost_or_doubled_unmarked(outside, sink)
    verified = instance.run("audit", "verify")
    assert document(verified)["ok"] is True
