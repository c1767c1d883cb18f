"""A thousand deliveries through the product's sender against a bare SMTP loop with prebuilt bytes, alternating."""

import smtplib
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from tests.instance import free_port

WARM = 50


def measure(rounds: int, each: int) -> dict[str, Any]:
    """Rates per second and their ratio; the sink runs in a process of its own."""
    from tongbao.notices import delivery
    from tongbao.notices.channels.email import transport

    found, kept = [], list[tuple[str, bytes]]()
    real = transport.Post.send

    def keeping(post: transport.Post, to: str, content: bytes) -> Any:
        kept.append((to, content))
        return real(post, to, content)

    with _sink() as port:

        def connect() -> smtplib.SMTP:
            return smtplib.SMTP("127.0.0.1", port, local_hostname="bench.example")

        _due(WARM)
        transport.Post.send = keeping  # type: ignore[method-assign]
        while delivery.send_due(connect=connect):
            pass
        transport.Post.send = real  # type: ignore[method-assign]
        prebuilt = (kept * (each // len(kept) + 1))[:each]
        for _ in range(rounds):
            _due(each)
            begun = time.perf_counter()
            while delivery.send_due(connect=connect):
                pass
            ours = each / (time.perf_counter() - begun)
            bare = each / _bare(connect(), prebuilt)
            found.append({"mails": ours, "bare": bare, "ratio": ours / bare})
    return {"rounds": found} | {key: round(statistics.median(each[key] for each in found), 2) for key in found[0]}


def _bare(server: smtplib.SMTP, mails: list[tuple[str, bytes]]) -> float:
    begun = time.perf_counter()
    server.ehlo()
    for to, content in mails:
        server.sendmail("bench@bench.example", [to], content)
    server.quit()
    return time.perf_counter() - begun


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
    contacts = list(ContactPoint.objects.select_related("seat").order_by("id")[:count])
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
def _sink() -> Iterator[int]:
    """A mail server that takes everything and keeps nothing."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "bench.mail", str(port)], stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        process.stdout.readline()
        yield port
    finally:
        process.terminate()
        process.wait()


def main() -> None:
    import threading

    from aiosmtpd.controller import Controller

    class Sink:
        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
            return "250 taken"

    Controller(Sink(), hostname="127.0.0.1", port=int(sys.argv[1])).start()
    print("ready", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
