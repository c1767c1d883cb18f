"""The cleaning process is bound before it opens a file, and small."""

import subprocess
import sys
from pathlib import Path

import pytest

from tongbao.files import cleaner


@pytest.mark.parametrize(
    ("misdeed", "ended"),
    [
        ("bytearray(2 << 30)", "MemoryError"),
        ("open('big', 'wb').write(bytes(200 << 20))", "File too large"),
        ("print(limits.resource.getrlimit(limits.resource.RLIMIT_CORE))", "(0, 0)"),
    ],
)
def test_it_binds_the_cleaning_process(tmp_path: Path, misdeed: str, ended: str) -> None:
    program = f"from tongbao.files.clean import limits; limits.apply(); {misdeed}"
    source = str(Path(cleaner.__file__).parents[2])
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={"PYTHONPATH": source},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended in done.stderr + done.stdout


def test_it_ends_a_cleaning_that_computes_too_much(tmp_path: Path) -> None:
    program = "from tongbao.files.clean import limits; limits.SECONDS = 1; limits.apply()\nwhile True: pass"
    source = str(Path(cleaner.__file__).parents[2])
    done = subprocess.run([sys.executable, "-c", program], env={"PYTHONPATH": source}, check=False, timeout=20)
    assert done.returncode < 0


def test_it_cleans_without_loading_django(tmp_path: Path) -> None:
    program = (
        "import sys; from tongbao.files.clean.__main__ import _cleaner\n"
        "[_cleaner(kind) for kind in ('pdf', 'zip', 'jpeg')]\n"
        "print([name for name in sys.modules if name.split('.')[0] in ('django', 'requests')])"
    )
    source = str(Path(cleaner.__file__).parents[2])
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": source},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"
