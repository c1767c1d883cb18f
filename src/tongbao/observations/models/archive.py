"""Which files of the archive count, and which of its days are to be put in order."""

from typing import Self

from django.db import models

from tongbao.kernel import clock
from tongbao.observations.models.runs import FeedRun
from tongbao.operations.models import Operation


class ArchiveFileQuerySet(models.QuerySet["ArchiveFile"]):
    def live(self) -> Self:
        """Those that count."""
        return self.filter(removed_at=None)


class ArchiveFile(models.Model):
    """A file of the archive (engines.archive): what is no row here, or one that was removed, does not count.

    ``run``: the file of a feed whose events it holds; none where it was made of several. ``first``, ``last``: of its
    addresses, as 32 hexadecimal digits. ``kept_until``: the last day on which it is kept.
    """

    id = models.BigAutoField(primary_key=True)
    operation = models.ForeignKey(Operation, on_delete=models.PROTECT, related_name="+", db_index=False)
    run = models.ForeignKey(FeedRun, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    path = models.CharField(max_length=120, unique=True)
    day = models.DateField()
    kept_until = models.DateField()
    rows = models.BigIntegerField()
    size = models.BigIntegerField()
    first = models.CharField(max_length=32, blank=True, default="")
    last = models.CharField(max_length=32, blank=True, default="")
    added_at = models.DateTimeField(default=clock.now)
    removed_at = models.DateTimeField(null=True)

    objects = ArchiveFileQuerySet.as_manager()

    class Meta:
        ordering = ["day", "id"]
        indexes = [
            models.Index(fields=["operation", "day"], name="archivefile_of_day"),
            models.Index(fields=["removed_at"], name="archivefile_removed"),
            models.Index(fields=["kept_until"], name="archivefile_kept"),
        ]


class ArchiveDay(models.Model):
    """A day of the archive. ``touched``: files have come since it was last put in order; a lease says who is at it."""

    id = models.BigAutoField(primary_key=True)
    operation = models.ForeignKey(Operation, on_delete=models.PROTECT, related_name="+", db_index=False)
    day = models.DateField()
    touched = models.BooleanField(default=True)
    lease = models.CharField(max_length=20, blank=True, default="")
    lease_until = models.DateTimeField(null=True)

    class Meta:
        ordering = ["day"]
        constraints = [models.UniqueConstraint(fields=["operation", "day"], name="one_archive_day")]
        indexes = [models.Index(fields=["touched", "day"], name="archiveday_touched")]
