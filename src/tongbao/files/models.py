"""A blob is bytes that are kept once; a stored file is one upload of them, attached to something."""

from django.db import models
from django.db.models import Q

from tongbao.files.rules import CleanState
from tongbao.kernel import clock, ids

_PENDING = Q(clean_state=CleanState.PENDING.value, purged_at=None)


class Blob(models.Model):
    """Bytes on disk, by digest. ``size`` in bytes. ``purged_at``: since when the bytes must be gone."""

    id = models.BigAutoField(primary_key=True)
    sha256 = models.CharField(max_length=64, unique=True)
    size = models.BigIntegerField()
    created_at = models.DateTimeField(default=clock.now)
    purged_at = models.DateTimeField(null=True)


class StoredFileQuerySet(models.QuerySet["StoredFile"]):
    def attached_to(self, kind: str, *refs: str) -> "StoredFileQuerySet":
        """What hangs on subjects of one kind, oldest first, tombstones included."""
        return self.filter(subject_kind=kind, subject_ref__in=refs).select_related("blob", "clean_copy").order_by("id")

    def pending(self) -> "StoredFileQuerySet":
        """What still waits to be cleaned."""
        return self.filter(_PENDING)


class StoredFile(models.Model):
    """One upload. Who may see it is decided by the thing it is attached to.

    ``media_type`` is what the sender said, shown and never trusted. A purged file is a tombstone: its name is
    gone, when, by whom and why stay.
    """

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(max_length=20, unique=True, default=ids.public_id, editable=False)
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="files")
    name = models.CharField(max_length=120, blank=True)
    media_type = models.CharField(max_length=100, blank=True, default="")
    subject_kind = models.CharField(max_length=24)
    subject_ref = models.CharField(max_length=64)
    uploaded_at = models.DateTimeField(default=clock.now)
    clean_state = models.CharField(max_length=12, choices=[(s.value, s.value) for s in CleanState])
    clean_copy = models.ForeignKey(Blob, null=True, on_delete=models.PROTECT, related_name="cleaned")
    purged_at = models.DateTimeField(null=True)
    purged_by = models.CharField(max_length=64, blank=True, default="")
    purge_reason = models.TextField(blank=True, default="")

    objects = StoredFileQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["subject_kind", "subject_ref", "id"], name="file_of_subject"),
            models.Index(fields=["id"], condition=_PENDING, name="file_pending"),
        ]

    def __str__(self) -> str:
        return self.name or self.public_id

    @property
    def outgoing(self) -> Blob:
        """What leaves the house of it: the copy without metadata where there is one."""
        return self.clean_copy or self.blob

    def subject(self) -> tuple[str, str]:
        return ("file", self.public_id)

    def standing(self) -> frozenset[int]:
        """No organisation acts on a file of its own right: only office roles read originals and purge."""
        return frozenset()
