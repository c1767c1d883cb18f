"""An index for the triage list. The partial one was never used by SQLite, which does not see that one state is among two."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("incidents", "0002_obligations_of_the_nation")]

    operations = [
        migrations.AddIndex(
            "submission", models.Index(fields=["state", "received_at", "id"], name="submission_of_state")
        ),
        migrations.RemoveIndex("submission", "submission_waiting"),
    ]
