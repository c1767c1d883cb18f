"""A gateway for tests and the demonstration: keeps what it is given, reports, answers for people, misbehaves as told.

``POST /send/sms`` and ``/send/voice`` take a message, ``POST /hook`` a webhook. ``PUT /script`` sets faults by number
or path, ``POST /say`` is somebody who answers, ``GET /taken`` lists what has been kept, ``GET /`` shows it to people.

Faults: a status (``500``: kept nothing); ``busy`` (429); ``unknown`` (the number is wrong); ``cut`` (kept nothing, the
connection breaks) and ``cut kept``; ``mute`` and ``mute kept`` (silence); ``early`` (reports before it answers);
``twice`` (reports twice); ``fails`` and ``dead`` (taken, then reported failed, or a wrong number).
"""

import json
import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from msgspec import Struct, to_builtins

from tongbao import net
from tongbao.net import Guard
from tongbao.net.rules import inside
from tongbao.notices import replies

MUTE = 30.0


class Kept(Struct, frozen=True):
    """A message that the gateway has taken: it answers for it from now on. ``body``: of a webhook, as it came."""

    id: str
    kind: str
    to: str
    text: str
    reference: str
    repeat: str
    body: str = ""
    headers: dict[str, str] = {}


class Simulator:
    """The gateway's memory. ``back``: where the product listens; ``token``: what it asks of gateways."""

    def __init__(self, back: str = "", token: str = "", secret: str = "", *, reporting: bool = True) -> None:
        self.back, self.token, self.secret, self.reporting = back.rstrip("/"), token, secret, reporting
        self.taken: list[Kept] = []
        self.tried: Counter[str] = Counter()
        self.script: dict[str, str] = {}
        self.seen: Callable[[str], None] = lambda step: None
        self.numbers = count(1)
        self.mute = MUTE

    def of(self, to: str) -> list[Kept]:
        return [each for each in self.taken if each.to == to]

    def keep(self, kind: str, to: str, given: dict[str, Any], body: str, headers: dict[str, str]) -> Kept:
        text, reference, repeat = (str(given.get(name) or "") for name in ("text", "reference", "repeat"))
        found = Kept(f"sim-{next(self.numbers)}", kind, to, text, reference, repeat, body, headers)
        self.taken.append(found)
        return found

    def report(self, kept: Kept, status: str, *, ours: bool = True) -> int:
        """Tell the product what became of a message; ``ours``: under the product's own name for it."""
        named = {"reference": kept.reference} if ours else {}
        return self._post(
            f"/hooks/{kept.kind}/report/", {"id": kept.id, "status": status, "detail": "simulated", **named}
        )

    def say(self, kind: str, sender: str, text: str, *, id: str = "", reference: str = "") -> int:  # noqa: A002
        """Somebody answers."""
        given = {"id": id or f"said-{next(self.numbers)}", "from": sender, "text": text, "reference": reference}
        return self._post(f"/hooks/{kind}/reply/", given)

    def _post(self, path: str, document: dict[str, str]) -> int:
        if not self.back:
            return 0
        guard = Guard(allowed=frozenset(), inside=inside([self.back], demo=False), seconds=10.0)
        with net.session(purpose="simulator", guard=guard) as session:
            try:
                answer = session.post(
                    self.back + path, json=document, headers={"Authorization": f"Bearer {self.token}"}
                )
            except net.OutboundRefused:
                return 0
        return answer.status_code


