"""Backup and restore: one consistent, encrypted file, the same for both databases.

The file is a tar archive of ``manifest.json``, one ``tables/<label>.jsonl`` per table (a JSON array per row, in
the order of the manifest's columns), ``files/...`` by digest, ``seals/...`` and the sealing key, encrypted with
age. Rows are read in one snapshot, so writers go on; a backup taken on SQLite restores into PostgreSQL.
"""

import io
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import msgspec
import pyrage
from django.apps import apps
from django.conf import settings
from django.core.management.color import no_style
from django.db import connection, models, transaction
from msgspec import Struct

from tongbao import __version__
from tongbao.journal import chain, queries, seal
from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.kernel import clock
from tongbao.policy import actors

FORMAT = 1
BATCH = 1000
LEFT_OUT = {"sessions.session", "policy.attempts", "policy.salt", "jobs.heartbeat"}
"""Tables whose rows must not outlive the machine: running sessions, counted attempts."""


class BackupError(Exception):
    """What keeps a backup from being written or restored; ``code`` for programs, the text for people."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class Table(Struct, frozen=True):
    """One table of the archive: the model's label, its columns, how many rows."""

    label: str
    columns: tuple[str, ...]
    rows: int


class Manifest(Struct, frozen=True):
    format: int
    version: str
    taken_at: str
    tables: tuple[Table, ...]
    files: int
    journal: tuple[int, str]


def write(path: Path, *, passphrase: str = "") -> dict[str, Any]:
    """Write a backup to ``path`` (which must not exist), to the configured recipient or under ``passphrase``."""
    if path.exists():
        raise BackupError("exists", f"{path} exists already")
    draft = path.with_name(path.name + ".part")
    try:
        with tempfile.TemporaryFile(dir=path.parent) as plain, draft.open("wb") as out:
            manifest = _pack(plain)
            plain.seek(0)
            _encrypt(plain, out, passphrase)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise BackupError("unwritable", f"{error.filename or path}: {error.strerror}") from None
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    draft.replace(path)
    _note(Event.BACKUP_TAKEN, manifest)
    return _summary(path, manifest)


def restore(path: Path, *, identity: str = "", passphrase: str = "") -> dict[str, Any]:
    """Restore into an empty, migrated instance; all or nothing. The journal is verified afterwards.

    Raises BackupError for a file that cannot be read, an instance that is not empty, a journal that breaks.
    """
    _require_empty()
    try:
        with path.open("rb") as sealed, tempfile.TemporaryFile() as plain:
            _decrypt(sealed, plain, identity, passphrase)
            plain.seek(0)
            with tarfile.open(fileobj=plain, mode="r:") as archive:
                manifest = _unpack(archive)
    except OSError as error:
        raise BackupError("unreadable", f"{path}: {error.strerror}") from None
    except tarfile.TarError as error:
        raise BackupError("unreadable", f"{path}: {error}") from None
    _note(Event.BACKUP_RESTORED, manifest)
    return _summary(path, manifest)


def _tables() -> list[type[models.Model]]:
    """Every table that is kept, automatic join tables included, in a fixed order."""
    found = apps.get_models(include_auto_created=True)
    kept = [model for model in found if model._meta.managed and model._meta.label_lower not in LEFT_OUT]
    return sorted(kept, key=lambda model: model._meta.label_lower)


def _pack(out: IO[bytes]) -> Manifest:
    with tarfile.open(fileobj=out, mode="w:") as archive, tempfile.TemporaryDirectory() as scratch:
        tables, head = [], (0, chain.GENESIS)
        _pack_seals(archive)  # before the rows: no seal may name an entry that the backup lacks
        with _snapshot():
            head = queries.head()
            for model in _tables():
                file = Path(scratch) / "table"
                columns = tuple(field.attname for field in model._meta.concrete_fields)
                rows = _dump(model, columns, file)
                tables.append(Table(model._meta.label_lower, columns, rows))
                archive.add(file, f"tables/{model._meta.label_lower}.jsonl")
        files = _pack_files(archive)
        taken = clock.now().isoformat()
        manifest = Manifest(FORMAT, __version__, taken, tuple(tables), files, head)
        content = msgspec.json.encode(manifest)
        entry = tarfile.TarInfo("manifest.json")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return manifest


def _dump(model: type[models.Model], columns: tuple[str, ...], file: Path) -> int:
    count = 0
    with file.open("wb") as out:
        for row in model._default_manager.order_by("pk").values_list(*columns).iterator(BATCH):
            out.write(msgspec.json.encode(row) + b"\n")
            count += 1
    return count


@contextmanager
def _snapshot() -> Iterator[None]:
    """One consistent view of all tables, without holding up writers."""
    if connection.vendor == "postgresql":
        with transaction.atomic():
            connection.cursor().execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
        return
    with connection.cursor() as cursor:
        cursor.execute("BEGIN DEFERRED")  # atomic() would take the write lock here
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")


def _pack_seals(archive: tarfile.TarFile) -> None:
    ours = settings.TONGBAO
    for path in sorted(ours.seals.glob("*.json")) if ours.seals.exists() else []:
        archive.add(path, f"seals/{path.name}", recursive=False)
    if (ours.data / "seal-key").exists():
        archive.add(ours.data / "seal-key", "seal-key")


def _pack_files(archive: tarfile.TarFile) -> int:
    """Files by digest, after the rows: every row's bytes are there. How many."""
    folder, count = settings.TONGBAO.data / "files", 0
    for path in sorted(folder.rglob("*")) if folder.exists() else []:
        relative = path.relative_to(folder)
        if path.is_file() and not any(part.startswith(".") for part in relative.parts):
            archive.add(path, f"files/{relative}", recursive=False)
            count += 1
    return count


