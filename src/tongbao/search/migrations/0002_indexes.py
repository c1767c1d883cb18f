"""The databases' own full-text indexes on the tokens: FTS5 with external content, or a GIN index."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

SQLITE = [
    (
        "CREATE VIRTUAL TABLE search_fts USING fts5(tokens, content='search_searchdoc', content_rowid='id', "
        "detail='none', columnsize=0, tokenize=\"unicode61 remove_diacritics 0 tokenchars '._:/@-'\")"
    ),
    (
        "CREATE TRIGGER search_fts_insert AFTER INSERT ON search_searchdoc BEGIN "
        "INSERT INTO search_fts(rowid, tokens) VALUES (new.id, new.tokens); END"
    ),
    (
        "CREATE TRIGGER search_fts_delete AFTER DELETE ON search_searchdoc BEGIN "
        "INSERT INTO search_fts(search_fts, rowid, tokens) VALUES ('delete', old.id, old.tokens); END"
    ),
    (
        "CREATE TRIGGER search_fts_update AFTER UPDATE ON search_searchdoc BEGIN "
        "INSERT INTO search_fts(search_fts, rowid, tokens) VALUES ('delete', old.id, old.tokens); "
        "INSERT INTO search_fts(rowid, tokens) VALUES (new.id, new.tokens); END"
    ),
]
POSTGRES = [
    (
        "ALTER TABLE search_searchdoc ADD COLUMN lexemes tsvector GENERATED ALWAYS AS "
        "(array_to_tsvector(string_to_array(trim(tokens), ' '))) STORED"
    ),
    "CREATE INDEX search_lexemes ON search_searchdoc USING gin (lexemes)",
]


def build(apps: object, editor: BaseDatabaseSchemaEditor) -> None:
    for statement in SQLITE if editor.connection.vendor == "sqlite" else POSTGRES:
        editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("search", "0001_initial")]
    operations = [migrations.RunPython(build, migrations.RunPython.noop)]
