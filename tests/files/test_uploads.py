"""Uploads through Django's whole request path: a refused file is said at its field, the rest stays typed."""

import errno
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from django import forms
from django.core.exceptions import RequestDataTooBig
from django.core.files import temp
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.test import Client, RequestFactory
from django.urls import path
from django.utils.datastructures import MultiValueDict

from tongbao.files import uploads
from tongbao.files.forms import UploadsField
from tongbao.files.store import MIB
from tongbao.kernel.refusals import Problem, TooLarge, Unavailable


def say(problem: Problem) -> str:
    return f"{problem.code} {problem.params.get('megabytes', '')}".strip()


class ReportForm(forms.Form):
    title = forms.CharField()
    attachments = UploadsField(say=say, required=False)
    note = forms.CharField()


def report(request: HttpRequest) -> HttpResponse:
    """A view as an upper room writes it."""
    form = ReportForm(request.POST, request.FILES)
    if form.is_valid():
        kept = [[file.name, sum(map(len, file.chunks()))] for file in form.cleaned_data["attachments"]]
        return JsonResponse({"kept": kept})
    return JsonResponse({"errors": form.errors, "typed": dict(form.data.items())}, status=422)


urlpatterns = [path("report/", report)]


@pytest.fixture(autouse=True)
def bare(settings: Any, tmp_path: Path) -> Path:
    """The handler alone: no other middleware, temporary files in a folder that can be looked at."""
    settings.MIDDLEWARE = []
    settings.ROOT_URLCONF = __name__
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path / "incoming")
    settings.DATA_UPLOAD_MAX_NUMBER_FILES = 10
    settings.ALLOWED_HOSTS = ["*"]
    (tmp_path / "incoming").mkdir()
    return tmp_path / "incoming"


def sized(count: int, name: str = "log.txt") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, b"x" * count, content_type="text/plain")


def send(*files: SimpleUploadedFile) -> Any:
    """The typed fields stand before and after the files, as in a real form."""
    return Client().post("/report/", {"title": "勒索軟體", "attachments": list(files), "note": "after the files"})


def test_it_hands_files_to_the_form_as_temporary_files(bare: Path) -> None:
    answer = send(sized(10), sized(MIB, "big.txt"))
    assert answer.json() == {"kept": [["log.txt", 10], ["big.txt", MIB]]}
    assert not list(bare.iterdir()), "gone with the request"


def test_it_needs_no_file() -> None:
    assert send().json() == {"kept": []}


@pytest.mark.parametrize("over", [1, MIB])
def test_it_says_at_the_field_that_a_file_is_too_large_and_keeps_what_was_typed(bare: Path, over: int) -> None:
    answer = send(sized(10), sized(MIB + over, "memory.dmp"))
    assert answer.status_code == 422
    assert answer.json() == {
        "errors": {"attachments": ["memory.dmp: file-too-large 1"]},
        "typed": {"title": "勒索軟體", "note": "after the files"},
    }
    assert not list(bare.iterdir())


def test_it_says_which_of_several_files_is_at_fault() -> None:
    answer = send(sized(MIB + 1, "one.dmp"), sized(0, "nothing.txt"), sized(5))
    assert answer.json()["errors"] == {
        "attachments": ["one.dmp: file-too-large 1", "nothing.txt: file-empty"],
    }


def test_it_ends_a_request_whose_files_are_too_large_together(bare: Path) -> None:
    """Three files of one MiB are the most; the bound holds for what passes by, kept or not."""
    assert send(sized(MIB), sized(MIB), sized(MIB)).status_code == 200
    for files in ([MIB, MIB, MIB, 1], [3 * MIB + 1]):
        answer = send(*map(sized, files))
        assert answer.status_code in {400, 413}
        assert not list(bare.iterdir())


def test_it_refuses_an_announced_length_before_reading(rf: RequestFactory) -> None:
    request = rf.post("/report/", {"f": sized(1)})
    request.META["CONTENT_LENGTH"] = str(3 * MIB + uploads.FIELDS + 1)
    with pytest.raises(RequestDataTooBig, match="announced"):
        _ = request.POST


@pytest.mark.parametrize("at", ["opening", "writing", "closing"])
def test_it_says_that_the_disk_is_full_and_not_that_no_file_came(
    bare: Path, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    def full(*args: Any, **kwargs: Any) -> None:
        raise OSError(errno.ENOSPC, "full")

    with monkeypatch.context() as patch:
        if at == "opening":
            patch.setattr(temp, "NamedTemporaryFile", full)
        else:
            patch.setattr(TemporaryUploadedFile, "write" if at == "writing" else "seek", full, raising=False)
        with pytest.raises(Unavailable) as refusal:
            Client().post("/report/", {"title": "t", "note": "n", "attachments": [sized(9)]})
        assert refusal.value.code == "disk-full"
    assert not list(bare.iterdir())


def test_it_cannot_be_kept_by_code_that_does_not_look() -> None:
    refused = uploads.RefusedUpload(TooLarge("file-too-large", megabytes=1), name="x", content_type=None)
    assert refused.size == 0
    assert refused.refused == "file-too-large"
    with pytest.raises(TooLarge):
        b"".join(refused.chunks())


def test_it_takes_a_required_field_at_its_word() -> None:
    class Strict(forms.Form):
        attachments = UploadsField(say=say)

    form = Strict({}, MultiValueDict())
    assert form.errors == {"attachments": ["This field is required."]}


def test_it_ends_quietly_when_the_sender_breaks_off(bare: Path, rf: RequestFactory) -> None:
    class Broken(io.RawIOBase):
        def __init__(self, pieces: Iterator[bytes]) -> None:
            self.pieces = pieces

        def read(self, size: int = -1) -> bytes:
            return next(self.pieces)

    head = b'--b\r\nContent-Disposition: form-data; name="f"; filename="x"\r\nContent-Type: text/plain\r\n\r\n'

    def pieces() -> Iterator[bytes]:
        yield head + b"x" * 200_000
        raise ConnectionResetError

    request = rf.generic("POST", "/report/", b"x", content_type="multipart/form-data; boundary=b")
    request.META["CONTENT_LENGTH"] = "900000"
    request._stream = cast("Any", Broken(pieces()))
    with pytest.raises(OSError):  # noqa: PT011 - the framework's own error for a lost sender
        _ = request.POST
    del request
    assert not list(bare.iterdir())
