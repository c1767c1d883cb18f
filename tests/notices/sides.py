"""The other side of each channel, as the contract tests see it: what can go wrong there, and what has arrived."""

import json
import smtplib
from collections.abc import Callable
from typing import Protocol

from tests.notices.test_delivery import Server
from tongbao.notices.channels.email import compose
from tongbao.notices.channels.gateway.simulator import Simulator


class Side(Protocol):
    """``kind``, and an ``address`` there. ``fault`` makes it misbehave towards that address, "" heals it."""

    kind: str
    address: str

    def fault(self, name: str) -> None: ...

    def copies(self) -> list[str]:
        """The repeat mark of every copy that it has taken, in order; "" for one without."""
        ...

    def first_words(self) -> str:
        """What is read first of the newest message, in the recipient's language."""
        ...

    def connect(self) -> smtplib.SMTP: ...


class MailSide:
    kind = "email"
    address = "night@sunpower.example"
    faults = {
        "busy": ("rcpt", 450),
        "server": ("data", 451),
        "refused": ("data", 552),
        "wrong": ("rcpt", 550),
        "cut": ("cut-before", 0),
        "lost answer": ("cut-after", 0),
        "": ("", 0),
    }

    def __init__(self) -> None:
        self.server = Server()

    def fault(self, name: str) -> None:
        self.server.away = name == "away"
        self.server.script[self.address] = self.faults.get(name, ("", 0))

    def copies(self) -> list[str]:
        return [str(each[compose.REPEAT] or "") for each in self.server.taken if str(each["To"]) == self.address]

    def first_words(self) -> str:
        return str(self.server.taken[-1]["Subject"])

    def connect(self) -> smtplib.SMTP:
        return self.server.connect()


class HttpSide:
    """A gateway or a webhook of the simulator. ``move`` takes it off the net and brings it back."""

    faults = {
        "busy": "busy",
        "server": "500",
        "refused": "400",
        "wrong": "unknown",
        "cut": "cut",
        "lost answer": "mute kept",
        "": "",
    }

    def __init__(self, kind: str, address: str, simulator: Simulator, move: Callable[[bool], None]) -> None:
        self.kind, self.address, self.simulator, self.move = kind, address, simulator, move
        self.key = "/hook/sunpower" if kind == "webhook" else address

    def fault(self, name: str) -> None:
        self.move(name == "away")
        told = self.faults.get(name, "")
        self.simulator.script[self.key] = "410" if (name, self.kind) == ("wrong", "webhook") else told

    def copies(self) -> list[str]:
        found = self.simulator.of(self.key)
        return [each.headers.get("X-Tongbao-Repeat", "") if self.kind == "webhook" else each.repeat for each in found]

    def first_words(self) -> str:
        newest = self.simulator.of(self.key)[-1]
        return str(json.loads(newest.body)["notice"]["title_en"]) if self.kind == "webhook" else newest.text

    def connect(self) -> smtplib.SMTP:
        raise ConnectionRefusedError("no mail here")
