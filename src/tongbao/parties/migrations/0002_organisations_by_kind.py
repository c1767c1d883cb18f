from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("parties", "0001_initial")]
    operations = [
        migrations.AddIndex(
            model_name="organisation",
            index=models.Index(fields=["kind", "code"], name="organisation_of_kind"),
        ),
    ]
