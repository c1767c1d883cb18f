"""How often a network may try, by token buckets. Keeps no address: only a digest under a salt that is thrown away
daily, and with it every bucket: nobody can follow a network from one day to the next."""

import ipaddress
import secrets
from datetime import date

from django.db import models, transaction

from tongbao.kernel import clock, ids
from tongbao.kernel.refusals import TooMany
from tongbao.policy.buckets import FILLS_IN, Level, left, wait
from tongbao.policy.statements import Statement


class Salt(models.Model):
    """One random value a day; yesterday's is deleted, and with it every way back to an address."""

    day = models.DateField(primary_key=True)
    value = models.CharField(max_length=64)


class Bucket(models.Model):
    """What was left for one key when somebody last took from it."""

    key = models.CharField(max_length=64, primary_key=True)
    tokens = models.FloatField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["at"], name="bucket_untouched")]

    @property
    def level(self) -> Level:
        return Level(self.tokens, self.at)


def network_of(address: str) -> str:
    """The network that shares a limit: /24 of IPv4, /48 of IPv6; anything unreadable shares one."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    return str(ipaddress.ip_network((ip, 24 if ip.version == 4 else 48), strict=False))


def take(purpose: str, who: str, *, limit: int) -> bool:
    """Take one of the ``limit`` an hour that ``who`` has; False when none is left. What is not there is not owed."""
    key, now = _key(purpose, who), clock.now()
    with transaction.atomic():
        row = _bucket.first(key)
        if row is None:
            Bucket.objects.bulk_create([Bucket(key=key, tokens=limit, at=now)], ignore_conflicts=True)
            row = _bucket(key)[0]
        have = left(row.level, size=limit, now=now)
        if have < 1:
            return False
        Bucket.objects.filter(pk=key).update(tokens=have - 1, at=now)
    return True


@Statement
def _bucket(key: str) -> models.QuerySet[Bucket]:
    return Bucket.objects.select_for_update().filter(key=key)


@Statement
def _salt(day: date) -> models.QuerySet[Salt, str]:
    return Salt.objects.filter(day=day).values_list("value", flat=True)


def check(purpose: str, who: str, *, limit: int) -> None:
    """Raise TooMany, with the time to wait, when ``who`` has nothing left; takes nothing."""
    row = Bucket.objects.filter(key=_key(purpose, who)).first()
    have = left(row.level if row else None, size=limit, now=clock.now())
    if have < 1:
        raise TooMany(retry_after=wait(have, size=limit))


def forget() -> None:
    """Drop buckets that are full again, and the salts of past days."""
    Bucket.objects.filter(at__lt=clock.now() - FILLS_IN).delete()
    Salt.objects.filter(day__lt=clock.now().date()).delete()


def _key(purpose: str, who: str) -> str:
    today = clock.now().date()
    salt = _salt.first(today)
    if salt is None:
        Salt.objects.bulk_create([Salt(day=today, value=secrets.token_hex(32))], ignore_conflicts=True)
        salt = Salt.objects.values_list("value", flat=True).get(day=today)
    return ids.keyed(salt, purpose, who)