class Handler(BaseHTTPRequestHandler):
    """One request to the gateway."""

    protocol_version = "HTTP/1.1"
    simulator: Simulator

    def do_POST(self) -> None:
        self.simulator.seen("asked")
        wanted = int(self.headers.get("Content-Length") or 0)
        raw = self.rfile.read(wanted)
        if len(raw) < wanted:  # whoever asked has gone in the middle of it
            self.close_connection = True
            return None
        path = urlsplit(self.path).path
        given = self._read(raw)
        if path.startswith("/send/"):
            if self.simulator.secret and self.headers.get("Authorization") != f"Bearer {self.simulator.secret}":
                return self._answer(401, {"error": "who are you"})
            return self._take(path.removeprefix("/send/"), str(given.get("to", "")), given, raw)
        if path.startswith("/hook"):
            return self._take("webhook", path, given, raw)
        if path == "/say":
            said = (str(given.get(name) or "") for name in ("from", "text"))
            reference = str(given.get("reference") or "")
            status = self.simulator.say(str(given.get("kind") or "sms"), *said, reference=reference)
            return self._answer(200, {"product": status}) if raw.startswith(b"{") else self._page()
        return self._answer(404, {})

    def do_PUT(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.simulator.script.update({str(to): str(fault) for to, fault in self._read(raw).items()})
        self._answer(200, self.simulator.script)

    def do_GET(self) -> None:
        if self.path == "/taken":
            return self._answer(200, [to_builtins(each) for each in self.simulator.taken])
        return self._page()

    def _read(self, raw: bytes) -> dict[str, Any]:
        text = raw.decode("utf-8", "replace")
        try:
            found = json.loads(text)
        except ValueError:
            found = dict(parse_qsl(text))
        return found if isinstance(found, dict) else {}

    def _take(self, kind: str, to: str, given: dict[str, Any], raw: bytes) -> None:
        ours, fault = self.simulator, self.simulator.script.get(to, "")
        ours.tried[to] += 1
        if fault.isdigit() or fault in {"busy", "unknown"}:
            refused = {"busy": (429, "later"), "unknown": (422, "number-unknown")}.get(fault)
            status, error = refused or (int(fault), "scripted")
            return self._answer(status, {"error": error})
        if fault in {"cut", "mute"}:
            return self._vanish(fault)
        kept = ours.keep(kind, to, given, raw.decode("utf-8", "replace"), dict(self.headers.items()))
        ours.seen("taken")
        if fault in {"cut kept", "mute kept"}:
            return self._vanish(fault.split()[0])
        if fault == "early":
            ours.report(kept, "delivered")
        self._answer(200, {"id": kept.id})
        if ours.reporting and kind != "webhook":
            verdict = {"fails": "failed", "dead": "number-unknown"}.get(fault, "delivered")
            for _ in range(2 if fault == "twice" else 1):
                threading.Thread(target=ours.report, args=(kept, verdict), daemon=True).start()
        return None

    def _vanish(self, how: str) -> None:
        self.close_connection = True
        if how == "mute":
            time.sleep(self.simulator.mute)
        self.connection.shutdown(socket.SHUT_RDWR)

    def _answer(self, status: int, document: Any) -> None:
        self._send(status, json.dumps(document, ensure_ascii=False, indent=1).encode(), "application/json")

    def _page(self) -> None:
        rows = "".join(_row(each) for each in reversed(self.simulator.taken))
        page = (
            "<!doctype html><meta charset=utf-8><meta name=viewport content='width=device-width'>"
            "<title>Gateway simulator</title><style>body{font:1rem/1.5 sans-serif;margin:1rem}"
            "table{border-collapse:collapse}td,th{border:1px solid;padding:.4rem;text-align:start}</style>"
            "<h1>閘道模擬器 / Gateway simulator</h1><p>啟動以來收下的簡訊與語音，不會送往任何地方。"
            "SMS and calls taken since it was started; they go nowhere.</p>"
            "<table><tr><th>管道 / Channel<th>給 / To<th>內容 / Text<th>重送 / Repeat<th>回覆 / Reply</tr>"
            f"{rows}</table>"
        )
        self._send(200, page.encode(), "text/html; charset=utf-8")

    def _send(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Silence."""


def _row(kept: Kept) -> str:
    """One message, and a form with which whoever got it answers: an SMS with its code, a call with a key."""
    cells = "".join(f"<td>{escape(cell)}" for cell in (kept.kind, kept.to, kept.text or kept.body, kept.repeat))
    if kept.kind == "webhook":
        return f"<tr>{cells}<td></tr>"
    code = re.search(rf"(?:Reply|回覆) ([{replies.LETTERS}]{{{replies.SHORT}}}) ", kept.text)
    first = f"{code.group(1)} 1" if code and kept.kind == "sms" else "1"
    hidden = {"kind": kept.kind, "from": kept.to, "reference": kept.reference if kept.kind == "voice" else ""}
    fields = "".join(f"<input type=hidden name={name} value='{escape(value)}'>" for name, value in hidden.items())
    box = f"<input name=text value='{escape(first)}' aria-label='{escape(kept.to)}'>"
    return f"<tr>{cells}<td><form method=post action=/say>{fields}{box} <button>回覆 / Reply</button></form></tr>"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *args: Any) -> None:
        """Clients that break off are part of the game."""


def start(simulator: Simulator, port: int = 0, host: str = "127.0.0.1") -> _Server:
    """Serve it in a thread; ``shutdown()`` and ``server_close()`` end it."""

    class Bound(Handler):
        pass

    Bound.simulator = simulator
    server = _Server((host, port), Bound)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True, name="simulator").start()
    return server
