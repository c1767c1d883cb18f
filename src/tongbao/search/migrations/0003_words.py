"""The words of SQLite's index, one by one."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def build(apps: object, editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor == "sqlite":
        editor.execute("CREATE VIRTUAL TABLE search_terms USING fts5vocab('search_fts', 'instance')")


class Migration(migrations.Migration):
    dependencies = [("search", "0002_indexes")]
    operations = [migrations.RunPython(build, migrations.RunPython.noop)]
