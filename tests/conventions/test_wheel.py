"""The wheel holds everything and runs outside the checkout."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.instance import Instance

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    done = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "-q", "-w", str(out), str(ROOT)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    (built,) = out.glob("*.whl")
    return built


def test_it_packs_all_of_the_product_and_nothing_else(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    package = ROOT / "src" / "tongbao"
    ours = {str(path.relative_to(package.parent)) for path in package.rglob("*") if path.is_file()}
    assert {name for name in names if ".dist-info/" not in name} == {name for name in ours if "__pycache__" not in name}
    for wanted in (
        "tongbao/ui/templates/ui/base.html",
        "tongbao/ui/static/ui/tongbao.css",
        "tongbao/locale/zh_Hant/LC_MESSAGES/django.mo",
        "tongbao/profiles/data/TW-2026.toml",
        "tongbao/engines/telemetry/feeds/shadowserver/scan_ssh.toml",
        "tongbao/notices/wording/review_request.toml",
        "tongbao/search/migrations/0002_indexes.py",
        "tongbao/standards/cap/twp.toml",
        "tongbao/py.typed",
    ):
        assert wanted in names


@pytest.mark.once
@pytest.mark.process
def test_it_runs_outside_the_checkout(wheel: Path, make_instance: Callable[..., Instance], tmp_path: Path) -> None:
    """With tables made by the checkout: it has nothing to bring but the static files."""
    target = tmp_path / "site"
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-compile", "--target", str(target)]
    subprocess.run([*command, str(wheel)], check=True)
    data = make_instance("empty").home / "data"
    shutil.rmtree(data / "static")
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(target),
        "TONGBAO_SECRET_KEY": "k" * 60,
        "TONGBAO_DATA_DIR": str(data),
    }
    here = "import tongbao, pathlib; print(pathlib.Path(tongbao.__file__).parent)"
    found = subprocess.run([sys.executable, "-c", here], env=environment, cwd=tmp_path, capture_output=True, text=True)
    assert found.stdout.strip() == str(target / "tongbao")
    migrated = subprocess.run(
        [sys.executable, "-m", "tongbao", "migrate"], env=environment, cwd=tmp_path, capture_output=True, text=True
    )
    assert migrated.returncode == 0, migrated.stderr
    assert json.loads(migrated.stdout)["migrations"] == []
    assert list((data / "static" / "ui").glob("tongbao.*.css.br"))
