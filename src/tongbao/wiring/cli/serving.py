"""``serve``: checks what can be checked first, then supervises."""

import socket
import sys

from tongbao.jobs.supervisor import Child, supervise
from tongbao.kernel.settings import Settings
from tongbao.wiring.cli.output import fail, read_settings


def serve(face: str, workers: int | None, *, extra: tuple[Child, ...] = ()) -> int:
    """Start the web process of ``face`` and the workers; returns when told to stop."""
    settings = read_settings()
    address = settings.listen if face == "all" else getattr(settings, f"{face}_listen")
    host, _, port = address.rpartition(":")
    _check_port(host, int(port))
    count = settings.workers if workers is None else workers
    children = [*extra, _web(settings, face, host, port)]
    children += [Child(f"worker {n}", (sys.executable, "-m", "tongbao", "worker")) for n in range(1, count + 1)]
    sys.stderr.write(f"tongbao: {face} on http://{address}, {count} worker(s)\n")
    return supervise(children)


def _web(settings: Settings, face: str, host: str, port: str) -> Child:
    command = (
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--workers", "1", "--no-ws"),
        *("--blocking-threads", str(settings.threads), "--workers-kill-timeout", "15"),
        *("--host", host.strip("[]"), "--port", port, "--log-level", "warning"),
        "tongbao.wiring.wsgi:application",
    )
    return Child("web", command, {"TONGBAO_FACE": face})


def _check_port(host: str, port: int) -> None:
    """Say plainly that a port is taken, before a server would say it at length."""
    try:
        with socket.create_server((host.strip("[]"), port)):
            pass
    except OSError as error:
        fail("port", f"cannot listen on {host}:{port}: {error.strerror or error}")
