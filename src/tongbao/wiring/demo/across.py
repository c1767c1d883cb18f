"""An incident abroad: what our own data say of it, and what both tracks find together."""

from collections.abc import Callable
from datetime import timedelta

from tongbao.exposure import actions as exposure
from tongbao.incidents.actions import log
from tongbao.incidents.actions.triage import IncidentDraft, open_incident
from tongbao.joint import actions as joint
from tongbao.kernel import clock
from tongbao.kernel.markings import TLP
from tongbao.parties.standing import actor_of
from tongbao.wiring.demo.country import Country

Say = Callable[[str], None]


def play(country: Country, say: Say) -> None:
    """The power company is asked whether it is exposed; the bureau has signed, the officer not yet."""
    officer, bureau = actor_of(country.people["officer"]), actor_of(country.people["bureau"])
    case = open_incident(
        IncidentDraft(
            title="國外供應商更新伺服器遭入侵",
            summary="國外 CSIRT 通報：供應商更新伺服器遭入侵，可能波及國內使用單位。",
            type="intrusions/system-compromise",
        ),
        actor=officer,
    )
    words = "中繼站 https://update.vendor-patch.example/a ，受害清單含 198.51.100.23"
    log.note(case.public_id, words=words, actor=officer)
    exposure.ask_exposed(
        case.public_id,
        organisations=[country.organisations["SUNPOWER"].public_id],
        words="國外供應商之更新伺服器遭入侵，請查對自十一月一日起之連線紀錄。",
        tlp=TLP.GREEN,
        answer_by=clock.now() + timedelta(hours=48),
        actor=officer,
    )
    made, code = joint.begin_joint(case.public_id, question="是否為國家級行為者？", actor=officer)
    joint.join_joint(code, actor=bureau)
    joint.write_joint(made.public_id, text="手法與先前案件相符，可信度中等。", edition=0, actor=bureau)
    joint.sign_joint(made.public_id, edition=1, agrees=True, actor=bureau)
    say(f"    {case.number}：國外供應商遭入侵，詢問日光電力是否受影響，兩體系聯合研判。")
    say("    A vendor abroad was broken into; the power company is asked, both tracks assess it (/joint/).")
