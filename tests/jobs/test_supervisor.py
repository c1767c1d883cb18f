"""The parent of all processes: how long it tries."""

import os
import subprocess
import sys

import pytest

from tests.instance import ROOT

pytestmark = pytest.mark.process


def supervised(*command: str) -> subprocess.CompletedProcess[str]:
    """``supervise`` over one command, in a process of its own and in a hurry."""
    code = (
        "import sys; from tongbao.jobs import supervisor; supervisor.FIRST_PAUSE = 0.01; "
        "sys.exit(supervisor.supervise([supervisor.Child('web', tuple(sys.argv[1:]))]))"
    )
    return subprocess.run(
        [sys.executable, "-c", code, *command],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_it_gives_up_on_a_process_that_keeps_failing() -> None:
    done = supervised("false")
    assert done.returncode == 1
    assert done.stderr.count("web ended with 1") == 5
    assert done.stderr.endswith("web keeps failing: giving up\n")


def test_it_does_not_start_again_what_says_that_it_cannot_run() -> None:
    done = supervised("sh", "-c", "exit 2")
    assert done.returncode == 2
    assert done.stderr == "tongbao: web ended with 2\ntongbao: web cannot run: giving up\n"
