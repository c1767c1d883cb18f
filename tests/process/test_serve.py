"""``serve``: brings back what dies, ends cleanly, leaves nobody behind, and says how it is."""

import json
import os
import signal
import socket
import subprocess
import threading
from collections.abc import Callable

import pytest
import requests

from tests.instance import Instance, error
from tests.outside import Outside
from tests.process.family import children, command, family, wait_until
from tests.process.held import held
from tests.process.sink import Sink
from tests.web import Visitor
from tongbao.incidents.models import Submission

pytestmark = pytest.mark.process

Make = Callable[..., Instance]
Look = Callable[[Instance], Outside]


def child(instance: Instance, serving: "subprocess.Popen[bytes]", what: str) -> int:
    """The child of ``serve`` with this word in its command."""
    wait_until(lambda: any(what in command(each) for each in children(serving.pid)), instance.said)
    return next(each for each in children(serving.pid) if what in command(each))


def answers(instance: Instance) -> bool:
    try:
        return requests.get(f"{instance.url}/", timeout=5).status_code == 200
    except requests.RequestException:
        return False


def gone(pids: list[int]) -> bool:
    return not any(command(each) for each in pids)


@pytest.mark.once
def test_it_brings_back_what_is_killed(make_instance: Make, look: Look, sink: Sink) -> None:
    instance = make_instance()
    instance.take_mail(sink)
    serving = instance.serve()
    web, worker = child(instance, serving, "granian"), child(instance, serving, "tongbao worker")
    inner = family(web)
    os.kill(web, signal.SIGKILL)
    wait_until(lambda: gone([web, *inner]), instance.said)
    wait_until(lambda: answers(instance), instance.said)
    assert child(instance, serving, "granian") != web
    os.kill(worker, signal.SIGKILL)
    wait_until(lambda: gone([worker]), instance.said)
    outside = look(instance)
    outside.tell("chen@energy.example")
    wait_until(lambda: bool(sink.taken), instance.said)
    assert child(instance, serving, "tongbao worker") != worker
    os.kill(child(instance, serving, "granian"), signal.SIGKILL)
    everyone = family(serving.pid)
    serving.send_signal(signal.SIGTERM)
    assert serving.wait(30) == 0, instance.said()
    assert gone(everyone)
    assert "Traceback" not in instance.said()


@pytest.mark.once
@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_it_finishes_the_request_in_hand_when_it_is_told_to_stop(
    ending: signal.Signals, make_instance: Make, look: Look
) -> None:
    """Ctrl-C goes to everybody in the terminal's group, as here."""
    instance = make_instance()
    serving = instance.serve("--workers", "0")
    everyone = family(serving.pid)
    visitor = Visitor(instance.url).get("/report/")
    sending = threading.Thread(target=lambda: visitor.send(visitor.form(field="summary"), summary="檔案遭加密"))
    with held(instance) as waits:
        sending.start()
        wait_until(waits, instance.said)
        os.killpg(serving.pid, ending)
        with pytest.raises(subprocess.TimeoutExpired):
            serving.wait(1)
    sending.join(30)
    assert visitor.status == 201, visitor.text()
    assert serving.wait(30) == 0, instance.said()
    assert gone(everyone)
    assert "Traceback" not in instance.said()
    with look(instance).inside():
        assert Submission.objects.get().summary == "檔案遭加密"


@pytest.mark.once
def test_it_leaves_nobody_behind_when_it_is_killed(make_instance: Make) -> None:
    instance = make_instance()
    serving = instance.serve("--workers", "2")
    child(instance, serving, "tongbao worker")
    everyone = family(serving.pid)
    assert len(everyone) >= 4
    serving.kill()
    serving.wait()
    wait_until(lambda: gone(everyone), lambda: [command(each) for each in everyone])
    assert not answers(instance)


@pytest.mark.once
def test_it_says_plainly_that_the_port_is_taken(make_instance: Make) -> None:
    instance = make_instance()
    with socket.create_server(("127.0.0.1", instance.port)):
        done = instance.run("serve")
    assert error(done)["code"] == "port"
    assert f"127.0.0.1:{instance.port}" in error(done)["message"]


def health(instance: Instance) -> tuple[int, dict[str, str]]:
    answer = requests.get(f"{instance.url}/healthz", timeout=10)
    return answer.status_code, answer.json()["parts"]


def becomes(instance: Instance, status: int) -> None:
    wait_until(lambda: health(instance)[0] == status, lambda: health(instance), seconds=100)


def test_it_turns_red_without_a_worker_and_green_with_one(make_instance: Make, look: Look) -> None:
    instance = make_instance()
    instance.serve("--workers", "0")
    assert health(instance)[1]["worker"] == "silent"
    worker = instance.start("worker")
    becomes(instance, 200)
    worker.kill()
    worker.wait()
    assert health(instance)[0] == 200, "nobody can know yet"
    look(instance).let_time_pass()
    status, parts = health(instance)
    assert (status, parts["worker"], parts["ticker"]) == (503, "silent", "silent")
    worker = instance.start("worker")
    becomes(instance, 200)
    worker.terminate()
    assert worker.wait(30) == 0
    becomes(instance, 503)


@pytest.mark.soak
def test_it_turns_red_by_itself_within_the_time_set(make_instance: Make) -> None:
    instance = make_instance(TONGBAO_SILENCE_MINUTES="1")
    serving = instance.serve()
    becomes(instance, 200)
    worker = child(instance, serving, "tongbao worker")
    os.kill(worker, signal.SIGSTOP)
    becomes(instance, 503)
    os.kill(worker, signal.SIGCONT)
    becomes(instance, 200)


def test_it_says_plainly_that_the_database_is_not_prepared(make_instance: Make) -> None:
    done = make_instance("bare").run("serve")
    assert done.returncode == 2
    assert [line for line in done.stdout.splitlines() if "Killing worker" not in line] == []  # the server's own words
    said = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
    assert [each["error"]["code"] for each in said] == ["not-migrated"]
    assert "tongbao migrate" in done.stderr
    assert "Traceback" not in done.stderr
