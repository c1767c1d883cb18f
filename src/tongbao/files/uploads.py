"""How the files of a request come in: to temporary files, bounded, a refusal per file.

A file over the limit is not an error of the whole request. Django offers StopUpload and SkipFile for it, but
both drop the file without a word, and a form could not tell "too large" from "no file". So the handler lets
the bytes pass by, keeps none, and puts a RefusedUpload in the file's place in ``request.FILES``: every
other field stays as typed, and the form says at the field what was wrong (see forms.py and ``problem``).
Only a request that is larger than all files together may be ends with a page of its own (413).
"""

from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.http import HttpRequest

from tongbao.files.store import MIB, telling_full_disk
from tongbao.kernel.refusals import Problem, Refusal, TooLarge, Unavailable

FIELDS = 2 * MIB
"""Bytes of a request that typed fields and the form's own lines may add to its files."""


class RefusedUpload(UploadedFile):  # type: ignore[type-arg]
    """Stands where a refused file would stand: its name, no bytes, and the refusal."""

    def __init__(self, refusal: Refusal, *, name: str | None, content_type: str | None) -> None:
        super().__init__(BytesIO(), name=name, content_type=content_type, size=0)
        self.refusal = refusal

    @property
    def refused(self) -> str:
        """The code: ``file-too-large`` or ``disk-full``."""
        return self.refusal.code

    def chunks(self, chunk_size: int | None = None) -> Any:
        """Raises the refusal: even code that does not look cannot keep this as an empty file."""
        raise self.refusal


class BoundedUploadHandler(TemporaryFileUploadHandler):
    """Temporary files of at most ``upload_limit_mb`` each; the only handler there is."""

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__()  # without the request: no ring, so a half-sent file goes when its request does
        self.limit = settings.TONGBAO.upload_limit_mb * MIB
        self.most = settings.TONGBAO.upload_count * self.limit
        self.taken = 0
        self.refusal: Refusal | None = None

    def handle_raw_input(
        self,
        input_data: Any,
        META: dict[str, Any],  # noqa: N803 - Django's name
        content_length: int,
        *rest: Any,
    ) -> None:
        """Refuse before reading when the announced length is over all bounds. Raises RequestDataTooBig."""
        if content_length > self.most + FIELDS:
            raise RequestDataTooBig("announced length")

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        self.refusal = None
        self._guarded(super().new_file, *args, **kwargs)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Write a piece, or let it pass by once the file is refused. Raises RequestDataTooBig."""
        self.taken += len(raw_data)
        if self.taken > self.most:
            self._refuse(TooLarge("too-large"))
            raise RequestDataTooBig("files together")
        if self.refusal is None and start + len(raw_data) > self.limit:
            self._refuse(TooLarge("file-too-large", megabytes=self.limit // MIB))
        if self.refusal is None:
            self._guarded(self.file.write, raw_data)

    def file_complete(self, file_size: int) -> "UploadedFile[Any]":
        if self.refusal is None:
            self._guarded(super().file_complete, file_size)
        if self.refusal is not None:
            return RefusedUpload(self.refusal, name=self.file_name, content_type=self.content_type)
        return self.file

    def _guarded(self, write: Any, *args: Any, **kwargs: Any) -> None:
        """A full disk refuses the file instead of breaking the request."""
        try:
            with telling_full_disk():
                write(*args, **kwargs)
        except Unavailable as refusal:
            self._refuse(refusal)

    def _refuse(self, refusal: Refusal) -> None:
        self.refusal = refusal
        if hasattr(self, "file"):
            with telling_full_disk():
                self.file.close()


def problem(upload: "UploadedFile[Any]", *, path: str) -> Problem | None:
    """What is wrong with an uploaded file, to be said at the field ``path``; None when nothing is.

    Codes: ``file-too-large`` (megabytes), ``file-empty``. Raises Unavailable ("disk-full"): that is no fault
    of the sender's.
    """
    if isinstance(upload, RefusedUpload):
        if isinstance(upload.refusal, Unavailable):
            raise upload.refusal
        return Problem(path, upload.refusal.code, upload.refusal.params)
    return None if upload.size else Problem(path, "file-empty")
