"""Where a request comes from, as far as our own proxies vouch for it."""

from django.conf import settings
from django.http import HttpRequest

from tongbao.policy.throttle import network_of


def network(request: HttpRequest) -> str:
    """The network that the request comes from. Only as many proxies are believed as the settings name."""
    proxies = settings.TONGBAO.trusted_proxies
    told = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    if proxies and len(told) >= proxies:
        return network_of(told[-proxies])
    return network_of(request.META.get("REMOTE_ADDR", ""))
