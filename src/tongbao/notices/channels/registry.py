"""The channels that are set up on this installation."""

from django.conf import settings

from tongbao.notices.channels.base import Channel
from tongbao.notices.channels.email.channel import Mail
from tongbao.notices.channels.email.transport import Connect
from tongbao.notices.channels.sms import sms
from tongbao.notices.channels.voice import voice
from tongbao.notices.channels.webhook.channel import Webhook

KINDS = ("email", "sms", "voice", "webhook")


def every(connect: Connect | None = None) -> list[Channel]:
    """All of them, set up or not. ``connect``: another way to the mail server."""
    ours = settings.TONGBAO
    return [Mail(ours, connect), sms(ours), voice(ours), Webhook(ours)]


def usable() -> tuple[str, ...]:
    """What contact points may be written to: mail waits for its server, other ways have to be set up."""
    return tuple(each.kind for each in every() if each.kind == "email" or each.ready())
