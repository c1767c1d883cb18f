"""What background work keeps between its rounds."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q

from tongbao.kernel import clock


class Schedule(models.Model):
    """When a sweep is next due. Whichever worker wins the UPDATE does it; there is no leader."""

    name = models.CharField(primary_key=True, max_length=40)
    next_at = models.DateTimeField()

    @classmethod
    def due(cls, name: str, every: timedelta, now: datetime) -> bool:
        """Whether the caller is the one who does the sweep ``name`` now."""
        next_at = cls.next(name)
        if next_at is None:
            _, made = cls.objects.get_or_create(name=name, defaults={"next_at": now + every})
            return made
        if next_at > now:  # a plain read: who only asks takes no lock
            return False
        return bool(cls.objects.filter(name=name, next_at__lte=now).update(next_at=now + every))

    @classmethod
    def next(cls, name: str) -> datetime | None:
        return cls.objects.filter(name=name).values_list("next_at", flat=True).first()


class Cursor(models.Model):
    """How far one handler has read the journal; held by one worker at a time through its lease."""

    name = models.CharField(primary_key=True, max_length=60)
    seq = models.BigIntegerField(default=0)
    lease = models.CharField(max_length=20, blank=True, default="")
    lease_until = models.DateTimeField(null=True)
    retry_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True, default="")

    @classmethod
    def claim(cls, name: str, lease: str, *, now: datetime, hold: timedelta) -> "Cursor | None":
        """The cursor, if no other worker holds it and it is not waiting after a failure."""
        cls.objects.get_or_create(name=name)
        free = Q(lease="") | Q(lease_until__lt=now)
        ready = Q(retry_at=None) | Q(retry_at__lte=now)
        if cls.objects.filter(free, ready, name=name).update(lease=lease, lease_until=now + hold):
            return cls.objects.get(name=name)
        return None


class Parked(models.Model):
    """An event that a handler failed on too often: set aside so that the rest goes on; shown as unhealthy.

    ``again``: somebody has mended the cause; the handler tries it once more.
    """

    id = models.BigAutoField(primary_key=True)
    cursor = models.CharField(max_length=60)
    seq = models.BigIntegerField()
    error = models.TextField()
    parked_at = models.DateTimeField(default=clock.now)
    again = models.BooleanField(default=False)
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["cursor", "seq"], name="parked_once")]


class Heartbeat(models.Model):
    """The last sign of life of a worker, of the ticker, of the mail channel."""

    name = models.CharField(primary_key=True, max_length=60)
    at = models.DateTimeField()
    good = models.BooleanField(default=True)
    detail = models.CharField(max_length=200, blank=True, default="")

    @classmethod
    def beat(cls, name: str, *, good: bool = True, detail: str = "") -> None:
        sign = {"at": clock.now(), "good": good, "detail": detail[:200]}
        if not cls.objects.filter(name=name).update(**sign):
            cls.objects.update_or_create(name=name, defaults=sign)

    @classmethod
    def forget(cls, older_than: timedelta = timedelta(days=1)) -> int:
        """Drop the signs of workers that were killed and could not take leave."""
        return cls.objects.filter(name__startswith="worker:", at__lt=clock.now() - older_than).delete()[0]
