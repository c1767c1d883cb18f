"""A file leaves as an attachment of unknown kind; no browser is to show or run it."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.http import FileResponse
from django.middleware.gzip import GZipMiddleware
from django.test import RequestFactory

from tests.files import samples
from tests.files.conftest import Keep, Purge
from tongbao.files import serving, store, sweeps
from tongbao.files.models import StoredFile
from tongbao.kernel.refusals import Conflict, Unavailable

pytestmark = pytest.mark.django_db


def body(response: FileResponse) -> bytes:
    """The bytes handed out. The file alone is closed: a closed response closes the database too."""
    content = response.getvalue()
    closed(response)
    return content


def closed(response: Any) -> Any:
    response.file_to_stream.close()
    return response


def test_it_hands_a_page_of_html_out_as_unknown_bytes(keep: Keep) -> None:
    page = b"<html><script>alert(1)</script></html>"
    response = serving.response(keep(page, name="evil.html"), clean=False)
    assert body(response) == page
    assert response.headers["Content-Type"] == "application/octet-stream"
    assert response.headers["Content-Disposition"] == 'attachment; filename="evil.html"'
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert "no-store" in response.headers["Cache-Control"]
    assert response.headers["Content-Length"] == str(len(page))
    assert "ETag" not in response.headers


@pytest.mark.parametrize("name", ["通報單.pdf", 'a"b;c.txt', "x\r\nSet-Cookie: a=b.txt", "ab\u202etxt.exe"])
def test_it_offers_any_name_safely(keep: Keep, name: str) -> None:
    stored = keep(b"x", name=name)
    response = closed(serving.response(stored, clean=False))
    offered = response.headers["Content-Disposition"]
    assert offered.startswith("attachment; filename")
    assert offered.isascii()
    assert not re.search(r"[\r\n]", offered)
    assert "%E2%80%AE" not in offered


def test_it_hands_out_the_clean_copy_under_the_same_name(keep: Keep) -> None:
    stored = keep(samples.jpeg(), name="照片.jpg")
    sweeps.clean_pending()
    stored.refresh_from_db()
    clean = serving.response(stored, clean=True)
    assert "%E7%85%A7%E7%89%87.jpg" in clean.headers["Content-Disposition"]
    assert samples.SECRET not in body(clean)
    assert body(serving.response(stored, clean=False)) == samples.jpeg()


def test_it_says_when_there_is_no_clean_copy(keep: Keep) -> None:
    with pytest.raises(Conflict) as refusal:
        serving.response(keep(b"MZ\x90\x00"), clean=True)
    assert refusal.value.code == "file-no-clean-copy"


def test_it_serves_no_tombstone(keep: Keep, purge: Purge) -> None:
    stored = keep(b"secret plan")
    purge(stored)
    for clean in (True, False):
        with pytest.raises(Conflict) as refusal:
            serving.response(StoredFile.objects.get(pk=stored.pk), clean=clean)
        assert refusal.value.code == "file-purged"


def test_it_says_when_the_bytes_are_not_there(keep: Keep) -> None:
    stored = keep(b"log line")
    store.path_of(stored.blob.sha256).unlink()
    with pytest.raises(Unavailable):
        serving.response(stored, clean=False)


def test_it_is_not_compressed_on_its_way_out(keep: Keep, rf: RequestFactory, data: Path) -> None:
    """The length stays known, and no time goes into packing what is packed already."""
    stored = keep(b"line\n" * 1000)
    request = rf.get("/", headers={"Accept-Encoding": "gzip"})
    response = GZipMiddleware(lambda request: serving.response(stored, clean=False))(request)
    assert isinstance(response, FileResponse)
    assert response.headers["Content-Length"] == "5000"
    assert body(response) == b"line\n" * 1000
