"""The central job, played once in the demonstration country, each step printed."""

import re
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from django.utils.translation import override, pgettext

from tongbao.incidents import queries
from tongbao.incidents.actions import log, notify, triage
from tongbao.incidents.actions.submissions import submit
from tongbao.incidents.actions.triage import IncidentDraft
from tongbao.incidents.models import Incident, Obligation, Submission
from tongbao.incidents.rules.intake import Draft
from tongbao.jobs import loop
from tongbao.kernel import clock
from tongbao.kernel.markings import TLP
from tongbao.notices import actions as notices
from tongbao.notices.models import Delivery
from tongbao.operations import actions as operations
from tongbao.operations import enrolment_actions, frame_actions
from tongbao.operations.enrolment_actions import Named
from tongbao.operations.rules import Draft as Frame
from tongbao.parties.models import Person
from tongbao.parties.standing import actor_of
from tongbao.policy.actors import ANONYMOUS, Actor
from tongbao.ui.sentences import word
from tongbao.watching import left
from tongbao.watching.actions import watches
from tongbao.wiring import worker
from tongbao.wiring.demo import across, feeds, helping, mailbox, partners, takedown, warning
from tongbao.wiring.demo.country import Country

Say = Callable[[str], None]
_LINK = re.compile(r"https?://\S+/a/([a-z2-7]{20}\.[A-Za-z0-9_-]{43})")


def play(country: Country, mail: Path, say: Say) -> Incident:
    """From a report to an answered notice; returns the case."""
    officer = actor_of(country.people["officer"])
    before: list[str] = []
    feeds.play(country, before.append)
    incident = _power(country, say)
    _tell(incident, officer, say)
    _deliver(mail, say)
    _answer(mail, incident, say)
    _others(country, say)
    _watches(country, say)
    _operations(country, say)
    helping.play(country, say)
    takedown.play(country, say)
    across.play(country, say)
    warning.play(country, mail, say)
    for line in before:
        say(line)
    partners.play(say)
    return incident


def _power(country: Country, say: Say) -> Incident:
    now = clock.now()
    taken = submit(
        Draft(
            summary="調度中心檔案伺服器遭勒索軟體加密",
            description="凌晨發現調度中心檔案伺服器共用資料夾遭加密，螢幕出現勒索訊息。調度系統本身正常。",
            type="malicious-code/infected-system",
            level=3,
            aware_at=now - timedelta(minutes=25),
            occurred_at=now - timedelta(hours=3),
            systems="FS-03 檔案伺服器\n調度中心辦公網段",
            addresses="198.51.100.23\n203.0.113.66",
            measures="已將伺服器離線，保全映像檔。",
            support="請協助鑑識與確認 203.0.113.66。",
            contact_name="張聯絡",
        ),
        key="story:power",
        door=Submission.Door.WEB,
        actor=actor_of(country.people["constituent"]),
    )
    say(f"1  日光電力通報事件，收件編號 {taken.receipt}。The power company reports; the clocks of the law start.")
    officer = actor_of(country.people["officer"])
    incident = triage.open_incident(
        IncidentDraft(
            title="電力公司調度中心辦公網段勒索軟體事件",
            summary="檔案伺服器遭加密，調度系統未受影響；勒索程式連線至境內主機 203.0.113.66。",
            type="malicious-code/infected-system",
            level=3,
            tlp=TLP.GREEN,
            owner=country.organisations["SUNPOWER"].public_id,
            systems="FS-03 檔案伺服器\n調度中心辦公網段",
            addresses="198.51.100.23\n203.0.113.66",
        ),
        submission=taken.submission.public_id,
        version=taken.submission.version,
        actor=officer,
    )
    say(f"2  值勤官林值勤分流並立案 {incident.number}。The duty officer opens the case.")
    log.note(incident.public_id, words="已電話聯繫張聯絡，確認調度系統未受影響。", actor=officer)
    return incident


def _tell(incident: Incident, officer: Actor, say: Say) -> None:
    proposed = queries.concerned(incident, officer)
    choices = []
    for each in proposed:
        zh, en = (_words("reason", [why.reason for why in each.proposal.why], tongue) for tongue in ("zh-hant", "en"))
        say(f"3  應通知{each.organisation.name_zh}（{zh}）。Concerned: {each.organisation.name_en} ({en}).")
        choices.append(
            notify.Choice(
                organisation=each.organisation.public_id,
                seat=each.seat.public_id if each.seat else "",
                template=each.proposal.template,
                why=tuple({"reason": why.reason, "address": why.address} for why in each.proposal.why),
            )
        )
    sent = notify.tell(
        incident.public_id, notify.Telling(choices=tuple(choices)), version=incident.version, actor=officer
    )
    say(f"4  送出 {len(sent)} 則雙語通知。{len(sent)} bilingual notices are on their way.")


