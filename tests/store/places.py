"""Where an archive lies in a test: a folder, a bucket, or a bucket behind a gate."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.store.gate import KEY_ID, SECRET, Gate, opened
from tongbao import net
from tongbao.engines.archive.stores import Bucket
from tongbao.kernel.settings import Settings


@pytest.fixture(scope="session")
def moto() -> Iterator[str]:
    """The address of an object store with a bucket called ``events``."""
    python = Path(sys.prefix) / "store" / "bin" / "python"
    if not python.exists():
        if os.environ.get("EVERY_TEST") == "1":
            pytest.fail("moto is not installed, and EVERY_TEST=1 asks for every test")
        pytest.skip("moto is not installed: make setup")
    with subprocess.Popen(
        [python, Path(__file__).with_name("serve.py")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    ) as server:  # fmt: skip
        assert server.stdin is not None
        assert server.stdout is not None
        yield server.stdout.readline().strip()
        server.stdin.close()


def settings_of(url: str, bucket: str = "events") -> dict[str, Any]:
    """The settings of an archive in a bucket, in a place of its own."""
    return {
        "archive_dir": f"s3://{bucket}/{uuid4().hex}",
        "archive_endpoint": url,
        "archive_key_id": KEY_ID,
        "archive_secret": SECRET,
    }


def in_bucket(url: str, bucket: str = "events") -> Bucket:
    return net.bucket(Settings(**settings_of(url, bucket)))


@pytest.fixture
def gate(moto: str) -> Iterator[Gate]:
    with opened(moto) as found:
        yield found


@pytest.fixture(params=["folder", "bucket"])
def archive_settings(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, Any]:
    """Settings of an empty archive of each kind."""
    if request.param == "folder":
        return {"archive_dir": str(tmp_path / "archive")}
    return settings_of(request.getfixturevalue("moto"))
