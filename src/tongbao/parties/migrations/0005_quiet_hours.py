from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("parties", "0004_organisations_by_kind")]
    operations = [
        migrations.AddField(
            "contactpoint", "quiet", models.CharField(blank=True, db_default="", default="", max_length=11)
        )
    ]