def _encrypt(plain: IO[bytes], out: IO[bytes], passphrase: str) -> None:
    recipient = settings.TONGBAO.backup_recipient
    if recipient:
        try:
            pyrage.encrypt_io(plain, out, [pyrage.x25519.Recipient.from_str(recipient)])
        except pyrage.RecipientError:
            raise BackupError("recipient", "TONGBAO_BACKUP_RECIPIENT is not an age public key") from None
    elif passphrase:
        out.write(pyrage.passphrase.encrypt(plain.read(), passphrase))
    else:
        raise BackupError("recipient", "set TONGBAO_BACKUP_RECIPIENT, or give a passphrase")


def _decrypt(sealed: IO[bytes], plain: IO[bytes], identity: str, passphrase: str) -> None:
    try:
        if passphrase:
            plain.write(pyrage.passphrase.decrypt(sealed.read(), passphrase))
        elif identity:
            secret = next((line for line in identity.splitlines() if line.startswith("AGE-SECRET-KEY-")), "")
            pyrage.decrypt_io(sealed, plain, [pyrage.x25519.Identity.from_str(secret)])
        else:
            raise BackupError("identity", "give the identity file or the passphrase file")
    except (pyrage.DecryptError, pyrage.IdentityError) as error:
        raise BackupError("undecipherable", f"the backup cannot be decrypted: {error}") from None


def _require_empty() -> None:
    executor_tables = set(connection.introspection.table_names())
    if "accounts_user" not in executor_tables:
        raise BackupError("not-migrated", "run `tongbao migrate` first")
    for model in _tables():
        label = model._meta.label_lower
        if label.startswith(("contenttypes.", "operations.operation")):
            continue
        if model._default_manager.exists():
            raise BackupError("not-empty", f"the instance is not empty: {label} has rows")


def _unpack(archive: tarfile.TarFile) -> Manifest:
    member = archive.extractfile("manifest.json") if "manifest.json" in archive.getnames() else None
    if member is None:
        raise BackupError("unreadable", "there is no manifest: not a backup, or cut short")
    manifest = msgspec.json.decode(member.read(), type=Manifest)
    if manifest.format != FORMAT:
        raise BackupError("format", f"this version reads format {FORMAT}, not {manifest.format}")
    _unpack_files(archive)
    with transaction.atomic(durable=True):
        _load(archive, manifest)
        connection.check_constraints()
        _verify()
    return manifest


def _verify() -> None:
    verdict = chain.verify(queries.rows(), seals=seal.read(settings.TONGBAO.seals), head=queries.head())
    if verdict.first_break is not None:
        raise BackupError("journal", f"the journal breaks at entry {verdict.first_break.seq}")


def _load(archive: tarfile.TarFile, manifest: Manifest) -> None:
    known = {model._meta.label_lower: model for model in _tables()}
    if unknown := [table.label for table in manifest.tables if table.label not in known]:
        raise BackupError("tables", f"this version has no table {unknown[0]}")
    for table in manifest.tables:
        known[table.label]._default_manager.all().delete()
    for table in manifest.tables:  # foreign keys are checked at the end, so any order will do
        _load_table(archive, known[table.label], table)
    for statement in connection.ops.sequence_reset_sql(no_style(), list(known.values())):
        connection.cursor().execute(statement)


def _load_table(archive: tarfile.TarFile, model: type[models.Model], table: Table) -> None:
    fields = {field.attname: field for field in model._meta.concrete_fields}
    if unknown := set(table.columns) - set(fields):
        raise BackupError("columns", f"{table.label} has no column {min(unknown)}")
    stream = archive.extractfile(f"tables/{table.label}.jsonl")
    if stream is None:
        raise BackupError("unreadable", f"{table.label} is missing")
    batch, count = [], 0
    for line in stream:
        values = msgspec.json.decode(line)
        batch.append(model(**{name: fields[name].to_python(v) for name, v in zip(table.columns, values, strict=True)}))
        count += 1
        if len(batch) == BATCH:
            model._default_manager.bulk_create(batch)
            batch = []
    model._default_manager.bulk_create(batch)
    if count != table.rows:
        raise BackupError("unreadable", f"{table.label}: {count} rows instead of {table.rows}")


def _unpack_files(archive: tarfile.TarFile) -> None:
    ours = settings.TONGBAO
    homes = {"files": ours.data / "files", "seals": ours.seals}
    for member in archive.getmembers():
        top, _, rest = member.name.partition("/")
        if top in homes and rest and member.isfile() and ".." not in Path(rest).parts:
            _place(archive, member, homes[top] / rest)
        elif member.name == "seal-key":
            _place(archive, member, ours.data / "seal-key")
            (ours.data / "seal-key").chmod(0o600)


def _place(archive: tarfile.TarFile, member: tarfile.TarInfo, target: Path) -> None:
    source = archive.extractfile(member)
    if source is None:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(source.read())


@verb
def _note(event: Event, manifest: Manifest) -> None:
    record(
        event,
        actor=actors.system("backup"),
        subject=("product", "tongbao"),
        taken_at=manifest.taken_at,
        journal=manifest.journal[0],
    )


def _summary(path: Path, manifest: Manifest) -> dict[str, Any]:
    return {
        "file": str(path),
        "bytes": path.stat().st_size,
        "taken_at": manifest.taken_at,
        "version": manifest.version,
        "rows": sum(table.rows for table in manifest.tables),
        "files": manifest.files,
        "journal": manifest.journal[0],
    }
