"""The audiences of cases get the time by which cases are listed."""

from django.db import migrations

TIMES = (
    "UPDATE policy_audience SET at = (SELECT opened_at FROM incidents_incident WHERE id = object_id) "
    "WHERE kind = 'incident' AND object_id IN (SELECT id FROM incidents_incident)"
)


class Migration(migrations.Migration):
    dependencies = [("incidents", "0013_imports_with_progress"), ("policy", "0003_audiences_in_order")]

    operations = [migrations.RunSQL(TIMES, migrations.RunSQL.noop)]
