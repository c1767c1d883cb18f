"""The product's settings with a second's patience where the product has twenty."""

from tongbao.wiring.django_settings import *  # noqa: F403
from tongbao.wiring.django_settings import DATABASES

_options = DATABASES["default"]["OPTIONS"]
if "timeout" in _options:
    _options["timeout"] = 1
else:
    _options["options"] = "-c lock_timeout=1s"
