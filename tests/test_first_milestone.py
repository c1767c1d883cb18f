"""The central job from end to end, in real processes, over HTTP without JavaScript, with a real mail server.

Public form -> submission -> triage -> case -> people concerned -> notice by mail -> answer through the signed
link -> obligation met -> case closed -> journal verified; in Chinese and in English, on both databases.
"""

import time
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest

from tests.instance import PASSWORD, Instance, document, link_in
from tests.web import Visitor
from tongbao.profiles import load

pytestmark = pytest.mark.process

WORDS = {
    "en": {
        "sent": "Your report has been received",
        "met": "met",
        "closed": "closed",
        "recorded": "Your answer has been recorded",
        "review": "review the level",
        "tell": "Tell those concerned",
    },
    "zh-hant": {
        "sent": "已收到您的通報",
        "met": "已履行",
        "closed": "已結案",
        "recorded": "已記錄您的回覆",
        "review": "審核事件等級",
        "tell": "通知相關單位",
    },
}


VARIANTS = {"review": "major", "contain": "major"}
"""What the profile calls these duties at the third level."""


@pytest.fixture
def running(make_instance: Callable[..., Instance]) -> Instance:
    made = make_instance("country")
    made.take_mail()
    made.serve()
    return made


@pytest.mark.parametrize("language", ["en", "zh-hant"])
def test_it_carries_a_report_to_a_closed_case(running: Instance, language: str) -> None:
    words = WORDS[language]
    reporter, officer, ministry = (Visitor(running.url, language) for _ in range(3))

    # The power company reports on the public form.
    reporter.sign_in("chang@sunpower.example", PASSWORD).get("/report/")
    form = reporter.form(field="summary")
    reporter.send(
        form,
        summary="調度中心檔案伺服器遭勒索軟體加密 ransomware",
        level="3",
        type="malicious-code/infected-system",
        addresses="203.0.113.66",
        systems="FS-03",
    )
    assert reporter.status == 201
    assert reporter.has(words["sent"])
    receipt = reporter.page.find(id="receipt").get_text()  # type: ignore[union-attr]
    assert len(receipt.replace(" ", "")) == 16

    # A duty officer, who first has to set up a second factor, decides on it.
    officer.sign_in("lin@nco.example", PASSWORD)
    assert "/2fa/" in officer.get("/console/").at
    officer.enrol_second_factor()
    officer.get("/console/triage/").click("ransomware")
    officer.send(officer.form("accept/"), title="電力公司勒索軟體事件", tlp="1")
    assert "/incidents/" in officer.at, officer.text()
    assert officer.has("TB-20")
    case = officer.at

    # Those concerned are proposed with reasons, looked at, told.
    officer.click(words["tell"])
    assert officer.has("能源部" if language == "zh-hant" else "Ministry of Energy")
    form = officer.form(field="version")
    ticks = {field["name"]: "on" for field in form.find_all("input", type="checkbox")}
    officer.send(form, button="step=look", **ticks)
    assert officer.has(words["review"])
    officer.send(officer.form(field="version"), button="step=send", **ticks)
    assert officer.at == case, officer.text()

    # The reviewing authority answers through the link in its mail; looking at it changes nothing.
    letter = running.wait_for_letter("chen@energy.example")
    link = urlsplit(link_in(letter)).path
    ministry.get(link).get(link)
    assert obligation(officer.get(case), "review") == "due"
    ministry.send(ministry.form(field="answer"), answer="confirm")
    assert ministry.has(words["recorded"])
    wait_until(lambda: obligation(officer.get(case), "review") == "met", "review met")

    # The reporter's own answer meets the other obligation; then the case can be closed.
    officer.send(officer.form("close/"), close__outcome="已復原")
    assert officer.status == 422
    contained = urlsplit(link_in(running.wait_for_letter("chang@sunpower.example"))).path
    visitor = Visitor(running.url, language).get(contained)
    visitor.send(visitor.form(field="answer"), answer="contained")
    wait_until(lambda: obligation(officer.get(case), "contain") == "met", "contained")
    while waiving := [each for each in officer.page.find_all("form") if str(each.get("action")).endswith("/waive/")]:
        left = len(waiving)
        officer.send(waiving[0], reason="併結案報告說明")
        assert officer.status == 200, officer.text()
        assert (
            len([each for each in officer.page.find_all("form") if str(each.get("action")).endswith("/waive/")]) < left
        )
    officer.send(officer.form("close/"), close__outcome="已復原，憑證已更換。")
    assert officer.has(words["closed"])

    # The journal holds.
    verified = running.run("audit", "verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert document(verified)["ok"] is True


def obligation(visitor: Visitor, duty: str) -> str:
    """The state tag of a duty on the case's page, as its class."""
    label = load.by_id("TW-2026").duty(f"{duty}/{VARIANTS[duty]}").label  # type: ignore[union-attr]
    rows = visitor.page.select("table.list tbody tr")
    row = next(each for each in rows if each.th is not None and each.th.get_text(strip=True) in (label.en, label.zh))
    tag = row.find("span", class_="tag")
    return "met" if tag is not None and "tag-done" in (tag.get("class") or []) else "due"


def wait_until(check: Callable[[], bool], what: str, seconds: float = 15) -> None:
    for _ in range(int(seconds * 5)):
        if check():
            return
        time.sleep(0.2)
    raise AssertionError(f"not within {seconds} s: {what}")
