"""The one-time key of a public form: signed, so that it says when the form was shown."""

import secrets

from django.core.signing import BadSignature, TimestampSigner, b62_decode
from msgspec import Struct

from tongbao.kernel import clock

_SALT = "tongbao.report-form"
HOLDS = 24 * 3600


class FormKey(Struct, frozen=True):
    """``nonce`` makes a repeat the same submission; ``seconds`` have passed since the form was shown."""

    nonce: str
    seconds: float


def fresh() -> str:
    """A key for a form about to be shown."""
    return TimestampSigner(salt=_SALT).sign(secrets.token_urlsafe(18))


def read(text: str) -> FormKey | None:
    """The key that came back, or None when it is forged or older than a day."""
    signer = TimestampSigner(salt=_SALT)
    try:
        nonce = signer.unsign(text, max_age=HOLDS)
    except BadSignature:
        return None
    shown = signing_time(text)
    return FormKey(nonce, seconds=max(0.0, clock.now().timestamp() - shown))


def signing_time(text: str) -> int:
    """When the (already verified) key was signed, in seconds since 1970."""
    return b62_decode(text.rsplit(":", 2)[1])
