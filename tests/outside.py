"""Somebody at the database of an instance that runs in processes of its own."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.db.models import F

from tests.cli.houses import House
from tests.instance import Instance
from tongbao.jobs.models import Heartbeat, Schedule
from tongbao.journal.record import verb
from tongbao.kernel import clock
from tongbao.kernel.markings import TLP, Marking
from tongbao.notices import delivery, steps
from tongbao.notices.models import Delivery
from tongbao.notices.templates import Filled
from tongbao.operations.models import routine
from tongbao.parties.models import ContactPoint, Seat
from tongbao.policy import actors

TOLD = (
    *("sms_gateway", "sms_secret", "voice_gateway", "voice_secret", "gateway_token"),
    *("archive_dir", "archive_endpoint", "archive_key_id", "archive_secret"),
)


class Outside:
    """Somebody at the instance's database while its processes run."""

    def __init__(self, instance: Instance, unblock: Callable[[], Any]) -> None:
        self.instance = instance
        self.unblock = unblock
        told = instance.environment
        self.settings: dict[str, Any] = {
            "secret_key": instance.environment["TONGBAO_SECRET_KEY"],
            "smtp_host": "127.0.0.1",
            "smtp_port": instance.mail_port,
            "smtp_security": "none",
            **{name: told[f"TONGBAO_{name.upper()}"] for name in TOLD if f"TONGBAO_{name.upper()}" in told},
            "allowed_inside": tuple(filter(None, [told.get("TONGBAO_ALLOWED_INSIDE", "")])),
        }
        self.house = House(instance.home, instance.environment.get("TONGBAO_DATABASE_URL", ""))

    @contextmanager
    def inside(self) -> Iterator[None]:
        """What runs here works on the instance's database."""
        with self.unblock(), self.house.inside(**self.settings):
            yield

    def tell(self, *addresses: str) -> None:
        """A notice to the seats with these addresses, due at once."""
        with self.inside():
            _tell(addresses)

    def reach(self, kind: str, ways: dict[str, str]) -> None:
        """Whoever was reached by mail at these addresses is reached another way from now on."""
        with self.inside():
            for mail, address in ways.items():
                known = ContactPoint.objects.get(address=mail, removed_at=None)
                ContactPoint.objects.filter(pk=known.pk).update(kind=kind, address=address, secret="s3cret")

    def deliveries(self) -> list[Delivery]:
        with self.inside():
            return list(Delivery.objects.order_by("id"))

    def waiting(self) -> int:
        """How many deliveries have not come to an end."""
        with self.inside():
            return Delivery.objects.filter(state__in=["due", "sending"]).count()

    def states(self) -> dict[str, str]:
        """The state of the newest delivery to each address."""
        return {each.address: each.state for each in self.deliveries()}

    def work(self) -> None:
        """Send what is due, as a worker does."""
        with self.inside():
            while delivery.send_due():
                pass

    def knocked(self) -> bool:
        """Whether a worker has found the mail server away."""
        with self.inside():
            return Heartbeat.objects.filter(name="mail", good=False).exists()

    def let_time_pass(self) -> None:
        """An hour: leases run out, what waits for its next attempt becomes due, signs of life grow old."""
        with self.inside():
            hour = timedelta(hours=1)
            Heartbeat.objects.update(at=F("at") - hour)
            Schedule.objects.update(next_at=F("next_at") - hour)
            Delivery.objects.exclude(lease_until=None).update(lease_until=F("lease_until") - hour)
            Delivery.objects.update(due_at=F("due_at") - hour)


@verb
def _tell(addresses: tuple[str, ...]) -> None:
    seats = Seat.objects.filter(contact_points__address__in=addresses).distinct()
    assert len(seats) == len(addresses)
    steps.send(
        steps.Message(
            operation=routine(),
            about=("", ""),
            template="information",
            text=Filled("標題", "Title", "內容甲乙丙", "Body text"),
            marking=Marking(TLP.GREEN),
            answer_by=clock.now() + timedelta(hours=1),
            recipients=tuple(steps.Recipient(seat.organisation_id, seat.pk) for seat in seats),
        ),
        actor=actors.system("test"),
    )
