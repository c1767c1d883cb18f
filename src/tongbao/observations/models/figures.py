"""Figures that were counted beforehand."""

from django.db import models

from tongbao.kernel import clock


class Counted(models.Model):
    """The figures of the findings of some tracks, between two days: what takes too long for somebody to wait for.

    ``tracks``: their numbers in order, with commas. ``asked_at``: when somebody last wanted them anew. ``taken_at``:
    the moment of what they say; ``seconds``: how long it took. ``content``: JSON of figures.Figures.
    """

    id = models.BigAutoField(primary_key=True)
    tracks = models.CharField(max_length=16)
    first = models.DateField()
    last = models.DateField()
    asked_at = models.DateTimeField(default=clock.now)
    taken_at = models.DateTimeField(null=True)
    seconds = models.FloatField(default=0)
    content = models.TextField(blank=True, default="")

    class Meta:
        ordering = ["-asked_at"]
        constraints = [models.UniqueConstraint(fields=["tracks", "first", "last"], name="counted_once")]
