"""Finding one's submission again by its receipt number."""

import re
from datetime import timedelta

from django.conf import settings

from tongbao.incidents.actions.submissions import RECEIPT_DIGITS
from tongbao.incidents.models import Submission
from tongbao.kernel import clock, ids
from tongbao.kernel.refusals import Invalid
from tongbao.policy import throttle

_PURPOSE = "receipt"


def by_receipt(number: str, *, network: str) -> Submission:
    """The submission with this receipt number.

    Wrong numbers are counted per network and overall, and nothing else is kept of who tried.
    Raises Invalid for a number that is not known, TooMany when the limit is used up.
    """
    ours = settings.TONGBAO
    throttle.check(_PURPOSE, network, limit=ours.receipts_per_network)
    throttle.check(_PURPOSE, "all", limit=ours.receipts_overall)
    digits = re.sub(r"[\s-]", "", number)
    found = None
    if len(digits) == RECEIPT_DIGITS and digits.isascii() and digits.isdigit():
        macs = [ids.keyed(key, "receipt-mac", digits) for key in ours.keys]
        found = Submission.objects.filter(receipt_mac__in=macs).first()
    ends = clock.now() - timedelta(days=ours.receipt_days)
    if found is None or found.received_at < ends:
        throttle.take(_PURPOSE, network, limit=ours.receipts_per_network)
        throttle.take(_PURPOSE, "all", limit=ours.receipts_overall)
        raise Invalid.one("receipt", "receipt-unknown")
    return found
