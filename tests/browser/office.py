"""``python -m tests.browser.office PORT AUTHORITY PROVIDER_PORT``: the web process of an office with a provider.

It is the product as it is, but for the way out: the provider's name leads to this machine, and the test's
authority is trusted. That is what the guard's own fields are for.
"""

import os
import sys
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import django


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Quiet(WSGIRequestHandler):
    def log_message(self, *args: object) -> None:
        """Silence."""


def main() -> None:
    port, authority, provider_port = sys.argv[1:4]
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongbao.wiring.django_settings")
    django.setup()
    from tongbao.net import client
    from tongbao.net.guard import Guard
    from tongbao.net.rules import Target
    from tongbao.wiring.wsgi import application

    guard = Guard(
        allowed=frozenset({Target("id.example", int(provider_port))}),
        resolve=lambda host, port: ["127.0.0.1"],
        may_reach=lambda address: address == "127.0.0.1",
        trusted=authority,
    )
    client.configured = lambda: guard
    make_server("127.0.0.1", int(port), application, Server, Quiet).serve_forever()


if __name__ == "__main__":
    main()
