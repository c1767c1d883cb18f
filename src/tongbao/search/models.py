"""The one search table. The databases' own indexes on it are made in the migrations."""

from django.db import models


class SearchDoc(models.Model):
    """What can be found of one thing by one class of readers.

    ``kind`` names both (``incident``: what every participant may see; ``incident-office``: what handlers
    see), so that nobody can find a thing by words that they may not read.
    """

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=24)
    object_id = models.BigIntegerField()
    text = models.TextField()
    tokens = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "object_id"], name="one_search_doc")]
