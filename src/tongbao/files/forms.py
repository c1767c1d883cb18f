"""The form field for files."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from tongbao.files import uploads
from tongbao.kernel.refusals import Problem


class UploadsInput(forms.FileInput):
    allow_multiple_selected = True


class UploadsField(forms.FileField):
    """Any number of files; cleaned data is a list. ``say`` puts a problem into words, once per file.

    Usage: ``attachments = UploadsField(say=problem_sentence, required=False)``.
    """

    widget = UploadsInput

    def __init__(self, *, say: Callable[[Problem], str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.say = say

    def clean(self, data: Any, initial: Any = None) -> list["UploadedFile[Any]"]:
        """Raises ValidationError with one sentence per refused file, Unavailable when the disk is full."""
        sent = [each for each in data or [] if each]
        if self.required and not sent:
            raise ValidationError(self.error_messages["required"], code="required")
        faults = [(each, uploads.problem(each, path="file")) for each in sent]
        errors = [self._error(each, fault) for each, fault in faults if fault is not None]
        if errors:
            raise ValidationError(errors)
        return sent

    def _error(self, upload: "UploadedFile[Any]", fault: Problem) -> ValidationError:
        return ValidationError(f"{upload.name}: {self.say(fault)}", code=fault.code)
