"""Which idempotency key made what."""

from django.db import models

from tongbao.kernel import clock


class KeyUse(models.Model):
    """A key that a program has used to create something.

    ``made``: the public id (several with spaces between), empty while it is being made.
    """

    id = models.BigAutoField(primary_key=True)
    key = models.CharField(max_length=64, unique=True)
    content = models.CharField(max_length=64)
    made = models.CharField(max_length=400, blank=True, default="")
    created_at = models.DateTimeField(default=clock.now)
