"""Indexes for the list of the nation's obligations."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("incidents", "0001_initial")]

    operations = [
        migrations.RemoveIndex("obligation", "obligation_due"),
        migrations.AddIndex(
            "obligation",
            models.Index(fields=["state", "due_at", "id"], condition=models.Q(settled_at=None), name="open_by_state"),
        ),
        migrations.AddIndex(
            "obligation",
            models.Index(
                fields=["regime", "state", "due_at", "id"], condition=models.Q(settled_at=None), name="open_by_regime"
            ),
        ),
        migrations.AddIndex(
            "obligation",
            models.Index(
                fields=["regime", "duty", "state", "due_at", "id"],
                condition=models.Q(settled_at=None),
                name="open_by_duty",
            ),
        ),
        migrations.AddIndex(
            "obligation",
            models.Index(fields=["regime", "state", "-settled_at", "-id"], name="settled_by_regime"),
        ),
        migrations.AddIndex(
            "obligation",
            models.Index(fields=["regime", "duty", "state", "-settled_at", "-id"], name="settled_by_duty"),
        ),
    ]
