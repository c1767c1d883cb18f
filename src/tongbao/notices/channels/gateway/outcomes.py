"""What an HTTP answer says of a message. Pure."""

import re

from tongbao.kernel.text import one_line
from tongbao.notices.channels.gateway.described import Described
from tongbao.notices.rules import Outcome

_OURS = frozenset({401, 402, 403, 407})
"""Our account is not accepted: no message is at fault, all of them wait."""
_LATER = frozenset({408, 425, 429})


def of_gateway(described: Described, status: int, body: str) -> Outcome:
    """The outcome of a gateway's answer.

    Only what it is known to have refused is called refused: an answer that cannot be understood, and a 5xx other than
    503, may stand for a message that has gone out.
    """
    reply = f"{status} {one_line(body)}"[:500]
    if described.broken and re.search(described.broken, body):
        return Outcome(sent=False, reply=reply, permanent=True, contact_broken=True)
    if 200 <= status < 300:
        if described.accepted and not re.search(described.accepted, body):
            return Outcome(sent=False, reply=reply, unknown=True)
        named = re.search(described.message_id, body) if described.message_id else None
        return Outcome(sent=True, reply=reply, reference=(named.group(1) if named else "")[:80])
    if status in _OURS or status == 429:
        return Outcome(sent=False, reply=reply, away=True)
    if status in _LATER or status >= 500:
        return Outcome(sent=False, reply=reply, unknown=status not in (*_LATER, 503))
    return Outcome(sent=False, reply=reply, permanent=True)


def of_webhook(status: int, body: str) -> Outcome:
    """The outcome of a webhook's answer. 410 says that the address has been given up (RFC 9110)."""
    reply = f"{status} {one_line(body)}"[:500]
    if 200 <= status < 300:
        return Outcome(sent=True, reply=reply)
    if status in _LATER or status >= 500:
        return Outcome(sent=False, reply=reply, unknown=status not in (*_LATER, 503))
    return Outcome(sent=False, reply=reply, permanent=True, contact_broken=status == 410)
