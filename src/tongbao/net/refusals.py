"""How the way out says no."""

from typing import ClassVar

import requests

from tongbao.kernel.refusals import Refusal, Unavailable

_PASSING = frozenset({"outbound-away", "outbound-too-slow", "outbound-unresolved"})


class OutboundRefused(Refusal, requests.RequestException):
    """A request that did not leave, or did not come back within its bounds. The only error of a session.

    It is a Refusal, so a view shows its sentence, and a RequestException, so that libraries built on
    requests (signing in by an identity provider) treat it as any failed request.

    ``outbound-demo``         a demonstration lets nothing out
    ``outbound-scheme``       not an https address
    ``outbound-host``         host or port is not on the allow-list
    ``outbound-status``       it was answered, but not with what was asked for
    ``outbound-address``      the name leads to an address that is not on the open Internet
    ``outbound-redirects``    sent on too often
    ``outbound-certificate``  the other side does not prove its name
    ``outbound-too-large``    more bytes than are taken
    ``outbound-too-slow``     no complete answer in time
    ``outbound-unresolved``   the name is not known just now
    ``outbound-away``         no connection, or it broke off
    """

    status: ClassVar[int] = 502

    def __init__(self, code: str, host: str, *, begun: bool = False) -> None:
        super().__init__(code, host=host)
        self.host = host
        self.begun = begun
        """Whether the request was on its way already: then it may have arrived."""

    @property
    def permanent(self) -> bool:
        """Whether trying again is in vain until a human has looked."""
        return self.code not in _PASSING


class MailServerAway(Unavailable, OSError):  # noqa: N818 - an answer, not an error
    """The mail server cannot be used now. The mails are not at fault: they wait (``permanent`` is False).

    An OSError too, like every other fault of a connection: code that speaks SMTP need not know this class.

    ``mail-none``         no mail server is set
    ``mail-demo``         a demonstration sends to this machine only
    ``mail-unresolved``   its name is not known
    ``mail-away``         no connection, or it broke off
    ``mail-too-slow``     no answer in time
    ``mail-certificate``  it does not prove its name
    ``mail-tls``          it offers no secure connection, or that fails
    ``mail-login``        it does not accept the account

    ``detail`` is what the machine said, for the log.
    """

    permanent: ClassVar[bool] = False

    def __init__(self, code: str, host: str, detail: str = "") -> None:
        super().__init__(code, host=host)
        self.host = host
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}" if self.detail else self.code
