"""The signed link of one receipt. GET shows, POST answers; a mail scanner that follows it changes nothing."""

import re

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db.models import QuerySet

from tongbao.kernel import clock
from tongbao.notices.models import Receipt
from tongbao.policy.statements import Statement

_SALT = "tongbao.receipt-link"
_SHAPE = re.compile(r"^[a-z2-7]{20}\.[A-Za-z0-9_-]{43}$")


def token(receipt: Receipt) -> str:
    """What the link of ``receipt`` carries: its id and a signature. 64 characters."""
    return Signer(sep=".", salt=_SALT).sign(receipt.public_id)


def address(receipt: Receipt) -> str:
    return f"{settings.TONGBAO.portal_url}/a/{token(receipt)}"


def receipt_of(text: str, *, locked: bool = False) -> Receipt | None:
    """The receipt whose unexpired link ``text`` is, or None; ``locked``: for a verb. The signature is compared in
    constant time.

    While its organisation is marked compromised a link works only if it was mailed out of band.
    """
    if not _SHAPE.match(text):
        return None
    try:
        public_id = Signer(sep=".", salt=_SALT).unsign(text)
    except BadSignature:
        return None
    found = (_locked if locked else _named).first(public_id)
    if found is None or clock.now() >= found.link_expires_at or not _trusted(found):
        return None
    return found


@Statement
def _named(public_id: str) -> QuerySet[Receipt]:
    rows = Receipt.objects.select_related("notice__operation", "organisation")
    return rows.filter(public_id=public_id).order_by()


@Statement
def _locked(public_id: str) -> QuerySet[Receipt]:
    rows = Receipt.objects.select_for_update(of=("self",)).select_related("notice", "organisation")
    return rows.filter(public_id=public_id).order_by()


def _trusted(receipt: Receipt) -> bool:
    """Whether only those for whom it is meant can have read the link."""
    if receipt.organisation.compromised_at is None:
        return True
    return receipt.deliveries.filter(contact__out_of_band=True).exists()
