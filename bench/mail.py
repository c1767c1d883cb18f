"""Deliveries through the product's sender against a bare SMTP loop with prebuilt bytes, alternating, one sink for both.

Rounds of ``each`` mails: the bare loop, one worker, two workers at once. Workers and loop are processes of their own
and say their own processor time. The sinks: one that has a mail on disk before it says 250, as a mail server must, and
offers PIPELINING, as mail servers do; the same without PIPELINING; and one that keeps nothing, which no mail server
does: what is left then is the processor alone.
"""

import asyncio
import json
import os
import smtplib
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.instance import free_port

WARM = 50


def measure(rounds: int, each: int) -> dict[str, Any]:
    """Medians of the rates per second on the clock and of microseconds of processor a mail, and their ratios."""
    return {name: _measured(rounds, each, **sink) for name, sink in SINKS.items()}


SINKS = {
    "on disk, pipelining": {"pipelining": True, "keeps": True},
    "on disk": {"pipelining": False, "keeps": True},
    "keeps nothing, pipelining": {"pipelining": True, "keeps": False},
}


def _measured(rounds: int, each: int, **sink: bool) -> dict[str, Any]:
    found = []
    with _sink(**sink) as port:
        sample = Path(f"/tmp/tongbao-bench-mail-{os.getpid()}.json")
        _due(WARM)
        _children(port, "worker", 1, keep=str(sample))
        for _ in range(rounds):
            bare = _children(port, "bare", 1, sample=str(sample), each=each)
            _due(each)
            one = _children(port, "worker", 1)
            _due(each)
            two = _children(port, "worker", 2)
            rate = {name: each / part["wall"] for name, part in (("bare", bare), ("one", one), ("two", two))}
            cost = {f"{name}_us": part["processor"] / each * 1e6 for name, part in (("bare", bare), ("one", one))}
            cost |= {"one_cores": one["cores"], "two_cores": two["cores"]}
            ratios = {"ratio": rate["one"] / rate["bare"], "second_worker": rate["two"] / rate["one"]}
            found.append(rate | cost | ratios)
        sample.unlink(missing_ok=True)
    return {"rounds": found} | {key: round(statistics.median(part[key] for part in found), 2) for key in found[0]}