def _words(vocabulary: str, codes: list[str], language: str) -> str:
    with override(language):
        return pgettext("between items of a list", ", ").join(word(vocabulary, code) for code in codes)


def _deliver(mail: Path, say: Say) -> None:
    deadline = time.monotonic() + 30
    while Delivery.objects.exclude(state=Delivery.State.SENT).exists() and time.monotonic() < deadline:
        work(1)
        time.sleep(0.1)
    say(f"5  郵件伺服器收下 {len(list(mail.glob('*.eml')))} 封信。The mail server has taken them.")


def work(rounds: int) -> None:
    """Some rounds of a worker, in this process."""
    loop.run(worker.sweeps(), threading.Event(), rounds=rounds)


def _answer(mail: Path, incident: Incident, say: Say) -> None:
    """The ministry's reviewer opens the mail and answers through the link in it."""
    token = link_in(mail, "chen@energy.example")
    notices.answer_by_link(token, code="confirm")
    say("6  能源部經簽章連結回覆：確認等級。The ministry answers through the signed link.")
    work(2)
    incident.obligations.get(duty="review", state__in=[Obligation.State.MET, Obligation.State.LATE])
    say("7  等級審核義務已履行。The obligation to review is met.")


def link_in(mail: Path, to: str) -> str:
    """The token of the signed link in the newest mail to ``to``."""
    newest = max(mail.glob(f"*-{to}.eml"))
    found = _LINK.search(mailbox.read(newest)[1])
    if found is None:
        raise LookupError(f"no signed link in {newest.name}")
    return found.group(1)


def _others(country: Country, say: Say) -> None:
    """More for the desk to do: an anonymous report, an agency's, one set aside."""
    submit(
        Draft(summary="收到假冒青山銀行的簡訊，要求輸入密碼", addresses="hxxp://greenhill-bank[.]example/login"),
        key="story:citizen",
        door=Submission.Door.WEB,
        actor=ANONYMOUS,
    )
    submit(
        Draft(
            summary="市府網站首頁遭置換",
            description="上午民眾反映市府網站首頁被置換為陌生圖片。",
            level=2,
            type="intrusions/application-compromise",
            aware_at=clock.now() - timedelta(minutes=40),
            systems="市府入口網",
        ),
        key="story:city",
        door=Submission.Door.WEB,
        actor=actor_of(country.people["city"]),
    )
    say("8  另有兩件新通報等候分流。Two more submissions wait at the desk.")


def _watches(country: Country, say: Say) -> None:
    """A roster for a week, twelve hours each; the night watch hands the desk over and the day accepts it."""
    lin, wang = (actor_of(country.people[who]) for who in ("officer", "handler"))
    names = [Person.objects.get(user=each.account).public_id for each in (lin, wang)]
    begins = clock.now().replace(second=0, microsecond=0) + timedelta(minutes=1)
    shift = timedelta(hours=12)
    night = watches.plan_watches(names[1], [(begins - shift, begins)], actor=lin)[0]
    for offset in range(14):
        start = begins + offset * shift
        watches.plan_watches(names[offset % 2], [(start, start + shift)], actor=lin)
    written = watches.write_hand_over(
        night.public_id,
        notes="電力公司調度系統未受影響，等待鑑識結果。市府網站置換案尚未分流。",
        items=[(each.kind, each.thing.public_id) for each in left.proposed(wang)],
        actor=wang,
    )
    watches.accept_hand_over(written.public_id, actor=lin)
    say("9  夜班王承辦交接，林值勤接班。The night watch hands over; the duty officer accepts.")


def _operations(country: Country, say: Say) -> None:
    """A large event, and a part of it a test of how people are reached, which reaches the enrolled alone."""
    lin = actor_of(country.people["officer"])
    event = frame_actions.begin_operation(
        Frame(
            kind="event",
            code="GAMES26",
            name_zh="海港運動會安全維護",
            name_en="Security of the Harbour Games",
            purpose="開幕前一週至閉幕後一日，能源與通訊不中斷。",
        ),
        actor=lin,
    )
    operations.record_fact(event.public_id, words="主場館備援電源測試完成。", source="海港市政府", actor=lin)
    seat = country.organisations["HARBOUR"].seats.get()
    operations.add_task(
        event.public_id,
        title="回報場館周邊網路異常窗口",
        assignee=seat.public_id,
        due_at=clock.now() + timedelta(days=2),
        actor=lin,
    )
    test = frame_actions.begin_operation(
        Frame(
            kind="test",
            code="CALL26",
            name_zh="開幕前通聯測試",
            name_en="Call-tree test before the opening",
            parent=event.public_id,
        ),
        actor=lin,
    )
    done = enrolment_actions.enrol(test.public_id, Named(organisations=("SUNPOWER", "HARBOUR", "FARHILL")), actor=lin)
    say(f"10  大型活動與通聯測試，{done.changed} 個席位納入測試。A large event, and a test that reaches the enrolled.")
