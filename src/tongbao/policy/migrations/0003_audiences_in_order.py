"""What is named for somebody is read in the order of its list. The table is not written anew: the time has a default,
which rows of the running version get until it stops (:data:`tongbao.policy.models.UNTIMED`)."""

from datetime import UTC, datetime

from django.db import migrations, models

UNTIMED = datetime(9999, 1, 1, tzinfo=UTC)


class Migration(migrations.Migration):
    dependencies = [("policy", "0002_token_buckets")]

    operations = [
        migrations.AddField("audience", "at", models.DateTimeField(default=UNTIMED, db_default=UNTIMED)),
    ]
