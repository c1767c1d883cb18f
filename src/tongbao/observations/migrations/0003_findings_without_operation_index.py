import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("observations", "0002_archive"),
        ("operations", "0002_frames_and_enrolment"),
    ]

    operations = [
        migrations.AlterField(
            model_name="finding",
            name="operation",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="operations.operation",
            ),
        ),
    ]
