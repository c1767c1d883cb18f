"""Files that a program sends beside a body: a form whose part ``body`` is the JSON."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.conf import settings as django_settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from tests.api.conftest import REPORT, Make, Program, opened, places, refused
from tests.api.test_operations import content
from tongbao.files.models import StoredFile
from tongbao.incidents.models import LogEntry, Submission

Files = dict[str, bytes]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> None:
    settings.TONGBAO = msgspec.structs.replace(
        django_settings.TONGBAO, data_dir=str(tmp_path), upload_limit_mb=1, upload_count=2
    )
    settings.DATA_UPLOAD_MAX_NUMBER_FILES = 2


def form(body: Any, files: Files, **parts: str) -> bytes:
    sent = [SimpleUploadedFile(name, content, "text/plain") for name, content in files.items()]
    fields = {"body": body if isinstance(body, str) else json.dumps(body)} | parts
    return bytes(encode_multipart(BOUNDARY, {**fields, "files": sent}))


def send(program: Program, path: str, body: Any, files: Files, **headers: str) -> Any:
    return program.ask("post", path, raw=form(body, files), content_type=MULTIPART_CONTENT, **headers)


def made(response: Any, status: int = 201) -> Any:
    assert response.status_code == status, response.content
    return response.json()


def test_it_takes_a_report_with_evidence(program: Make) -> None:
    """The report is one request; the officer finds the files with it, downloads them by id."""
    officer, constituent = program("officer"), program("constituent")
    evidence = {"勒索信.txt": b"pay", "netflow.csv": b"a,b"}
    taken = made(send(constituent, "/submissions", REPORT, evidence))
    read = officer.read(f"/submissions/{taken['id']}")
    assert sorted((each["name"], each["size"], each["cleaned"]) for each in read["files"]) == [
        ("netflow.csv", 3, "not-needed"),
        ("勒索信.txt", 3, "not-needed"),
    ]
    assert read["content"]["summary"] == REPORT["summary"]
    for each in read["files"]:
        assert content(officer.get(f"/files/{each['id']}")) == evidence[each["name"]]
    made(send(constituent, "/submissions", REPORT, {}))
    refused(program("stranger").get(f"/files/{read['files'][0]['id']}"), 404, "not-found")


def test_it_takes_files_with_notes_and_messages(program: Make) -> None:
    officer, handler = program("officer"), program("handler")
    case = f"/incidents/{opened(officer)}"
    note = made(send(officer, f"{case}/notes", {"text": "a sample"}, {"sample.txt": b"sample"}))
    assert [each["name"] for each in note["files"]] == ["sample.txt"]
    thread = officer.does(f"{case}/participants", {"organisation": _power(officer), "role": "victim"})
    place = thread["participants"][0]["id"]
    message = made(send(officer, f"{case}/threads/{place}/messages", {"text": "read this"}, {"how-to.txt": b"how"}))
    log = {each["id"]: [file["name"] for file in each["files"]] for each in handler.walk(f"{case}/log")}
    assert log[note["id"]] == ["sample.txt"]
    assert log[message["id"]] == ["how-to.txt"]
    own = program("constituent").read(f"{case}/log")["items"]
    assert [each["files"][0]["name"] for each in own if each["files"]] == ["how-to.txt"], "a note is for handlers"


def _power(officer: Program) -> str:
    found: str = officer.read("/organisations?q=SUNPOWER")["items"][0]["id"]
    return found


def test_it_takes_the_same_files_once(program: Make) -> None:
    """A key stands for the body and the files: a repeat keeps nothing, another file is another request."""
    constituent, officer = program("constituent"), program("officer")
    first = made(send(constituent, "/submissions", REPORT, {"a.txt": b"1"}, idempotency_key="k"))
    again = made(send(constituent, "/submissions", REPORT, {"a.txt": b"1"}, idempotency_key="k"), 200)
    assert again == first | {"repeat": True}
    for files in ({"a.txt": b"2"}, {}, {"a.txt": b"1", "b.txt": b"2"}):
        refused(send(constituent, "/submissions", REPORT, files, idempotency_key="k"), 409, "key-reused")
    assert (Submission.objects.count(), StoredFile.objects.count()) == (1, 1)

    notes = f"/incidents/{opened(officer)}/notes"
    note = made(send(officer, notes, {"text": "x"}, {"a.txt": b"1"}, idempotency_key="n"))
    assert made(send(officer, notes, {"text": "x"}, {"a.txt": b"1"}, idempotency_key="n"), 200) == note
    refused(send(officer, notes, {"text": "x"}, {"a.txt": b"2"}, idempotency_key="n"), 409, "key-reused")
    assert LogEntry.objects.filter(kind="note").count() == 1


def test_it_says_which_file_it_cannot_keep(constituent: Program) -> None:
    response = send(constituent, "/submissions", REPORT, {"good.txt": b"x", "empty.txt": b""})
    assert places(response) == {"files[1]": "file-empty"}
    response = send(constituent, "/submissions", REPORT, {"large.txt": b"x" * (1024 * 1024 + 1)})
    assert places(response) == {"files[0]": "file-too-large"}
    refused(send(constituent, "/submissions", REPORT, {f"{n}.txt": b"x" for n in range(3)}), 413, "too-many-files")
    assert places(send(constituent, "/submissions", REPORT | {"summary": ""}, {"a.txt": b"x"})) == {
        "summary": "required"
    }
    assert not Submission.objects.exists()
    assert not StoredFile.objects.exists()


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (form("{", {}), 400),
        (form('{"summary": 5}', {}), 422),
        (form(REPORT, {}, level="3"), 422),
        (form('{"summary": "\ufffd"}', {}), 422),
        (form('{"summary": ' + "[" * 100_000, {}), 422),
        (b"", 422),
        (b"--", 422),
        (b"not a form", 422),
        (form(REPORT, {})[:60], 422),
        (form("x" * 1_100_000, {}), 413),
    ],
)
def test_it_refuses_a_form_that_is_none(constituent: Program, raw: bytes, status: int) -> None:
    response = constituent.ask("post", "/submissions", raw=raw, content_type=MULTIPART_CONTENT)
    assert response.status_code == status, response.content
    assert response.headers["Content-Type"] == "application/problem+json"
    assert not Submission.objects.exists()


def test_it_takes_a_form_only_where_files_belong(officer: Program) -> None:
    case = opened(officer)
    refused(send(officer, f"/incidents/{case}/close", {"outcome": "x"}, {}), 415, "media-type")
    without = officer.ask("post", f"/incidents/{case}/notes", raw=b"x", content_type="multipart/form-data")
    assert without.status_code in {400, 422}
