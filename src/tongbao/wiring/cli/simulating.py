"""``gateway-simulator``: the simulated gateway as a process, until it is told to stop."""

import signal
import sys
import threading

from django.conf import settings

from tongbao.notices.channels.gateway.simulator import Simulator, start
from tongbao.wiring.cli.output import fail


def run(port: int, back: str) -> int:
    """Serve the gateway on loopback."""
    ours = settings.TONGBAO
    simulator = Simulator(back or ours.portal_url, ours.gateway_token, ours.sms_secret)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        server = start(simulator, port)
    except OSError as error:
        fail("port", f"cannot listen on 127.0.0.1:{port}: {error.strerror or error}")
    sys.stderr.write(f"tongbao: gateway simulator on http://127.0.0.1:{server.server_address[1]}/\n")
    stop.wait()
    server.shutdown()
    server.server_close()
    return 0
