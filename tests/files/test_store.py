"""Bytes go in and come out the same; what cannot be kept leaves nothing behind."""

import errno
import hashlib
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.conf import settings as django_settings
from django.test import override_settings
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.files.conftest import half_written, kept_on_disk
from tongbao.files import store
from tongbao.kernel.refusals import Invalid, TooLarge, Unavailable


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(max_size=9000), max_size=8).filter(any))
def test_it_gives_back_any_bytes_however_they_came_in_pieces(chunks: list[bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        ours = msgspec.structs.replace(django_settings.TONGBAO, data_dir=folder)
        with override_settings(TONGBAO=ours):
            whole = b"".join(chunks)
            written = store.write(chunks)
            assert written.sha256 == hashlib.sha256(whole).hexdigest()
            assert written.size == len(whole)
            assert written.head == whole[:4096]
            with store.read(written.sha256) as file:
                assert file.read() == whole


def test_it_keeps_the_same_bytes_once(data: Path) -> None:
    first = store.write([b"log ", b"line"])
    assert store.write([b"log line"]) == first
    assert kept_on_disk(data) == [first.sha256]
    assert not half_written(data)


def test_it_heals_bytes_of_the_wrong_length(data: Path) -> None:
    written = store.write([b"log line"])
    store.path_of(written.sha256).write_bytes(b"lo")
    store.write([b"log line"])
    with store.read(written.sha256) as file:
        assert file.read() == b"log line"


def test_it_lets_nobody_else_read_the_store(data: Path) -> None:
    written = store.write([b"log line"])
    path = store.path_of(written.sha256)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for folder in (path.parent, path.parent.parent, data / "files", data / "files" / "tmp"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize("extra", [-1, 0, 1])
def test_it_takes_files_up_to_the_limit(data: Path, extra: int) -> None:
    chunks = [b"x" * store.MIB, b"y" * extra] if extra >= 0 else [b"x" * (store.MIB - 1)]
    if extra <= 0:
        assert store.write(chunks).size == store.MIB + extra
    else:
        with pytest.raises(TooLarge) as refusal:
            store.write(chunks)
        assert refusal.value.code == "file-too-large"
        assert refusal.value.params == {"megabytes": 1}
        assert not kept_on_disk(data)
        assert not half_written(data)


def test_it_stops_reading_as_soon_as_the_limit_is_passed() -> None:
    asked = 0

    def endless() -> Iterator[bytes]:
        nonlocal asked
        while True:
            asked += 1
            yield bytes(store.CHUNK)

    with pytest.raises(TooLarge):
        store.write(endless())
    assert asked == 17


def test_it_refuses_an_empty_file(data: Path) -> None:
    with pytest.raises(Invalid) as refusal:
        store.write([b"", b""])
    assert [problem.code for problem in refusal.value.problems] == ["file-empty"]
    assert not half_written(data)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
@pytest.mark.parametrize("where", ["fsync", "replace"])
def test_it_says_that_the_disk_is_full(data: Path, monkeypatch: pytest.MonkeyPatch, number: int, where: str) -> None:
    def full(*args: Any) -> None:
        raise OSError(number, "full")

    target: Any = os if where == "fsync" else Path
    store.write([b"makes the folders"])
    monkeypatch.setattr(target, where, full)
    with pytest.raises(Unavailable) as refusal:
        store.write([b"log line"])
    assert refusal.value.code == "disk-full"
    assert len(kept_on_disk(data)) == 1
    assert not half_written(data)


def test_it_leaves_nothing_when_the_sender_breaks_off(data: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield b"half a"
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        store.write(broken())
    assert not kept_on_disk(data)
    assert not half_written(data)


def test_it_says_when_bytes_are_not_there() -> None:
    with pytest.raises(Unavailable) as refusal:
        store.read("0" * 64)
    assert refusal.value.code == "file-missing"
    assert not store.remove("0" * 64)
