"""SMS through the operator's gateway (``sms_gateway``). Unprotected: above TLP:GREEN only that something waits."""

from pathlib import Path

from tongbao.kernel.settings import Settings
from tongbao.notices.channels.gateway import described
from tongbao.notices.channels.gateway.adapter import Gateway


def sms(ours: Settings) -> Gateway:
    found = described.load(Path(ours.sms_gateway)) if ours.sms_gateway else None
    return Gateway("sms", found, secret=ours.sms_secret, ours=ours)
