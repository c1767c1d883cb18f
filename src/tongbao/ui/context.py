"""What every template can say: the office, the visitor's preferences, who is signed in."""

from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language

from tongbao import __version__
from tongbao.kernel import clock
from tongbao.policy import rules
from tongbao.policy.actors import ANONYMOUS, Actor
from tongbao.policy.can import Can
from tongbao.ui import preferences


@lru_cache(maxsize=256)
def _may(actor: Actor) -> dict[str, bool]:
    """By name, everything that the actor may do to something."""
    return {can.name: True for can in Can if rules.may(actor, can, None)}


def page(request: HttpRequest) -> dict[str, Any]:
    actor = getattr(request, "actor", ANONYMOUS)
    ours = settings.TONGBAO
    zh = (get_language() or "").startswith("zh")
    return {
        "actor": actor,
        "can": _may(actor),
        "demo": ours.demo,
        "back_here": preferences.back(request),
        "face": settings.FACE,
        "keys_on": preferences.keys_on(request),
        "minguo": preferences.minguo(request),
        "now": clock.now(),
        "office_name": ours.office_name_zh if zh else ours.office_name_en,
        "release": __version__,
        "text_size": preferences.text_size(request),
        "zh": zh,
    }
