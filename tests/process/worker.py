"""``python -m tests.process.worker [--lease SECONDS] [--die POINT] [--mail N] [--skew SECONDS]``: a worker that dies.

It is the product's worker, killed by a real SIGKILL at a point that could not be hit from outside, at the Nth mail;
``--skew``: its clock is fast by so much, or slow.
"""

import argparse
import os
import re
import signal
import smtplib
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

POINTS = ("claiming", "claimed", "addressed", "sending", "replied", "settling", "settled")
"""claiming: the claim is written, not committed · claimed: committed, nothing sent · addressed: the server has
agreed to the recipient · sending: half of the message has left · replied: the server has taken it, nothing is
written down · settling: that is written, not committed · settled: committed."""
STEPS = ("climbing", "climbed")
"""Of what follows a silence. climbing: a first step is written, none is committed · climbed: all that were due are."""


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def after(owner: Any, name: str, then: Callable[[], None]) -> None:
    """Do something each time that a function has done its work."""
    original = getattr(owner, name)

    @wraps(original)
    def changed(*args: Any, **kwargs: Any) -> Any:
        result = original(*args, **kwargs)
        then()
        return result

    setattr(owner, name, changed)


def doomed(points: tuple[str, ...], arm: Callable[[str, int], None]) -> None:
    """A process that works until it comes to ``--die POINT`` for the ``--at`` th time; without one to its end."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--die", choices=points, default="")
    parser.add_argument("--at", type=int, default=1)
    asked = parser.parse_args()
    from tongbao.wiring.cli.output import start_django

    start_django()
    if asked.die:
        arm(asked.die, asked.at)


def _arm(point: str, mail: int) -> None:
    from tongbao.net import guard
    from tongbao.notices import delivery, escalating, settling
    from tongbao.notices.channels.email.transport import Post
    from tongbao.notices.channels.gateway.adapter import Gateway
    from tongbao.notices.channels.webhook.channel import Webhook

    count = 0

    def nth() -> None:
        nonlocal count
        count += 1
        if count == mail:
            die()

    if point == "claimed":
        _when_claimed(delivery)
    elif point == "addressed":
        after(Post, "_addressed", nth)
    elif point == "sending":
        _cut_in_two(mail)
        _cut_request_in_two(guard, mail)
    elif point == "replied":
        after(Post, "_handed", nth)
        after(Gateway, "send", nth)
        after(Webhook, "send", nth)
    elif point == "settled":
        after(settling, "settle", die)
    elif point == "climbed":
        after(escalating, "_batch", die)
    elif point == "climbing":
        before_commit(r'^UPDATE "notices_reach" SET "step"', die)
    else:
        time = 1 if point == "claiming" else 2
        before_commit(r"""^UPDATE "?notices_delivery"? SET.*lease""", die, time=time)


def _when_claimed(delivery: Any) -> None:
    """Die when something has been claimed: a lane that finds nothing left is no claim."""
    claim = delivery._claim

    def changed(*args: Any, **kwargs: Any) -> Any:
        claimed = claim(*args, **kwargs)
        if claimed:
            die()
        return claimed

    delivery._claim = changed


def _cut_in_two(mail: int) -> None:
    """Die when half of the Nth message is on the wire."""
    send, count = smtplib.SMTP.send, 0

    def half(server: smtplib.SMTP, content: Any) -> None:
        nonlocal count
        if len(content) < 200:  # a command
            send(server, content)
            return
        count += 1
        if count < mail:
            send(server, content)
            return
        send(server, content[: len(content) // 2])
        die()

    smtplib.SMTP.send = half  # type: ignore[method-assign]


def _cut_request_in_two(guard: Any, message: int) -> None:
    """Die when half of the Nth request's body is on the wire: a request is sent as a head and a body."""
    send, count = guard._TimedPlainSocket.sendall, 0

    def half(socket: Any, content: Any, *args: Any) -> None:
        nonlocal count
        count += 1
        if count < 2 * message:
            send(socket, content, *args)
            return
        send(socket, content[: len(content) // 2])
        die()

    guard._TimedPlainSocket.sendall = half


def before_commit(statement: str, then: Callable[[], None], *, time: int = 1) -> None:
    """Do something inside a transaction, right after the statement has been run for the Nth time."""
    from django.db.backends.signals import connection_created

    pattern, count = re.compile(statement, re.DOTALL), 0

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal count
        result = execute(sql, params, many, context)
        if pattern.match(sql):
            count += 1
            if count == time:
                then()
        return result

    def hook(connection: Any, **_: Any) -> None:
        connection.execute_wrappers.append(watch)

    connection_created.connect(hook, weak=False)


def _skew(by: timedelta) -> None:
    """Before anything is loaded that keeps the clock for its defaults."""
    from tongbao.kernel import clock

    right = clock.now
    clock.now = lambda: right() + by


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--lease", type=float, default=0)
    parser.add_argument("--die", choices=POINTS + STEPS, default="")
    parser.add_argument("--mail", type=int, default=1)
    parser.add_argument("--skew", type=float, default=0)
    asked = parser.parse_args()
    if asked.skew:
        _skew(timedelta(seconds=asked.skew))
    from tongbao.wiring.cli.output import start_django

    start_django()
    from tongbao.notices import rules
    from tongbao.wiring import worker

    if asked.lease:
        rules.LEASE = timedelta(seconds=asked.lease)
    if asked.die:
        _arm(asked.die, asked.mail)
    worker.run()


if __name__ == "__main__":
    main()
