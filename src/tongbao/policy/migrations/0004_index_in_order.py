"""The index of what is named for somebody gets the order; made after the times are there, or it would grow twice."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("policy", "0003_audiences_in_order"), ("incidents", "0014_audiences_in_order")]

    operations = [
        migrations.AddIndex(
            "audience",
            models.Index(fields=["grantee", "grantee_id", "kind", "-at", "-object_id"], name="audience_in_order"),
        ),
        migrations.RemoveIndex("audience", "audience_of_grantee"),
    ]
