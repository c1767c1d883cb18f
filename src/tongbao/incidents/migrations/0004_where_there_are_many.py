"""Indexes where there are very many: one's own obligations in a case, one's own newest reports, open cases of a level."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("incidents", "0003_submissions_by_state")]

    operations = [
        migrations.AddIndex("obligation", models.Index(fields=["incident", "organisation"], name="obligation_of_case")),
        migrations.AddIndex(
            "incident",
            models.Index(fields=["state", "level", "-opened_at", "-id"], name="incident_of_state_and_level"),
        ),
        migrations.AddIndex(
            "submission", models.Index(fields=["owner", "-received_at", "-id"], name="submission_of_owner")
        ),
    ]
