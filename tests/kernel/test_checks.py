"""Texts that people hand in: kept as they are or refused with their place, never cut off in silence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongbao.kernel import text
from tongbao.kernel.checks import faults, sound
from tongbao.kernel.refusals import Invalid


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("", "required"),
        (" \n\t ", "required"),
        ("x" * 11, "too-long"),
        ("字" * 11, "too-long"),
        ("a\0b", "text-control"),
        ("a\x1bb", "text-control"),
        ("a\ufffdb", "text-encoding"),
    ],
)
def test_it_says_what_is_wrong_and_where(value: str, code: str) -> None:
    (problem,) = faults("here", value, most=10)
    assert (problem.path, problem.code) == ("here", code)
    with pytest.raises(Invalid):
        sound("here", value, most=10)


@pytest.mark.parametrize("value", ["x", "字" * 10, "a\r\nb\tc", " x ", "😀", "\u202e"])
def test_it_keeps_what_can_be_kept(value: str) -> None:
    assert faults("here", value, most=10) == []
    assert sound("here", value, most=10) == value.strip()


def test_it_needs_no_text_that_may_be_left_out() -> None:
    assert sound("here", "", most=10, needed=False) == ""
    assert faults("here", "x" * 11, most=10, needed=False)[0].params == {"most": 10}


@given(st.text(max_size=30), st.integers(1, 20), st.booleans())
def test_it_either_refuses_or_gives_back_the_whole_text(value: str, most: int, needed: bool) -> None:
    if faults("here", value, most=most, needed=needed):
        with pytest.raises(Invalid):
            sound("here", value, most=most, needed=needed)
    else:
        kept = sound("here", value, most=most, needed=needed)
        assert kept == value.strip()
        assert len(kept) <= most
        assert text.fault(kept) is None


@given(st.text(max_size=60))
def test_it_gives_every_file_a_name_that_can_be_shown(value: str) -> None:
    name = text.file_name(value)
    assert name
    assert len(name) <= 120
    assert "/" not in name
    assert "\\" not in name
    assert text.fault(name) is None
    assert text.file_name(name) == name


@pytest.mark.parametrize(
    ("given_", "kept"),
    [
        ("C:\\Users\\a\\報告.pdf", "報告.pdf"),
        ("../../etc/passwd", "passwd"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("...", "file"),
        ("x" * 200 + ".pdf", "x" * 116 + ".pdf"),
    ],
)
def test_it_takes_paths_and_tricks_out_of_names(given_: str, kept: str) -> None:
    assert text.file_name(given_) == kept


@given(st.text(max_size=40))
def test_it_makes_one_line_of_any_text(value: str) -> None:
    line = text.one_line(value)
    assert line == " ".join(line.split())
    assert "\n" not in line
