"""What every template can say: the office, the visitor's preferences, who is signed in."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language

from tongbao import __version__
from tongbao.kernel import clock
from tongbao.policy import rules
from tongbao.policy.actors import ANONYMOUS
from tongbao.policy.can import Can
from tongbao.ui import preferences


def page(request: HttpRequest) -> dict[str, Any]:
    actor = getattr(request, "actor", ANONYMOUS)
    ours = settings.TONGBAO
    zh = (get_language() or "").startswith("zh")
    return {
        "actor": actor,
        "can": {can.name: True for can in Can if rules.may(actor, can, None)},
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
