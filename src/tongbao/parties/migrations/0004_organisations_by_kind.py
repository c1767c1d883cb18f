from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("parties", "0003_places_and_turns")]
    operations = [
        migrations.AddIndex(
            model_name="organisation",
            index=models.Index(fields=["kind", "code"], name="organisation_of_kind"),
        ),
    ]
