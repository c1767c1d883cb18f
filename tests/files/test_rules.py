"""What bytes look like decides, not what their sender calls them."""

from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.files import samples
from tongbao.files import rules
from tongbao.files.rules import CleanState, Kind


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (samples.jpeg(), Kind.JPEG),
        (samples.png(), Kind.PNG),
        (samples.gif(), Kind.GIF),
        (samples.webp(), Kind.WEBP),
        (samples.tiff(), Kind.TIFF),
        (samples.saved(samples.picture(), "TIFF", big_tiff=True), Kind.TIFF),
        (samples.pdf(), Kind.PDF),
        (b"\x00\xffjunk before " + samples.pdf(), Kind.PDF),
        (samples.docx(), Kind.ZIP),
        (samples.odt(), Kind.ZIP),
        (b"MZ\x90\x00", None),
        (b"RIFF\x00\x00\x00\x00WAVE", None),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", None),
        ("日誌：收到 %PDF-1.7 附件".encode(), None),
        (b"", None),
    ],
)
def test_it_knows_a_file_by_its_first_bytes(content: bytes, kind: Kind | None) -> None:
    assert rules.sniff(content[: rules.HEAD]) is kind


@pytest.mark.parametrize(
    ("head", "state"),
    [
        (b"2026-11-22T10:00:00Z sshd: Failed password\n", CleanState.NOT_NEEDED),
        ("\ufeff通報,時間\n".encode(), CleanState.NOT_NEEDED),
        ("通".encode() * 1365 + "報".encode()[:1], CleanState.NOT_NEEDED),
        (b"<svg><metadata>SECRET</metadata></svg>", CleanState.UNSUPPORTED),
        (b"{\\rtf1{\\info{\\author SECRET}}}", CleanState.UNSUPPORTED),
        (b"%!PS-Adobe\n%%For: SECRET", CleanState.UNSUPPORTED),
        ("通報".encode("big5"), CleanState.UNSUPPORTED),
        (b"MZ\x90\x00", CleanState.UNSUPPORTED),
        (b"GIF89a", CleanState.PENDING),
    ],
)
def test_it_decides_at_once_whether_there_is_something_to_clean(head: bytes, state: CleanState) -> None:
    assert rules.first_state(head) is state


@given(st.binary(max_size=200))
def test_it_has_an_answer_for_any_bytes(head: bytes) -> None:
    assert rules.first_state(head) in CleanState


def test_it_puts_bytes_two_folders_deep() -> None:
    assert rules.place("ab" + "cd" + "0" * 60) == PurePosixPath("ab/cd/abcd" + "0" * 60)


@given(st.text(max_size=70))
def test_it_never_leads_out_of_the_store(name: str) -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        rules.place(name + "/..")
