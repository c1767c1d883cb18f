"""The signature of a webhook. Pure; the receiver's side is here too, for partners to copy.

``X-Tongbao-Timestamp`` holds seconds since 1970, ``X-Tongbao-Signature`` ``v1=`` and the HMAC-SHA-256 (hexadecimal) of
``timestamp.body`` under the contact point's secret. Who receives it refuses a timestamp more than ``WINDOW`` away from
its own clock, and a delivery id (``X-Tongbao-Delivery``) that it has taken already.
"""

import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

TIMESTAMP, SIGNATURE, DELIVERY, REPEAT = (
    "X-Tongbao-Timestamp",
    "X-Tongbao-Signature",
    "X-Tongbao-Delivery",
    "X-Tongbao-Repeat",
)
WINDOW = timedelta(minutes=5)


def headers(secret: str, body: bytes, *, at: datetime) -> dict[str, str]:
    """What is sent along with ``body``."""
    stamp = str(int(at.timestamp()))
    return {TIMESTAMP: stamp, SIGNATURE: f"v1={_digest(secret, stamp, body)}"}


def holds(secret: str, body: bytes, sent: Mapping[str, str], *, at: datetime) -> bool:
    """Whether ``body`` comes from whoever holds the secret, and has been signed just now."""
    stamp, given = sent.get(TIMESTAMP, ""), sent.get(SIGNATURE, "")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        return False
    if abs(at - datetime.fromtimestamp(int(stamp), UTC)) > WINDOW:
        return False
    return hmac.compare_digest(given.encode(), f"v1={_digest(secret, stamp, body)}".encode())


def _digest(secret: str, stamp: str, body: bytes) -> str:
    return hmac.new(secret.encode(), stamp.encode() + b"." + body, "sha256").hexdigest()
