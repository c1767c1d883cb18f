"""How often a network may try. Keeps no address: only a digest under a salt that is thrown away daily."""

import ipaddress
import secrets
from datetime import datetime, timedelta

from django.db import models, transaction
from django.db.models import F

from tongbao.kernel import clock, ids
from tongbao.kernel.refusals import TooMany

WINDOW = timedelta(hours=1)


class Salt(models.Model):
    """One random value a day; yesterday's is deleted, and with it every way back to an address."""

    day = models.DateField(primary_key=True)
    value = models.CharField(max_length=64)


class Attempts(models.Model):
    """How many attempts one key has made in one hour."""

    id = models.BigAutoField(primary_key=True)
    key = models.CharField(max_length=64)
    hour = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "hour"], name="attempts_once_per_hour")]


def network_of(address: str) -> str:
    """The network that shares a limit: /24 of IPv4, /48 of IPv6; anything unreadable shares one."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    return str(ipaddress.ip_network((ip, 24 if ip.version == 4 else 48), strict=False))


def used(purpose: str, who: str) -> int:
    """Attempts counted for ``who`` in this hour."""
    return Attempts.objects.filter(key=_key(purpose, who), hour=_hour()).values_list("count", flat=True).first() or 0


def check(purpose: str, who: str, *, limit: int) -> None:
    """Raise TooMany when ``who`` has used up ``limit`` in this hour."""
    if used(purpose, who) >= limit:
        left = _hour() + WINDOW - clock.now()
        raise TooMany(retry_after=max(1, int(left.total_seconds())))


def count(purpose: str, who: str) -> int:
    """Count one attempt of ``who``; returns how many it has made in this hour."""
    key, hour = _key(purpose, who), _hour()
    with transaction.atomic():
        if not Attempts.objects.filter(key=key, hour=hour).update(count=F("count") + 1):
            Attempts.objects.bulk_create([Attempts(key=key, hour=hour)], ignore_conflicts=True)
            Attempts.objects.filter(key=key, hour=hour).update(count=F("count") + 1)
    return used(purpose, who)


def forget() -> None:
    """Drop what is older than the window, and the salts of past days."""
    Attempts.objects.filter(hour__lt=_hour() - WINDOW).delete()
    Salt.objects.filter(day__lt=clock.now().date()).delete()


def _hour() -> datetime:
    return clock.now().replace(minute=0, second=0, microsecond=0)


def _key(purpose: str, who: str) -> str:
    today = clock.now().date()
    salt = Salt.objects.filter(day=today).values_list("value", flat=True).first()
    if salt is None:
        Salt.objects.bulk_create([Salt(day=today, value=secrets.token_hex(32))], ignore_conflicts=True)
        salt = Salt.objects.values_list("value", flat=True).get(day=today)
    return ids.keyed(salt, purpose, who)
