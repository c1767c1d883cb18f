"""Contact points of every kind, and a simulated gateway set up as the operator would set up a real one."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.conf import settings
from django.test import override_settings

from tests.conftest import NOON, Cast
from tests.notices.sides import HttpSide, MailSide, Side
from tongbao.journal.record import verb
from tongbao.kernel.markings import TLP, Marking
from tongbao.notices import steps
from tongbao.notices.channels.gateway import simulator as gateways
from tongbao.notices.channels.gateway.simulator import Simulator
from tongbao.notices.models import Notice
from tongbao.notices.templates import Filled
from tongbao.operations.models import Operation, routine
from tongbao.parties.models import ContactPoint, Seat
from tongbao.policy import actors

TOKEN = "the gateway's own token for tests"
DESCRIPTION = resources.files("tongbao.notices.channels.gateway") / "simulator.toml"


class Bench:
    """The simulator, listening or not, and the settings that lead to it."""

    def __init__(self, folder: Path) -> None:
        self.simulator = Simulator(secret="for the gateway", reporting=False)
        self.simulator.mute = 1.0
        self.server: Any = gateways.start(self.simulator)
        self.port = int(self.server.server_address[1])
        self.folder = folder

    def settings(self, **more: Any) -> Any:
        return msgspec.structs.replace(
            settings.TONGBAO,
            sms_gateway=self.described("sms"),
            sms_secret="for the gateway",
            voice_gateway=self.described("voice"),
            voice_secret="for the gateway",
            gateway_token=TOKEN,
            webhook_timeout=1,
            allowed_inside=(f"http://127.0.0.1:{self.port}",),
            **more,
        )

    def described(self, kind: str, **lines: str) -> str:
        text = DESCRIPTION.read_text(encoding="utf-8").replace(
            "127.0.0.1:8026/send/sms", f"127.0.0.1:{self.port}/send/{kind}"
        )
        text = text.replace("timeout = 3", "timeout = 1")
        for name, value in lines.items():
            text = "\n".join(f"{name} = {value}" if each.startswith(f"{name} =") else each for each in text.split("\n"))
        path = self.folder / f"{kind}-{len(list(self.folder.iterdir()))}.toml"
        path.write_text(text, encoding="utf-8")
        return str(path)

    def move(self, away: bool) -> None:
        if away and self.server is not None:
            self.server.shutdown()
            self.server.server_close()
            self.server = None
        elif not away and self.server is None:
            self.server = gateways.start(self.simulator, self.port)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    with override_settings(TONGBAO=made.settings()):
        yield made
    made.move(away=True)


@pytest.fixture
def side_of(bench: Bench) -> Callable[[str], Side]:
    def make(kind: str) -> Side:
        if kind == "email":
            return MailSide()
        address = f"http://127.0.0.1:{bench.port}/hook/sunpower" if kind == "webhook" else "+886912345678"
        return HttpSide(kind, address, bench.simulator, bench.move)

    return make


@pytest.fixture
def reach(cast: Cast) -> Callable[..., ContactPoint]:
    """A verified contact point of the power company's reporting seat, its only one unless told otherwise."""

    def make(kind: str, address: str, *, only: bool = True, **more: Any) -> ContactPoint:
        seat = next(each for each in Seat.objects.filter(organisation__code="SUNPOWER") if "reporter" in each.roles)
        if only:
            seat.contact_points.update(removed_at=NOON)
        return ContactPoint.objects.create(
            seat=seat, kind=kind, address=address, language="en", verified_at=NOON, secret="s3cret", **more
        )

    return make


@pytest.fixture
def tell(cast: Cast) -> Callable[..., Notice]:
    """A notice to the seats of these contact points."""

    @verb
    def send(
        *contacts: ContactPoint,
        tlp: TLP = TLP.GREEN,
        template: str = "owner_warning",
        operation: Operation | None = None,
    ) -> Notice:
        seats = Seat.objects.filter(contact_points__in=contacts).distinct()
        return steps.send(
            steps.Message(
                operation=operation or routine(),
                about=("", ""),
                template=template,
                text=Filled("標題", "Title", "內容甲乙丙\n第二行", "Body text"),
                marking=Marking(tlp),
                answer_by=NOON + timedelta(hours=1),
                recipients=tuple(steps.Recipient(seat.organisation_id, seat.pk) for seat in seats),
            ),
            actor=actors.system("test"),
        )

    return send
