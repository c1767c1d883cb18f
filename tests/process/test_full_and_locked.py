"""A full disk, a locked database: the form says so, nothing half-done stays, what was accepted is there."""

import os
import secrets
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import psycopg
import pytest
from psycopg import sql

from tests import postgres
from tests.instance import Instance, document
from tests.outside import Outside
from tests.process.family import wait_until
from tests.process.held import held
from tests.process.sink import Sink
from tests.web import Visitor
from tongbao.files.models import StoredFile
from tongbao.incidents.models import Submission

pytestmark = pytest.mark.process

Make = Callable[..., Instance]
Look = Callable[[Instance], Outside]
NOT_NOW = "This cannot be stored right now. Nothing was kept"


def report(instance: Instance, summary: str, attachment: bytes = b"", **more: str) -> Visitor:
    """Somebody fills in the public form and sends it."""
    visitor = Visitor(instance.url).get("/report/")
    form = visitor.form(field="summary")
    if attachment:
        visitor.files = {"attachments": ("log.txt", attachment, "text/plain")}
    return visitor.send(form, summary=summary, **more)


def everything_holds(instance: Instance, outside: Outside, accepted: list[str]) -> None:
    """What was accepted is there, and nothing else; every file is whole; the journal holds."""
    with outside.inside():
        found = list(Submission.objects.order_by("id").values_list("summary", flat=True))
        kept = [(row.blob.sha256, row.blob.size) for row in StoredFile.objects.select_related("blob")]
    assert found == accepted
    for digest, size in kept:
        assert next((instance.home / "data" / "files").rglob(digest)).stat().st_size == size
    verified = instance.run("audit", "verify")
    assert document(verified)["ok"] is True, verified.stdout


def test_it_says_that_it_cannot_store_anything_while_the_database_is_locked(make_instance: Make, look: Look) -> None:
    instance = make_instance()
    instance.environment["DJANGO_SETTINGS_MODULE"] = "tests.process.impatient"
    instance.serve("--workers", "0")
    assert report(instance, "before", b"03:10 files vanish").status == 201
    with held(instance):
        refused = report(instance, "meanwhile", b"03:12 encryption begins")
        assert (refused.status, refused.has(NOT_NOW)) == (503, True), refused.text()
        assert Visitor(instance.url).get("/").status == 200
    again = refused.get("/report/")
    assert again.send(again.form(field="summary"), summary="after").status == 201
    everything_holds(instance, look(instance), ["before", "after"])


@contextmanager
def small_disk(instance: Instance) -> Iterator[Path]:
    """The instance's files and its database move to a disk of their own, of 48 MiB."""
    disk, data = instance.home / "disk", instance.home / "data"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", str(disk)], capture_output=True)
    if mounted.returncode:
        pytest.skip("may not mount a disk here")
    try:
        data.rename(instance.home / "template")
        shutil.copytree(instance.home / "template", disk / "data")
        data.symlink_to(disk / "data")
        with on_disk(instance, disk):
            yield disk
    finally:
        subprocess.run(["umount", str(disk)], check=True)


@contextmanager
def on_disk(instance: Instance, disk: Path) -> Iterator[None]:
    """PostgreSQL keeps the instance's tables there too. SQLite does already."""
    url = instance.environment.get("TONGBAO_DATABASE_URL", "")
    if not url:
        yield
        return
    name, socket = urlsplit(url).path.lstrip("/"), Path(dict(parse_qsl(urlsplit(url).query))["host"])
    (disk / "tables").mkdir()
    os.chown(disk / "tables", socket.stat().st_uid, socket.stat().st_gid)
    with psycopg.connect(url.replace(f"/{name}?", "/postgres?"), autocommit=True) as server:
        for folder in instance.home.parents:  # the server is somebody else, and has to get there
            folder.chmod(folder.stat().st_mode | 0o001)
        server.execute(sql.SQL("CREATE TABLESPACE small LOCATION {}").format(str(disk / "tables")))
        server.execute(sql.SQL("ALTER DATABASE {} SET TABLESPACE small").format(sql.Identifier(name)))
        try:
            yield
        finally:
            instance.stop()
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
            server.execute("DROP TABLESPACE small")


def fill(disk: Path) -> Path:
    """Something else takes all the room but a little."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(1 << 16))
    os.truncate(ballast, ballast.stat().st_size - (1 << 18))
    return ballast


def test_it_says_that_it_cannot_store_anything_while_the_disk_is_full(make_instance: Make, look: Look) -> None:
    instance = make_instance()
    with small_disk(instance) as disk:
        instance.serve()
        assert report(instance, "before", b"03:10 files vanish").status == 201
        accepted = ["before"]
        ballast = fill(disk)
        for number in range(200):
            sent = report(instance, f"report {number}", description=secrets.token_hex(9_000))
            if sent.status != 201:
                break
            accepted.append(f"report {number}")
        assert (sent.status, sent.has(NOT_NOW)) == (503, True), sent.text()
        with_file = report(instance, "with a file", secrets.token_bytes(1 << 20))
        assert with_file.status == 503, with_file.text()
        assert Visitor(instance.url).get("/").status == 200
        ballast.unlink()
        again = sent.get("/report/")
        assert again.send(again.form(field="summary"), summary="after").status == 201
        everything_holds(instance, look(instance), [*accepted, "after"])
        instance.stop()


@pytest.fixture
def own_server(request: pytest.FixtureRequest) -> Iterator[postgres.Server]:
    """A database server that may be stopped."""
    if not request.config.getoption("--pg"):
        pytest.skip("SQLite goes away with the machine only")
    server = postgres.start(postgres.DURABLE)
    yield server
    server.stop()


@pytest.mark.soak
def test_it_goes_on_when_the_database_comes_back(
    own_server: postgres.Server, make_instance: Make, look: Look, sink: Sink
) -> None:
    instance = make_instance("bare", TONGBAO_DATABASE_URL=own_server.create("own"))
    instance.build()
    instance.take_mail(sink)
    serving = instance.serve()
    outside = look(instance)
    assert report(instance, "before").status == 201
    own_server.halt()
    visitor = Visitor(instance.url).get("/report/")
    assert visitor.get("/follow-up/").status in {200, 503}
    assert visitor.get("/healthz").status == 503
    own_server.begin()
    assert report(instance, "after").status == 201
    outside.tell("chen@energy.example")
    wait_until(lambda: bool(sink.taken), instance.said)
    assert serving.poll() is None
    everything_holds(instance, outside, ["before", "after"])
