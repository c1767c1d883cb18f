"""``python -m tests.process.worker [--lease SECONDS] [--die POINT] [--mail N]``: a worker of the product that dies.

It is the product's worker, killed by a real SIGKILL at a point that could not be hit from outside, at the Nth mail.
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


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _after(owner: Any, name: str, then: Callable[[], None]) -> None:
    """Do something each time that a function has done its work."""
    original = getattr(owner, name)

    @wraps(original)
    def changed(*args: Any, **kwargs: Any) -> Any:
        result = original(*args, **kwargs)
        then()
        return result

    setattr(owner, name, changed)


def _arm(point: str, mail: int) -> None:
    from tongbao.net import guard
    from tongbao.notices import delivery, settling
    from tongbao.notices.channels.gateway.adapter import Gateway
    from tongbao.notices.channels.webhook.channel import Webhook

    count = 0

    def nth() -> None:
        nonlocal count
        count += 1
        if count == mail:
            _die()

    if point == "claimed":
        _after(delivery, "_claim", _die)
    elif point == "addressed":
        _after(smtplib.SMTP, "rcpt", nth)
    elif point == "sending":
        _cut_in_two(mail)
        _cut_request_in_two(guard, mail)
    elif point == "replied":
        _after(smtplib.SMTP, "data", nth)
        _after(Gateway, "send", nth)
        _after(Webhook, "send", nth)
    elif point == "settled":
        _after(settling, "settle", _die)
    else:
        _die_before_commit(r"""^UPDATE "?notices_delivery"? SET.*lease""", after=1 if point == "claiming" else 2)


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
        _die()

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
        _die()

    guard._TimedPlainSocket.sendall = half


def _die_before_commit(statement: str, *, after: int) -> None:
    """Die inside a transaction, right after the statement has been run for the Nth time."""
    from django.db.backends.signals import connection_created

    pattern, count = re.compile(statement, re.DOTALL), 0

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal count
        result = execute(sql, params, many, context)
        if pattern.match(sql):
            count += 1
            if count == after:
                _die()
        return result

    def hook(connection: Any, **_: Any) -> None:
        connection.execute_wrappers.append(watch)

    connection_created.connect(hook, weak=False)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--lease", type=float, default=0)
    parser.add_argument("--die", choices=POINTS, default="")
    parser.add_argument("--mail", type=int, default=1)
    asked = parser.parse_args()
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
