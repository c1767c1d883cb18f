"""The verbs of warnings, each with a call that works."""

from datetime import timedelta
from typing import Any

from tests.journal.story import Act, Story
from tests.notices.warnings import BLANKS, drafted, handed_in, organisation, warned
from tongbao.files import store
from tongbao.files.steps import Received
from tongbao.journal.events import Event
from tongbao.kernel import clock
from tongbao.kernel.markings import TLP
from tongbao.notices import escalating
from tongbao.notices.actions import audiences, drafts, enclosing, telephoning
from tongbao.notices.models import Draft, Reach
from tongbao.notices.rules.content import Audience, Kind
from tongbao.operations import enrolment_actions, frame_actions
from tongbao.operations.enrolment_actions import Named
from tongbao.operations.models import routine
from tongbao.operations.rules import Draft as Frame
from tongbao.parties.actions import turns
from tongbao.parties.actions.turns import Span

E = Event


def _edit(d: Any) -> Act:
    draft = drafted(d.cast, "SUNPOWER")
    other = drafted(d.cast, "HARBOUR").warning
    return lambda actor: drafts.edit_draft(draft.public_id, other, version=draft.version, actor=actor)


def _enclose(d: Any) -> Act:
    draft = drafted(d.cast, "SUNPOWER")
    upload = Received(store.write([b"route"]), "route.txt", "text/plain")
    return lambda actor: enclosing.enclose(draft.public_id, [upload], version=draft.version, actor=actor)


def _second(d: Any) -> Act:
    draft = drafted(d.cast, "SUNPOWER", tlp=TLP.RED, who="officer")
    email = d.cast.country.people["handler"].email
    return lambda actor: drafts.name_second(draft.public_id, user=email, actor=actor)


def _take_over(d: Any) -> Act:
    notice, home = warned(d.cast, "SUNPOWER"), organisation("SUNPOWER").public_id
    return lambda actor: telephoning.take_over(notice.public_id, organisation=home, actor=actor)


def _submit(d: Any) -> Act:
    draft = drafted(d.cast, "SUNPOWER")
    return lambda actor: drafts.submit_draft(draft.public_id, version=draft.version, actor=actor)


def _return(d: Any) -> Act:
    draft = handed_in(d.cast, "SUNPOWER")
    return lambda actor: drafts.return_draft(draft.public_id, because="地點有誤", actor=actor)


def _discard(d: Any) -> Act:
    draft = drafted(d.cast, "SUNPOWER")
    return lambda actor: drafts.discard_draft(draft.public_id, actor=actor)


def _approve(d: Any) -> Act:
    draft = handed_in(d.cast, "SUNPOWER")
    return lambda actor: drafts.approve_draft(draft.public_id, digest=draft.digest, actor=actor)


def _alone(d: Any) -> Act:
    draft = drafted(d.cast, "SUNPOWER", who="officer")
    return lambda actor: drafts.break_glass(draft.public_id, because="無人可會簽", version=draft.version, actor=actor)


def _review(d: Any) -> Act:
    draft = drafted(d.cast, "SUNPOWER")
    drafts.break_glass(draft.public_id, because="無人可會簽", version=draft.version, actor=d.cast.handler)
    return lambda actor: drafts.review_alone(draft.public_id, words="處置妥適", actor=actor)


def _update(d: Any) -> Act:
    notice = warned(d.cast, "SUNPOWER")
    return lambda actor: drafts.start_update(notice.public_id, kind=Kind.UPDATE, actor=actor)


def _prepared(d: Any) -> Act:
    notice = warned(d.cast, "SUNPOWER")
    ready = Draft.objects.get(replaces=notice, state=Draft.State.PREPARED)
    return lambda actor: drafts.send_prepared(ready.public_id, actor=actor)


def _keep(d: Any) -> Act:
    chosen = Audience(organisations=(organisation("SUNPOWER").public_id,))
    return lambda actor: audiences.keep_audience(None, name_zh="電力", name_en="Power", audience=chosen, actor=actor)


