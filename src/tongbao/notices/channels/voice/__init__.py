"""Calls by machine (``voice_gateway``): the gateway reads the text aloud, and hands in the keys pressed as a reply."""

from pathlib import Path

from tongbao.kernel.settings import Settings
from tongbao.notices.channels.gateway import described
from tongbao.notices.channels.gateway.adapter import Gateway


def voice(ours: Settings) -> Gateway:
    found = described.load(Path(ours.voice_gateway)) if ours.voice_gateway else None
    return Gateway("voice", found, secret=ours.voice_secret, ours=ours)