def _children(port: int, what: str, count: int, **options: Any) -> dict[str, float]:
    """So many processes that do it at once: from when all are ready until the last has ended, their processor, and
    how many of the machine's cores were busy meanwhile, whoever with."""
    asked = [sys.executable, "-m", "bench.mail", what, json.dumps({"port": port} | options)]
    running = [subprocess.Popen(asked, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(count)]
    for child in running:
        assert child.stdout is not None
        child.stdout.readline()
    begun, busy = time.perf_counter(), _busy()
    for child in running:
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
    said = []
    for child in running:
        assert child.stdout is not None
        said.append(json.loads(child.stdout.readline()))
    wall, busy = time.perf_counter() - begun, _busy() - busy
    for child in running:
        child.communicate()
    return {"wall": wall, "processor": sum(said), "cores": busy / wall}


def _busy() -> float:
    """Seconds that the cores of this machine have been busy with anything since it was started (Linux)."""
    user, nice, system, _, _, irq, soft = map(int, Path("/proc/stat").read_text().split()[1:8])
    return (user + nice + system + irq + soft) / os.sysconf("SC_CLK_TCK")


def _ready(work: Callable[[], None]) -> None:
    """Say so, wait for the word, work, say the seconds of processor that it took."""
    print("ready", flush=True)
    sys.stdin.readline()
    begun = time.process_time()
    work()
    print(json.dumps(time.process_time() - begun), flush=True)


def worker(port: int, keep: str = "") -> None:
    """What a worker's lanes for mail do until nothing is due. ``keep``: note what leaves, for the bare loop."""
    import django

    django.setup()
    from django.db import connection

    from tongbao.notices import delivery
    from tongbao.notices.channels.email import transport

    kept = list[tuple[str, str]]()
    real = transport.Post.send

    def keeping(post: transport.Post, to: str, content: bytes) -> Any:
        kept.append((to, content.decode()))
        return real(post, to, content)

    if keep:
        transport.Post.send = keeping  # type: ignore[method-assign]

    def lane() -> None:
        while delivery.send_due(only="email", connect=lambda: _connected(port)):
            pass
        connection.close()

    def work() -> None:
        lanes = [threading.Thread(target=lane) for _ in range(delivery.LANES["email"])]
        for each in lanes:
            each.start()
        for each in lanes:
            each.join()

    delivery.waiting("email")  # connected to the database, as a worker is
    _ready(work)
    if keep:
        Path(keep).write_text(json.dumps(kept))


def bare(port: int, sample: str, each: int) -> None:
    """``smtplib`` as everybody uses it, with the same mails."""
    kept = [(to, content.encode()) for to, content in json.loads(Path(sample).read_text())]
    mails = (kept * (each // len(kept) + 1))[:each]

    def work() -> None:
        server = _connected(port)
        server.ehlo()
        for to, content in mails:
            server.sendmail("bench@bench.example", [to], content)
        server.quit()

    _ready(work)


def _connected(port: int) -> smtplib.SMTP:
    return smtplib.SMTP("127.0.0.1", port, local_hostname="bench.example")


def _due(count: int) -> None:
    """One notice to ``count`` recipients, as ``notices.steps.send`` leaves it."""
    from tongbao.kernel import clock
    from tongbao.notices.models import Delivery, Notice, Receipt
    from tongbao.operations.models import routine
    from tongbao.parties.models import ContactPoint

    now, operation = clock.now(), routine()
    notice = Notice.objects.create(
        operation=operation,
        template="information",
        title_zh="國家通報協調中心：案件知會事項",
        title_en="National Coordination Office: information on a case",
        body_zh="本單位正處理資通安全事件。\n\n請檢查貴單位系統並回覆已收到。" * 5,
        body_en="A security incident is being handled.\n\nPlease check your systems and answer that you have it." * 5,
        tlp=1,
    )
    contacts = list(ContactPoint.objects.select_related("seat").filter(kind="email").order_by("id")[:count])
    contacts = (contacts * (count // len(contacts) + 1))[:count]
    receipts = Receipt.objects.bulk_create(
        [
            Receipt(
                operation=operation,
                notice=notice,
                organisation_id=contact.seat.organisation_id,
                link_expires_at=now + timedelta(days=14),
            )
            for contact in contacts
        ]
    )
    Delivery.objects.bulk_create(
        [
            Delivery(receipt=receipt, contact=contact, channel="email", address=contact.address, language="zh-hant")
            for receipt, contact in zip(receipts, contacts, strict=True)
        ]
    )


@contextmanager
def _sink(**how: bool) -> Iterator[int]:
    """A mail server in a process of its own."""
    port = free_port()
    asked = [sys.executable, "-m", "bench.mail", "sink", json.dumps({"port": port} | how)]
    process = subprocess.Popen(asked, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        process.stdout.readline()
        yield port
    finally:
        process.terminate()
        process.wait()


class _Taking(asyncio.Protocol):
    """As little of SMTP as takes a mail, so that the server costs less than those who are measured."""

    def __init__(self, spool: Any, *, pipelining: bool) -> None:
        self.hello = b"250-bench\r\n%s250 8BITMIME\r\n" % (b"250-PIPELINING\r\n" if pipelining else b"")
        self.held, self.in_message, self.spool = b"", False, spool

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        transport.write(b"220 bench\r\n")

    def data_received(self, data: bytes) -> None:
        self.held += data
        said = []
        while True:
            part, found, rest = self.held.partition(b"\r\n.\r\n" if self.in_message else b"\r\n")
            if not found:
                break
            self.held = rest
            if self.in_message:
                self._take(part)
            else:
                said.append(self._reply(part[:4].upper()))
            self.in_message = not self.in_message and part[:4].upper() == b"DATA"
        if said:
            self.transport.write(b"".join(said))

    def _take(self, message: bytes) -> None:
        if self.spool is None:
            self.transport.write(_TAKEN)
            return
        kept = asyncio.get_running_loop().run_in_executor(None, _keep, self.spool, message)
        kept.add_done_callback(lambda _: self.transport.write(_TAKEN))

    def _reply(self, verb: bytes) -> bytes:
        return {b"EHLO": self.hello, b"DATA": b"354 go on\r\n", b"QUIT": b"221 bye\r\n"}.get(verb, b"250 2.1.0 ok\r\n")


_TAKEN = b"250 2.0.0 taken\r\n"


def _keep(spool: Any, message: bytes) -> None:
    os.write(spool.fileno(), message)
    os.fdatasync(spool.fileno())


def sink(*, port: int, pipelining: bool, keeps: bool) -> None:
    async def serve(spool: Any) -> None:
        made = lambda: _Taking(spool if keeps else None, pipelining=pipelining)  # noqa: E731
        server = await asyncio.get_running_loop().create_server(made, "127.0.0.1", port)
        print("ready", flush=True)
        await server.serve_forever()

    with tempfile.TemporaryFile(dir=Path(__file__).parent) as spool:
        asyncio.run(serve(spool))


if __name__ == "__main__":
    {"worker": worker, "bare": bare, "sink": sink}[sys.argv[1]](**json.loads(sys.argv[2]))