def _remove(d: Any) -> Act:
    kept = _keep(d)(d.cast.officer)
    return lambda actor: audiences.remove_audience(kept.public_id, actor=actor)


def _climb(d: Any) -> Act:
    notice = warned(d.cast, "SUNPOWER")
    key = Reach.objects.get(notice=notice).pk

    def act(actor: object) -> None:
        with clock.at(clock.now() + timedelta(minutes=15)):
            escalating._batch([key])

    return act


def _turns(d: Any) -> Act:
    seat = d.seat()
    span = Span(seat.public_id, "on-call", clock.now(), clock.now() + timedelta(hours=8))
    home = d.home("SUNPOWER").public_id
    return lambda actor: turns.keep_turns(home, [span], actor=actor)


def _turn(d: Any) -> Act:
    kept = _turns(d)(d.cast.org_admin)[0]
    return lambda actor: turns.remove_turn(kept.public_id, actor=actor)


def _call_tree(d: Any) -> Act:
    test = frame_actions.begin_operation(
        Frame(kind="test", code="CALL-1", name_zh="通聯測試", name_en="Call test"), actor=d.cast.officer
    )
    named = Named(organisations=(d.home("SUNPOWER").public_id,))
    enrolment_actions.enrol(test.public_id, named, actor=d.cast.officer)
    return lambda actor: drafts.test_call_tree(test.public_id, actor=actor)


WARNING = {
    "notices.actions.drafts.test_call_tree": Story(_call_tree, {E.NOTICE_SENT}, refused="auditor", again=False),
    "parties.actions.turns.keep_turns": Story(_turns, {E.TURNS_KEPT}, by="org_admin", refused="constituent"),
    "parties.actions.turns.remove_turn": Story(_turn, {E.TURN_REMOVED}, by="org_admin", refused="constituent"),
    "notices.actions.audiences.keep_audience": Story(_keep, {E.AUDIENCE_KEPT}, refused="auditor", again=False),
    "notices.actions.audiences.remove_audience": Story(_remove, {E.AUDIENCE_REMOVED}, refused="auditor"),
    "notices.actions.drafts.start_draft": Story(
        lambda d: (
            lambda actor: drafts.start_draft(routine().public_id, event="energy-emergency", values=BLANKS, actor=actor)
        ),
        {E.DRAFT_STARTED},
        refused="auditor",
        again=False,
    ),
    "notices.actions.drafts.start_update": Story(_update, {E.DRAFT_STARTED}, refused="auditor", again=False),
    "notices.actions.drafts.edit_draft": Story(_edit, {E.DRAFT_EDITED}, refused="auditor"),
    "notices.actions.enclosing.enclose": Story(_enclose, {E.DRAFT_EDITED, E.FILE_KEPT}, refused="auditor"),
    "notices.actions.drafts.name_second": Story(_second, {E.DRAFT_PERSON_NAMED}, refused=""),
    "notices.actions.telephoning.take_over": Story(_take_over, {E.NOTICE_TAKEN_OVER}, refused="auditor"),
    "notices.actions.drafts.submit_draft": Story(_submit, {E.DRAFT_SUBMITTED}, refused="auditor"),
    "notices.actions.drafts.return_draft": Story(_return, {E.DRAFT_RETURNED}, refused="auditor"),
    "notices.actions.drafts.discard_draft": Story(_discard, {E.DRAFT_DISCARDED}, refused="auditor"),
    "notices.actions.drafts.approve_draft": Story(_approve, {E.NOTICE_SENT, E.DRAFT_STARTED}, refused="auditor"),
    "notices.actions.drafts.break_glass": Story(
        _alone, {E.NOTICE_SENT, E.DRAFT_SENT_ALONE, E.DRAFT_STARTED}, refused="auditor"
    ),
    "notices.actions.drafts.review_alone": Story(_review, {E.DRAFT_REVIEWED}, refused="auditor"),
    "notices.actions.drafts.send_prepared": Story(_prepared, {E.NOTICE_SENT}, refused="auditor"),
    "notices.escalating._batch": Story(_climb, {E.NOTICE_ESCALATED}),
}
