"""How often public pages have been looked at. Nothing is kept of who looked."""

from django.db import models


class PageViews(models.Model):
    """One public page's count."""

    page = models.CharField(primary_key=True, max_length=40)
    count = models.BigIntegerField(default=0)
