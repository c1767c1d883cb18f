"""A key acts for the organisation that its person acted for when it was made."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="apitoken",
            name="employer",
            field=models.BigIntegerField(null=True),
        ),
    ]
