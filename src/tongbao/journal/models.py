"""Entries and the head of their chain. Plain references only: kinds, public ids, never names or addresses."""

from django.db import models


class JournalEntry(models.Model):
    """One entry. The columns repeat parts of ``text`` for look-ups; the text is the truth."""

    seq = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField(db_index=True)
    event = models.CharField(max_length=48)
    actor = models.CharField(max_length=64)
    subject_kind = models.CharField(max_length=24)
    subject_id = models.CharField(max_length=64)
    operation = models.BigIntegerField(null=True)
    text = models.TextField()
    digest = models.CharField(max_length=64)

    class Meta:
        indexes = [
            models.Index(fields=["subject_kind", "subject_id", "seq"], name="journal_of_subject"),
            models.Index(fields=["event", "seq"], name="journal_of_event"),
            models.Index(fields=["actor", "seq"], name="journal_of_actor"),
        ]


class JournalHead(models.Model):
    """The last entry's number and digest: one row, locked last of all locks."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    seq = models.BigIntegerField(default=0)
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="one_journal_head")]
