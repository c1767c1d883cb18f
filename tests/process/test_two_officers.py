"""Two who decide at the same moment: one of them does, the other sees what has changed."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
import requests

from tests.instance import PASSWORD, Instance
from tests.outside import Outside
from tests.process.family import wait_until
from tests.process.held import held
from tests.web import Visitor
from tongbao.accounts.actions import issue_token
from tongbao.accounts.models import User
from tongbao.incidents.actions.submissions import submit
from tongbao.incidents.models import Incident, Submission
from tongbao.incidents.rules.intake import Draft
from tongbao.parties.standing import actor_of
from tongbao.policy import rules
from tongbao.policy.actors import ANONYMOUS
from tongbao.policy.can import Can

pytestmark = pytest.mark.process

Make = Callable[..., Instance]
Look = Callable[[Instance], Outside]
NAMES = {"lin@nco.example": "林值勤", "wang@nco.example": "王承辦"}


def at_once(instance: Instance, *doings: Callable[[], Any]) -> list[Any]:
    """Do all of it in the same moment: they are let loose together when each waits for the database."""
    results: list[Any] = [None] * len(doings)

    def do(number: int) -> None:
        results[number] = doings[number]()

    threads = [threading.Thread(target=do, args=(number,)) for number in range(len(doings))]
    with held(instance) as waits:
        for thread in threads:
            thread.start()
        wait_until(waits, instance.said)
    for thread in threads:
        thread.join(60)
    return results


def officer(instance: Instance, email: str) -> Visitor:
    visitor = Visitor(instance.url).sign_in(email, PASSWORD)
    visitor.enrol_second_factor()
    return visitor


def a_report(outside: Outside) -> str:
    with outside.inside():
        taken = submit(Draft(summary="檔案伺服器遭加密"), key="one", door=Submission.Door.WEB, actor=ANONYMOUS)
        return taken.submission.public_id


def test_it_lets_one_officer_decide_and_shows_the_other_what_happened(make_instance: Make, look: Look) -> None:
    instance = make_instance()
    outside = look(instance)
    instance.serve("--workers", "0")
    report = a_report(outside)
    first, second = (officer(instance, email).get(f"/submissions/{report}/") for email in NAMES)
    at_once(
        instance,
        lambda: first.send(first.form("accept/"), title="勒索軟體事件", tlp="2"),
        lambda: second.send(second.form("reject/"), reason="廣告"),
    )
    late, early = (first, second) if first.status == 422 else (second, first)
    assert (early.status, late.status) == (200, 422), (first.text(), second.text())
    assert late.has("What has changed meanwhile")
    assert late.has(NAMES["lin@nco.example" if early is first else "wang@nco.example"])
    with outside.inside():
        state = Submission.objects.get().state
        assert (state, Incident.objects.count()) == (("accepted", 1) if early is first else ("rejected", 0))


def key_of(outside: Outside, email: str) -> dict[str, str]:
    with outside.inside():
        actor = actor_of(User.objects.get(email=email))
        scopes = [can.value for can in Can if rules.holds(actor, can)]
        return {"Authorization": f"Bearer {issue_token(actor=actor, label='x', scopes=scopes, days=30)[1]}"}


def test_it_lets_one_program_decide_and_refuses_the_other(make_instance: Make, look: Look) -> None:
    instance = make_instance()
    outside = look(instance)
    instance.serve("--workers", "0")
    report = a_report(outside)
    keys = [key_of(outside, email) for email in NAMES]
    api = f"{instance.url}/api"
    for key in keys:  # the first use is noted
        assert requests.get(f"{api}/me", headers=key, timeout=30).status_code == 200
    accepting = {"draft": {"title": "勒索軟體事件"}, "version": 1}
    answers = at_once(
        instance,
        *(
            lambda key=key: requests.post(f"{api}/submissions/{report}/accept", json=accepting, headers=key, timeout=30)  # type: ignore[misc]
            for key in keys
        ),
    )
    assert sorted(each.status_code for each in answers) == [201, 409]
    refused = next(each for each in answers if each.status_code == 409)
    assert refused.json()["type"] in {"urn:tongbao:refusal:changed-meanwhile", "urn:tongbao:refusal:submission-decided"}

    case = next(each for each in answers if each.status_code == 201).json()["incident"]["id"]
    read = requests.get(f"{api}/incidents/{case}", headers=keys[0], timeout=30)
    answers = at_once(
        instance,
        *(
            lambda key=key, title=title: requests.put(  # type: ignore[misc]
                f"{api}/incidents/{case}",
                json={"title": title},
                headers=key | {"If-Match": read.headers["ETag"]},
                timeout=30,
            )
            for key, title in zip(keys, ("甲", "乙"), strict=True)
        ),
    )
    first, second = sorted(each.status_code for each in answers)
    assert first == 200
    assert second in {409, 412}
    with outside.inside():
        winner = next(each for each in answers if each.status_code == 200)
        assert Incident.objects.get().title == winner.json()["incident"]["title"]
        assert Incident.objects.count() == 1
