from django.apps import AppConfig
from django.conf import settings

from tongbao.kernel.settings import SettingsError
from tongbao.profiles import load
from tongbao.profiles.check import ProfileError


class WiringConfig(AppConfig):
    name = "tongbao.wiring"
    label = "wiring"

    def ready(self) -> None:
        """Read the law first: nothing runs on a profile that does not hold together."""
        load.use(settings.TONGBAO.profiles)
        try:
            regimes = load.regimes()
        except ProfileError as error:
            raise SettingsError([f"TONGBAO_PROFILES_DIR: {fault}" for fault in error.faults]) from None
        if settings.TONGBAO.jurisdiction not in regimes:
            known = ", ".join(regimes)
            raise SettingsError([f"TONGBAO_JURISDICTION: {settings.TONGBAO.jurisdiction!r}: known are {known}"])
