"""An index for the mail sweep. The partial one was never used by SQLite, which does not see that one state is among two."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notices", "0001_initial")]

    operations = [
        migrations.AddIndex("delivery", models.Index(fields=["state", "due_at", "id"], name="delivery_of_state")),
        migrations.RemoveIndex("delivery", "delivery_waiting"),
    ]
