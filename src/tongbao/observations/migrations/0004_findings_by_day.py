"""The new ones first: until the old ones are away both serve the lists, whichever version asks."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("observations", "0003_findings_without_operation_index"),
        ("operations", "0002_frames_and_enrolment"),
        ("parties", "0008_what_is_told_of_feeds"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="finding",
            options={"ordering": ["-last_day", "-id"]},
        ),
        migrations.AddIndex(
            model_name="finding",
            index=models.Index(fields=["-last_day", "-id"], name="finding_by_day"),
        ),
        migrations.AddIndex(
            model_name="finding",
            index=models.Index(fields=["organisation", "-last_day", "-id"], name="finding_of_owner_by_day"),
        ),
        migrations.AddIndex(
            model_name="finding",
            index=models.Index(fields=["state", "-last_day", "-id"], name="finding_of_state_by_day"),
        ),
        migrations.AddIndex(
            model_name="finding",
            index=models.Index(
                condition=models.Q(("settled_at", None)), fields=["stream", "covered_on"], name="finding_unsettled"
            ),
        ),
        migrations.AddIndex(
            model_name="finding",
            index=models.Index(
                condition=models.Q(
                    ("acknowledged_at", None),
                    ("merged_into", None),
                    ("notified_at", None),
                    ("organisation__isnull", False),
                    ("settled_at", None),
                ),
                fields=["organisation", "type"],
                name="finding_untold",
            ),
        ),
        migrations.RemoveIndex(
            model_name="finding",
            name="finding_newest",
        ),
        migrations.RemoveIndex(
            model_name="finding",
            name="finding_of_organisation",
        ),
        migrations.RemoveIndex(
            model_name="finding",
            name="finding_of_stream",
        ),
        migrations.RemoveIndex(
            model_name="finding",
            name="finding_of_state",
        ),
    ]
