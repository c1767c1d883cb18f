"""What is new goes to the end of an index: lists read it backwards. The new ones first: until the old ones are away both
serve the lists, whichever version asks."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("observations", "0005_figures")]

    operations = [
        migrations.AddIndex(
            model_name="finding",
            index=models.Index(fields=["last_day", "id"], name="finding_day"),
        ),
        migrations.AddIndex(
            model_name="finding",
            index=models.Index(fields=["organisation", "last_day", "id"], name="finding_of_owner_day"),
        ),
        migrations.AddIndex(
            model_name="finding",
            index=models.Index(fields=["state", "last_day", "id"], name="finding_of_state_day"),
        ),
        migrations.RemoveIndex(model_name="finding", name="finding_by_day"),
        migrations.RemoveIndex(model_name="finding", name="finding_of_owner_by_day"),
        migrations.RemoveIndex(model_name="finding", name="finding_of_state_by_day"),
    ]
