"""``demo``: build the country once, play the story, serve it. Refuses any instance that is not a demonstration."""

import os
import secrets
import socket
import sys
from datetime import timedelta
from importlib import resources
from mailbox import Maildir
from pathlib import Path

import msgspec
from rich.console import Console

from tongbao.jobs.supervisor import Child
from tongbao.wiring.cli.output import fail, start_django
from tongbao.wiring.cli.serving import serve as serve_all

_DEFAULTS = {
    "TONGBAO_DATA_DIR": ".demo",
    "TONGBAO_FEEDS_QUIET_MINUTES": "1",
    "TONGBAO_SMTP_HOST": "127.0.0.1",
    "TONGBAO_SMTP_SECURITY": "none",
    "TONGBAO_MAIL_FROM": "tongbao@nco.example",
}
MARK = "demonstration.json"
SETTLED = timedelta(days=30)
"""So long before today everybody took their seats: what the story tells of the last hour had people to happen to."""
_MAIL_PORT, _GATEWAY_PORT = 8025, 8026
"""Of the mail server, and the one that the simulator's description names; others where somebody has them."""
_out = Console(stderr=True, highlight=False, soft_wrap=True)


def run(*, serve: bool) -> int:
    """Build (or find) the demonstration, then serve it if asked."""
    for name, value in _DEFAULTS.items():
        os.environ.setdefault(name, value)
    if "TONGBAO_SMTP_PORT" not in os.environ:
        os.environ["TONGBAO_SMTP_PORT"] = str(_free(_MAIL_PORT))
    # By name, not by number: browsers offer passkeys for "localhost" only.
    port = os.environ.get("TONGBAO_LISTEN", "127.0.0.1:8000").rpartition(":")[2]
    os.environ.setdefault("TONGBAO_PORTAL_URL", f"http://localhost:{port}")
    simulated = _simulate()
    os.environ.setdefault("TONGBAO_CAP_PARTNERS", str(resources.files("tongbao.wiring.demo") / "partners.toml"))
    if "TONGBAO_MAILDIR" not in os.environ:
        os.environ["TONGBAO_MAILDIR"] = _replies()
    start_django()
    from django.conf import settings

    ours = settings.TONGBAO
    if not ours.demo:
        fail("not-a-demonstration", "TONGBAO_DEMO is false: this instance is not a demonstration")
    mark = ours.data / MARK
    if mark.exists():
        _out.print(f"[bold]Demonstration found in {ours.data}[/bold] (make fresh starts anew)")
        _bring_up_to_date()
        password = msgspec.json.decode(mark.read_bytes())["password"]
    else:
        password = _build(mark, simulated=simulated)
    _tell_whom_to_be(ours.portal_url, password, simulated)
    if not serve:
        return 0
    _out.print("Ctrl-C stops it.\n")
    mailbox = (sys.executable, "-m", "tongbao.wiring.demo.mailbox", str(ours.data / "mail"), ours.smtp_host)
    extra = [Child("mailbox", (*mailbox, str(ours.smtp_port), str(ours.replies), ours.mail_from))]
    if simulated:
        command = (sys.executable, "-m", "tongbao", "gateway-simulator", "--port", str(simulated))
        extra.append(Child("gateway simulator", command))
    return serve_all("all", None, extra=tuple(extra))


def _replies() -> str:
    """The folder of mail to the office: whoever answers a mail in the demonstration is heard."""
    folder = _data() / "replies"
    Maildir(folder)
    return str(folder)


def _data() -> Path:
    folder = Path(os.environ["TONGBAO_DATA_DIR"]).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _simulate() -> int:
    """SMS and calls go to the simulator, unless a gateway is set already. Its port; 0 without one."""
    if "TONGBAO_SMS_GATEWAY" in os.environ:
        return 0
    port = _free(_GATEWAY_PORT)
    described = resources.files("tongbao.notices.channels.gateway") / "simulator.toml"
    text = described.read_text(encoding="utf-8").replace(f":{_GATEWAY_PORT}/", f":{port}/")
    for kind in ("sms", "voice"):
        file = _data() / f"{kind}.toml"
        file.write_text(text.replace("/send/sms", f"/send/{kind}"), encoding="utf-8")
        os.environ.setdefault(f"TONGBAO_{kind.upper()}_GATEWAY", str(file))
    os.environ.setdefault("TONGBAO_ALLOWED_INSIDE", f"http://127.0.0.1:{port}")
    os.environ.setdefault("TONGBAO_GATEWAY_TOKEN", secrets.token_hex(24))
    return port


def _free(port: int) -> int:
    """This port, or another where somebody else has it."""
    try:
        with socket.create_server(("127.0.0.1", port)):
            return port
    except OSError:
        with socket.create_server(("127.0.0.1", 0)) as found:
            return int(found.getsockname()[1])


def _bring_up_to_date() -> None:
    """The program may be newer than what it finds: tables and static files follow it."""
    from tongbao.wiring import preparing

    preparing.prepare()


def _build(mark: Path, *, simulated: int) -> str:
    from django.conf import settings
    from django.db import connection

    from tongbao.kernel import clock
    from tongbao.notices.channels.gateway import simulator
    from tongbao.wiring import preparing
    from tongbao.wiring.demo import country, mailbox, story

    if "accounts_user" in connection.introspection.table_names():
        fail("not-empty", "the database is not empty: a demonstration is built in an empty instance only")
    ours = settings.TONGBAO
    _out.print("[bold]Building the demonstration country[/bold]")
    preparing.prepare()
    password = f"demo-{secrets.token_hex(4)}-country"
    sink = mailbox.start(ours.data / "mail", ours.smtp_host, ours.smtp_port)
    gateway = simulator.start(simulator.Simulator(secret=ours.sms_secret), simulated) if simulated else None
    try:
        with clock.at(clock.now() - SETTLED):
            built = country.build(password)
        story.play(built, ours.data / "mail", _out.print)
    finally:
        sink.stop()
        if gateway is not None:
            gateway.shutdown()
            gateway.server_close()
    draft = mark.with_suffix(".part")
    draft.write_bytes(msgspec.json.encode({"password": password}))
    draft.replace(mark)
    return password


def _tell_whom_to_be(url: str, password: str, simulated: int) -> None:
    from tongbao.wiring.demo.cast import HOMES

    _out.print(f"\n[bold]{url}/[/bold]  portal        {url}/console/  duty desk")
    _out.print(f"{url}/demo/mail/  the mails that were sent")
    if simulated:
        _out.print(f"http://127.0.0.1:{simulated}/  the SMS and calls that were sent")
    _out.print(f"Sign in as (password [bold]{password}[/bold]):")
    for home in HOMES:
        for post in home.posts:
            _out.print(f"  {post.email:28} {post.name}  {home.name_zh} {post.title_zh} / {post.title_en}")
