import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("notices", "0007_partners_seen"),
        ("operations", "0002_frames_and_enrolment"),
    ]

    operations = [
        migrations.AddField(
            model_name="letter",
            name="operation",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="operations.operation",
            ),
        ),
        migrations.AddField(
            model_name="letter",
            name="about_kind",
            field=models.CharField(blank=True, db_default="", default="", max_length=20),
        ),
        migrations.AddField(
            model_name="letter",
            name="about_ref",
            field=models.CharField(blank=True, db_default="", default="", max_length=40),
        ),
        migrations.AddField(
            model_name="letter",
            name="source",
            field=models.CharField(max_length=60, null=True, unique=True),
        ),
    ]
