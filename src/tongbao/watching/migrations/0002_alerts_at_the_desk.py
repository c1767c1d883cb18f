"""An index in the desk's order: the board shows the first twenty open alerts, of however many."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("watching", "0001_initial")]

    operations = [
        migrations.AddIndex(
            "alert",
            models.Index(
                condition=models.Q(("closed_at", None)),
                fields=["answered_at", "raised_at", "id"],
                name="alert_at_desk",
            ),
        ),
    ]
