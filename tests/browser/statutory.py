"""Statutory forms in every state, what is judged, a public notice: for the pages about them."""

from datetime import date, timedelta
from typing import Any


def papers(country: Any) -> dict[str, str]:
    """The city's case with a draft, a report that was returned with findings, more time asked for; a public notice."""
    from tongbao.approvals import actions as judging
    from tongbao.approvals import networks
    from tongbao.approvals.models import Approval
    from tongbao.incidents.actions import filings, reviews, triage
    from tongbao.incidents.actions.submissions import submit
    from tongbao.incidents.actions.triage import IncidentDraft
    from tongbao.incidents.models import Incident, Submission
    from tongbao.incidents.rules.filings import Answers, Measure
    from tongbao.incidents.rules.intake import Draft
    from tongbao.kernel import clock
    from tongbao.operations.models import routine
    from tongbao.parties.standing import actor_of

    city, officer = actor_of(country.people["city"]), actor_of(country.people["officer"])
    taken = submit(Draft(summary="差勤系統遭入侵", level=2), key="browser:forms", door=Submission.Door.WEB, actor=city)
    home = country.organisations["HARBOUR"].public_id
    draft = IncidentDraft(title="差勤系統遭入侵", level=2, owner=home)
    case = triage.open_incident(draft, submission=taken.submission.public_id, actor=officer)

    def filed(incident: Incident, form: str, actor: Any, organisation: str = "", **answers: Any) -> Any:
        found = filings.begin(incident.public_id, form=form, organisation=organisation, actor=actor)
        given = Answers(**{"texts": found.answers.texts | answers.pop("texts", {}), **answers})
        found = filings.save(found.public_id, given, version=found.version, actor=actor)
        filings.file(found.public_id, version=found.version, actor=actor)
        found.refresh_from_db()
        return found

    now = clock.now().isoformat(timespec="seconds")
    over = {"contained_at": now, "outcome": "both", "course": "隔離主機，自備份還原。"}
    filed(case, "containment-notice", city, texts=over)
    report = {
        "scope": "差勤系統一套，影響員工 1,200 人。",
        "control": "隔離、還原、更換憑證。",
        "handling": "鑑識映像檔分析完成。",
        "cause": "管理介面使用弱密碼。",
        "tracking": "每季由資安長檢視。",
    }
    measure = Measure(words="管理介面改用多因子驗證", aspect="technical", due=date(2026, 12, 31), tracking="每月抽查")
    returned = filed(case, "improvement-report", city, texts=report, measures={"measures": (measure,)})
    interior = actor_of(country.people["interior"])
    judging.raise_finding(
        returned.approval, passage="cause", words="請附登入紀錄佐證。", criterion="cause", actor=interior
    )
    judging.decide(returned.approval, outcome="returned", reason="請補正後再送。", version=1, grade="", actor=interior)
    filings.hear_judgement(returned.approval, source="browser")
    late = Incident.objects.get(title="市立醫院個資外洩")
    filed(late, "containment-notice", city, texts=over)
    begun = filings.begin(late.public_id, form="improvement-report", actor=city)
    final = late.obligations.get(duty="final", state="due")
    until = clock.now() + timedelta(days=60)
    asked = reviews.ask_for_time(final.public_id, until=until, reason="鑑識廠商尚未交付。", actor=city)
    notice = filed(
        late,
        "public-notice",
        officer,
        organisation=country.organisations["NCO"].public_id,
        texts=dict.fromkeys(("cause", "impact", "control", "improvement"), "委外廠商帳號遭盜用，已控制。"),
        withheld={"cause": "涉及營業秘密"},
    )
    level = Approval.objects.get(kind="level-review", subject_ref=case.public_id)
    change = networks.propose(
        country.organisations["SUNPOWER"].public_id,
        value="203.0.113.128/25",
        reason="電信契約",
        operation=routine().pk,
        actor=actor_of(country.people["org_admin"]),
    )
    return {
        "forms_case": case.public_id,
        "filing_draft": begun.public_id,
        "filing_returned": returned.public_id,
        "obligation_extendable": final.public_id,
        "approval_returned": returned.approval,
        "approval_level": level.public_id,
        "approval_network": change.public_id,
        "approval_extension": asked[0].public_id,
        "announcement": notice.public_id,
    }
