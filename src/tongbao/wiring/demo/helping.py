"""The power company helps another: it offers, is vetted, is asked in a case, and joins the alliance."""

from collections.abc import Callable
from datetime import timedelta

from django.utils import timezone

from tongbao.assistance.actions import capabilities, helping, membership
from tongbao.assistance.rules import Terms
from tongbao.incidents.actions.triage import IncidentDraft, open_incident
from tongbao.kernel import clock
from tongbao.kernel.markings import TLP
from tongbao.parties.standing import actor_of
from tongbao.wiring.demo.country import Country

Say = Callable[[str], None]


def play(country: Country, say: Say) -> None:
    """Up to the offer of help: the officer may assign it in the browser."""
    own, officer = actor_of(country.people["org_admin"]), actor_of(country.people["officer"])
    liaison = actor_of(country.people["liaison"])
    terms = Terms(
        kind="ot",
        summary="工業控制系統事件應變，二人一組，攜帶式流量側錄設備。",
        languages="中文, English",
        terms="平日八時至十八時；夜間另議。",
    )
    offer = capabilities.offer_capability(terms, actor=own)
    capabilities.vet_capability(
        offer.public_id, fit=True, words="已電話查證兩件實績。", version=offer.version, actor=liaison
    )
    joined = membership.apply_for_membership("具備工控實驗室與值勤人力，願分享事件情資。", actor=own)
    membership.vet_membership(joined.public_id, fit=True, words="已訪視。", actor=liaison)
    membership.sign_membership(joined.public_id, signed_on=timezone.localdate(clock.now()), actor=liaison)
    case = open_incident(
        IncidentDraft(
            title="港區閘門控制器連線異常",
            summary="閘門控制器出現不明對外連線，閘門運作正常。",
            type="intrusion-attempts/ids-alert",
            owner=country.organisations["HARBOUR"].public_id,
        ),
        actor=officer,
    )
    asked = helping.ask_for_help(
        case.public_id,
        kind="ot",
        words="閘道與控制器之間的連線需側錄並判讀，預估一日。",
        tlp=TLP.AMBER,
        answer_by=clock.now() + timedelta(hours=24),
        capabilities=[offer.public_id],
        actor=officer,
    )
    part = asked.engagements.get()
    helping.answer_help(part.public_id, offers=True, words="明日上午可派一組。", actor=own)
    say(f"    {case.number}：請日光電力支援工業控制系統事件，該公司可派二人。")
    say("    The power company was asked for help with control systems, and offers two people (/helping/).")
