"""A value is marked as what names it. What has been noted before keeps the usual marking of an entry."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("incidents", "0009_transfers")]

    operations = [
        migrations.AddField(
            "observable",
            "tlp",
            models.PositiveSmallIntegerField(
                choices=[
                    (0, "TLP:CLEAR"),
                    (1, "TLP:GREEN"),
                    (2, "TLP:AMBER"),
                    (3, "TLP:AMBER+STRICT"),
                    (4, "TLP:RED"),
                ],
                default=2,
            ),
        ),
    ]
