"""The one-time key of a public form: signed, so that it says when the form was shown."""

import secrets

from django.core.signing import BadSignature, TimestampSigner, b62_decode, b62_encode
from msgspec import Struct

from tongbao.kernel import clock

_SALT = "tongbao.report-form"
HOLDS = 24 * 3600


class FormKey(Struct, frozen=True):
    """``nonce`` makes a repeat the same submission; ``seconds`` have passed since the form was shown."""

    nonce: str
    seconds: float


class _Signer(TimestampSigner):
    """Django's own, by the product's clock."""

    def timestamp(self) -> str:
        return str(b62_encode(int(clock.now().timestamp())))


def fresh() -> str:
    """A key for a form about to be shown."""
    return _Signer(salt=_SALT).sign(secrets.token_urlsafe(18))


def read(text: str) -> FormKey | None:
    """The key that came back, or None when it is forged or older than a day."""
    try:
        nonce = _Signer(salt=_SALT).unsign(text)
    except BadSignature:
        return None
    age = clock.now().timestamp() - b62_decode(text.rsplit(":", 2)[1])
    return FormKey(nonce, seconds=max(0.0, age)) if age <= HOLDS else None
