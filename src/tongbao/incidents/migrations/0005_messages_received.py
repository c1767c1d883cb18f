"""Messages received by the office, newest first: the board looks for those not answered."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("incidents", "0004_where_there_are_many")]

    operations = [
        migrations.AddIndex(
            "logentry",
            models.Index(
                fields=["-at", "-id"],
                condition=models.Q(kind="message", by_office=False),
                name="messages_received",
            ),
        ),
    ]
