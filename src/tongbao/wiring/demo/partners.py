"""Warnings of a weather service come in by two feeds: a strong earthquake leads to a draft, a weak one to nothing, nor
does one that is over already."""

from collections.abc import Callable
from datetime import datetime, timedelta
from importlib import resources
from string import Template
from zoneinfo import ZoneInfo

from django.conf import settings

from tongbao.kernel import clock
from tongbao.notices.models import PartnerAlert
from tongbao.notices.partners import described, taking

HOLDS = timedelta(hours=6)


def play(say: Callable[[str], None]) -> None:
    folder = resources.files("tongbao.wiring.demo")
    rules = described.read((folder / "partners.toml").read_text(encoding="utf-8"), "partners.toml")
    message = Template((folder / "earthquake.cap").read_text(encoding="utf-8"))
    recent, over = clock.now() - timedelta(minutes=20), clock.now() - timedelta(hours=9)
    for number, magnitude, source, sent in (
        (1, "6.2", "weather", recent),
        (1, "6.2", "civil-protection", recent),
        (2, "4.1", "weather", recent),
        (3, "6.0", "weather", over),
    ):
        times = {"sent": _written(sent), "expires": _written(sent + HOLDS)}
        taking.take(message.substitute(number=number, magnitude=magnitude, **times).encode(), rules, source=source)
    proposed = PartnerAlert.objects.filter(state=PartnerAlert.State.PROPOSED).count()
    say(f"19  氣象單位地震警訊入站，依規則擬出 {proposed} 則草稿待審。A partner's earthquake warning proposes a draft.")


def _written(moment: datetime) -> str:
    return moment.astimezone(ZoneInfo(settings.TONGBAO.time_zone)).replace(microsecond=0).isoformat()
