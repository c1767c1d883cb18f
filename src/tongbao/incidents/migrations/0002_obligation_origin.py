"""An obligation knows from which case's facts it follows, so that a merged case's duties stay their own."""

import django.db.models.deletion
from django.db import migrations, models


def follow_their_case(apps, schema_editor):
    """Until now every obligation followed from the case that it lies in."""
    obligations = apps.get_model("incidents", "Obligation")
    obligations.objects.exclude(incident=None).update(origin=models.F("incident"))


class Migration(migrations.Migration):
    dependencies = [("incidents", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="obligation",
            name="origin",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="incidents.incident",
            ),
        ),
        migrations.RunPython(follow_their_case, migrations.RunPython.noop),
    ]
