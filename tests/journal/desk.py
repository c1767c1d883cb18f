"""Every verb of the product with a call that works: who makes it, what it leaves in the journal, who is refused."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.conftest import NOON, Cast
from tests.journal.casework import CASEWORK
from tests.journal.exposure import EXPOSURE
from tests.journal.helping import HELPING
from tests.journal.importing import IMPORTING
from tests.journal.joint import JOINT
from tests.journal.judging import JUDGING
from tests.journal.lessons import LESSONS
from tests.journal.lists import LISTS
from tests.journal.observing import OBSERVING
from tests.journal.sharing import SHARING
from tests.journal.story import Act, Story
from tests.journal.takedown import TAKEDOWN
from tests.journal.warning import WARNING
from tests.notices import keys
from tests.stories import opened, receipt_of, reported, tell
from tongbao.accounts import actions as accounts
from tongbao.files import actions as files
from tongbao.files import steps as keeping
from tongbao.files import store
from tongbao.files.models import Blob, StoredFile
from tongbao.files.rules import CleanState
from tongbao.incidents.actions import cases, duties, log, notify, participants, reevaluation, submissions, triage
from tongbao.incidents.actions.triage import IncidentDraft
from tongbao.incidents.models import Incident, LogEntry, Obligation, Participant, Submission
from tongbao.incidents.rules.intake import Arrival, Draft
from tongbao.jobs.models import Parked
from tongbao.journal.events import Event
from tongbao.journal.record import verb
from tongbao.kernel import clock
from tongbao.kernel.markings import TLP
from tongbao.notices import actions as notices
from tongbao.notices import delivery, links, reports, settling
from tongbao.notices.channels.gateway.described import Replied
from tongbao.notices.incoming import placing
from tongbao.notices.models import Delivery, Receipt, Report
from tongbao.notices.partners import taking
from tongbao.notices.partners.described import NOTHING
from tongbao.notices.rules import Grade, Outcome
from tongbao.operations import actions as operations
from tongbao.operations.models import Task, routine
from tongbao.parties.actions import contacts, groups, imports, networks, organisations, seats, shifts
from tongbao.parties.actions.organisations import OrganisationDraft
from tongbao.parties.models import ContactPoint, Network, Organisation, Person, Seat, SharingGroup, Tenure
from tongbao.policy import actors
from tongbao.policy.actors import ANONYMOUS, Actor
from tongbao.policy.can import Can
from tongbao.records import actions as records
from tongbao.standards.cap import verdict
from tongbao.watching import roster, watched
from tongbao.watching.actions import alerts, feeds, watches
from tongbao.watching.models import Alert, HandOver, Watch
from tongbao.wiring import backup, worker

CSV = "code,name_zh,name_en,kind\nWATER1,清水公司,Clear Water,company\n".encode()

_CAP = (Path(__file__).parents[2] / "docs" / "cli" / "cap-validate.xml").read_bytes()


class Desk:
    """A day at the office on which every verb finds something to act on."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.waiting = reported(cast, "city", level=2, key="waiting")
        self.aside = submissions.submit(
            Draft(summary="win"),
            key="aside",
            door=Submission.Door.WEB,
            arrival=Arrival(trap_filled=True),
            actor=ANONYMOUS,
        ).submission
        self.incident = opened(cast, reported(cast), tlp=TLP.GREEN, addresses="203.0.113.66")
        tell(cast, self.incident)
        self.other = opened(cast, title="另案", tlp=TLP.GREEN)
        self.citizen = reported(cast, "anonymous")
        self.small = opened(cast, self.citizen, title="民眾通報")
        self.task = log.add_task(self.incident.public_id, title="x", actor=cast.officer)
        self.fact = routine().public_id
        self.parked = Parked.objects.create(cursor="incidents:answered", seq=1, error="ValueError")

    def version(self, thing: Incident | Submission) -> int:
        thing.refresh_from_db()
        return thing.version

    def receipt(self, code: str = "MOE-E") -> Receipt:
        return receipt_of(code)

    def duty(self, code: str) -> str:
        return self.incident.obligations.get(duty=code, state=Obligation.State.DUE).public_id

    def thread(self, code: str) -> str:
        return Participant.objects.get(incident=self.incident, organisation__code=code).public_id

    def home(self, code: str) -> Organisation:
        return Organisation.objects.get(code=code)

    def seat(self, code: str = "SUNPOWER") -> Seat:
        return Seat.objects.filter(organisation__code=code).order_by("-rank").first()  # type: ignore[return-value]

    def file(self, content: bytes = b"plan") -> StoredFile:
        @verb
        def keep() -> StoredFile:
            entry = LogEntry.objects.filter(incident=self.incident).first()
            assert entry is not None
            return keeping.keep([content], name="x.txt", media_type="", subject=entry, actor=ANONYMOUS)

        return keep()

    def offered(self) -> tuple[str, str]:
        offer, secret = seats.offer_seat(
            self.seat().public_id, name="甲", email="a@sunpower.example", actor=self.cast.org_admin
        )
        return offer.public_id, secret

    def token(self) -> str:
        return accounts.issue_token(
            actor=self.cast.constituent, label="x", scopes=[Can.SUBMISSION_CREATE.value], days=1
        )[0].public_id

    def closed(self) -> Incident:
        return cases.close_incident(
            self.other.public_id, outcome="x", version=self.version(self.other), actor=self.cast.officer
        )

    def new_organisation(self) -> Organisation:
        draft = OrganisationDraft(code="NEW", name_zh="新", name_en="New", kind="company")
        return organisations.create_organisation(draft, actor=self.cast.officer)

    def watch(self, who: str = "officer", begins: int = -4) -> Watch:
        person = Person.objects.get(user=self.cast.country.people[who]).public_id
        times = [(NOON + timedelta(hours=begins), NOON + timedelta(hours=begins + 8))]
        return watches.plan_watches(person, times, actor=self.cast.officer)[0]

    def handed_over(self) -> HandOver:
        watch = self.watch()
        self.watch("handler", 4)
        return watches.write_hand_over(watch.public_id, notes="x", actor=self.cast.officer)

    def alert(self) -> Alert:
        """The report that waits, an hour later: nobody has answered."""
        with clock.at(NOON + timedelta(hours=1)):
            made = alerts.raise_alert(self.cause(), room=roster.room(clock.now()))
        assert made is not None
        return made

    def cause(self) -> watched.Cause:
        return watched.Cause("untouched", self.waiting.received_at, submission=self.waiting.pk)

    def claimed(self) -> list[Delivery]:
        return delivery._claim("lease", "email")


def _draft(title: str, owner: str = "") -> IncidentDraft:
    return IncidentDraft(title=title, tlp=TLP.GREEN, level=3, owner=owner)


def _edit(d: Desk) -> Act:
    power, version = d.home("SUNPOWER").public_id, d.version(d.incident)
    return lambda actor: cases.edit_incident(d.incident.public_id, _draft("新題", power), version=version, actor=actor)


def _close(d: Desk) -> Act:
    version = d.version(d.other)
    return lambda actor: cases.close_incident(d.other.public_id, outcome="完成", version=version, actor=actor)


def _reopen(d: Desk) -> Act:
    closed = d.closed()
    return lambda actor: cases.reopen_incident(closed.public_id, reason="x", version=closed.version, actor=actor)


def _merge(d: Desk) -> Act:
    ended, into, version = d.small.public_id, d.other.public_id, d.version(d.small)
    Incident.objects.filter(pk=d.other.pk).update(tlp=TLP.AMBER)
    return lambda actor: cases.merge_incident(ended, into=into, reason="同源", version=version, actor=actor)


def _message(d: Desk) -> Act:
    thread = d.thread("SUNPOWER")
    return lambda actor: log.message(d.incident.public_id, thread=thread, words="x", actor=actor)


def _tell(d: Desk) -> Act:
    choice = notify.Choice(d.home("HARBOUR").public_id, "", "information", added="知悉")
    telling = notify.Telling(choices=(choice,), dropped=(notify.Dropped(d.home("MOE-E").public_id, "已知"),))
    version = d.version(d.incident)
    return lambda actor: notify.tell(d.incident.public_id, telling, version=version, actor=actor)


def _reevaluate(d: Desk) -> Act:
    Obligation.objects.filter(incident=d.incident, duty="contain").delete()
    return lambda actor: reevaluation.reevaluate_cases([d.incident.pk])


def _reevaluate_reports(d: Desk) -> Act:
    Obligation.objects.filter(submission=d.waiting).delete()
    return lambda actor: reevaluation.reevaluate_reports([d.waiting.pk])


def _add_participant(d: Desk) -> Act:
    city = d.home("HARBOUR").public_id
    return lambda actor: participants.add_participant(
        d.incident.public_id, organisation=city, role="helper", actor=actor
    )


def _remove_participant(d: Desk) -> Act:
    thread = d.thread("FARHILL")
    return lambda actor: participants.remove_participant(d.incident.public_id, thread=thread, reason="x", actor=actor)


def _accept(d: Desk) -> Act:
    draft, version = IncidentDraft(title="x"), d.version(d.waiting)
    return lambda actor: triage.open_incident(draft, submission=d.waiting.public_id, version=version, actor=actor)


def _merge_submission(d: Desk) -> Act:
    into, version = d.small.public_id, d.version(d.waiting)
    return lambda actor: triage.merge_submission(d.waiting.public_id, into=into, version=version, actor=actor)


def _note_opened(d: Desk) -> Act:
    keys = [d.duty("contain")]
    return lambda actor: duties.note_opened(keys, actor=actor)


def _plan(d: Desk) -> Act:
    person = Person.objects.get(user=d.cast.country.people["handler"]).public_id
    times = [(NOON, NOON + timedelta(hours=8))]
    return lambda actor: watches.plan_watches(person, times, actor=actor)


def _change_watch(d: Desk) -> Act:
    watch = d.watch()
    ends_at = watch.ends_at + timedelta(hours=1)
    return lambda actor: watches.change_watch(
        watch.public_id,
        person=watch.person.public_id,
        starts_at=watch.starts_at,
        ends_at=ends_at,
        version=1,
        actor=actor,
    )


def _remove_watch(d: Desk) -> Act:
    watch = d.watch()
    return lambda actor: watches.remove_watch(watch.public_id, actor=actor)


def _write_hand_over(d: Desk) -> Act:
    watch = d.watch()
    return lambda actor: watches.write_hand_over(watch.public_id, notes="交接", actor=actor)


def _accept_hand_over(d: Desk) -> Act:
    written = d.handed_over()
    return lambda actor: watches.accept_hand_over(written.public_id, actor=actor)


def _raise(d: Desk) -> Act:
    def act(actor: Actor) -> Any:
        with clock.at(NOON + timedelta(hours=1)):
            return alerts.raise_alert(d.cause(), room=roster.room(clock.now()))

    return act


def _climb(d: Desk) -> Act:
    d.watch("handler", -4)
    alert = d.alert()

    def act(actor: Actor) -> Any:
        with clock.at(NOON + timedelta(hours=2)):
            return alerts.climb(alert.pk, room=roster.room(clock.now()))

    d.watch("officer", 4)
    return act


def _close_alert(d: Desk) -> Act:
    alert = d.alert()
    submissions.reject(d.waiting.public_id, reason="x", version=d.version(d.waiting), actor=d.cast.officer)
    return lambda actor: alerts.close_alert(alert.pk)


def _answer_alert(d: Desk) -> Act:
    alert = d.alert()
    return lambda actor: alerts.answer_alert(alert.public_id, words="處理中", actor=actor)


def _revoke_feed(d: Desk) -> Act:
    feed, _secret = feeds.make_feed(actor=d.cast.constituent)
    return lambda actor: feeds.revoke_feed(feed.public_id, actor=actor)


def _revoke_feeds(d: Desk) -> Act:
    feeds.make_feed(actor=d.cast.constituent)
    account = d.cast.country.people["constituent"].public_id
    return lambda actor: feeds.revoke_feeds_of(account)


def _settle_clean(d: Desk) -> Act:
    stored = d.file(b"\xff\xd8\xff not a picture")
    return lambda actor: files.settle_clean(stored.blob_id, outcome=CleanState.FAILED, written=None)


def _settle(d: Desk) -> Act:
    batch = d.claimed()
    return lambda actor: settling.settle([(each, Outcome(sent=True, reply="250 ok")) for each in batch], lease="lease")


def _report(d: Desk) -> Act:
    """A report on the first mail, which has been sent: its address does not work."""
    row = _sent(d)
    return lambda actor: reports.hear("email", (row.public_id,), "broken", text="550 no such user")


def _report_later(d: Desk) -> Act:
    row = _sent(d)
    kept = Report.objects.create(channel="email", reference=row.public_id, verdict="delivered")
    return lambda actor: reports._later(kept.pk)


def _sent(d: Desk) -> Delivery:
    Delivery.objects.update(state="sent")
    return Delivery.objects.filter(contact__isnull=False).order_by("id")[0]


def _reply(d: Desk) -> Act:
    row = d.receipt().deliveries.get()
    mail = f"From: chen@energy.example\nSubject: Re: x [TB-{row.reply_code}]\n\nreceived\n".encode()
    return lambda actor: placing.take_mail(mail)


def _unplaced(d: Desk) -> str:
    return placing.take_sms("sms", Replied("+886900000000", "who are you", "1")).public_id


def _answer_by_link(d: Desk) -> Act:
    token = links.token(d.receipt())
    return lambda actor: notices.answer_by_link(token, code="confirm")


def _hear(d: Desk) -> Act:
    receipt = d.receipt().public_id
    notices.answer_by_link(links.token(d.receipt()), code="confirm")
    return lambda actor: duties.hear_answer(receipt, code="confirm", number=1, source="journal:1")


def _verify(d: Desk) -> Act:
    point = ContactPoint.objects.get(seat=d.seat()).public_id
    return lambda actor: contacts.verify_contact(point, how="電話", actor=actor)


def _imported(d: Desk) -> Act:
    kept = imports.receive_import(CSV, name="a.csv", actor=d.cast.admin).public_id
    return lambda actor: imports.apply_import(kept, actor=actor)


def _edit_organisation(d: Desk) -> Act:
    draft = OrganisationDraft(code="GREENHILL", name_zh="青山銀行", name_en="Green Bank", kind="company")
    return lambda actor: organisations.edit_organisation(d.home("GREENHILL").public_id, draft, version=1, actor=actor)


def _enrol(d: Desk) -> Act:
    made = d.new_organisation().public_id
    return lambda actor: organisations.enrol_organisation(made, check="致電總機，與資安長確認", actor=actor)


def _place_under_law(d: Desk) -> Act:
    bank, wanted = d.home("GREENHILL"), {"EU-NIS2": "ESSENTIAL"}
    return lambda actor: organisations.place_under_law(
        bank.public_id, responsibility_level="A", coverages=wanted, version=bank.version, actor=actor
    )


def _compromised(d: Desk) -> Act:
    bank = d.home("GREENHILL").public_id
    return lambda actor: organisations.mark_compromised(bank, compromised=True, reason="x", actor=actor)


def _group(d: Desk) -> Act:
    group = SharingGroup.objects.get().public_id
    return lambda actor: groups.keep_group(group, name_zh="新名", name_en="New", members=["SUNPOWER"], actor=actor)


def _accept_seat(d: Desk) -> Act:
    _, secret = d.offered()
    return lambda actor: seats.accept_seat(secret, password="a long enough password", actor=actor)


def _end_tenure(d: Desk) -> Act:
    tenure = Tenure.objects.get(person__user=d.cast.country.people["constituent"]).public_id
    return lambda actor: seats.end_tenure(tenure, actor=actor)


def _withdraw(d: Desk) -> Act:
    offer, _ = d.offered()
    return lambda actor: seats.withdraw_offer(offer, actor=actor)


def _end_network(d: Desk) -> Act:
    network = Network.objects.filter(organisation__code="SUNPOWER").first()
    assert network is not None
    return lambda actor: networks.end_network(network.public_id, actor=actor)


def _purge(d: Desk) -> Act:
    stored = d.file()
    return lambda actor: files.purge(stored.public_id, reason="誤傳", actor=actor)


def _read(d: Desk) -> Act:
    stored = d.file()
    StoredFile.objects.filter(pk=stored.pk).update(clean_state=CleanState.DONE, clean_copy=stored.blob)
    return lambda actor: files.note_read(stored, actor=actor, original=True)


def _unlink(d: Desk) -> Act:
    stored = d.file()
    Blob.objects.filter(pk=stored.blob_id).update(purged_at=clock.now())
    return lambda actor: files.unlink_purged(stored.blob.sha256)


def _orphan(d: Desk) -> Act:
    written = store.write([b"nobody names these bytes"])
    return lambda actor: files.collect_orphan(written.sha256)


def _finish(d: Desk) -> Act:
    task = Task.objects.get(pk=d.task.pk).public_id
    return lambda actor: operations.finish_task(task, outcome="x", actor=actor)


def _end_shift(d: Desk) -> Act:
    shifts.start_shift(actor=d.cast.officer)
    return lambda actor: shifts.end_shift(actor=actor)


def _take(d: Desk) -> Act:
    return lambda actor: submissions.take(
        Draft(summary="x"), key="new", door=Submission.Door.WEB, arrival=Arrival(), uploads=[], actor=actor
    )


def _noted(d: Desk) -> Act:
    manifest = backup.Manifest(1, "0", NOON.isoformat(), (), 0, (7, "0" * 64))
    return lambda actor: backup._note(Event.BACKUP_TAKEN, manifest)


E = Event
STORIES: dict[str, Story] = {
    "accounts.actions.issue_token": Story(
        lambda d: (
            lambda actor: accounts.issue_token(actor=actor, label="x", scopes=[Can.SUBMISSION_CREATE.value], days=1)
        ),
        {E.TOKEN_ISSUED},
        by="constituent",
        again=False,
    ),
    "accounts.actions.revoke_token": Story(
        lambda d: (lambda key: lambda actor: accounts.revoke_token(key, actor=actor))(d.token()),
        {E.TOKEN_REVOKED},
        by="constituent",
    ),
    "accounts.actions.note_sign_in": Story(
        lambda d: lambda actor: accounts.note_sign_in(d.cast.country.people["city"], succeeded=True),
        {E.ACCOUNT_SIGNED_IN},
        again=False,
    ),
    "accounts.actions.note_change": Story(
        lambda d: lambda actor: accounts.note_change(d.cast.country.people["city"], E.ACCOUNT_PASSWORD_CHANGED),
        {E.ACCOUNT_PASSWORD_CHANGED},
        again=False,
    ),
    "files.actions.purge": Story(_purge, {E.FILE_PURGED}, by="admin", refused="officer"),
    "files.actions.note_read": Story(_read, {E.FILE_READ}, refused="handler", again=False),
    "files.actions.settle_clean": Story(_settle_clean, {E.FILE_CLEANED}),
    "files.actions.unlink_purged": Story(_unlink),
    "files.actions.collect_orphan": Story(_orphan),
    "incidents.actions.cases.edit_incident": Story(_edit, {E.INCIDENT_EDITED}, refused="constituent"),
    "incidents.actions.cases.close_incident": Story(_close, {E.INCIDENT_CLOSED}, refused="liaison"),
    "incidents.actions.cases.reopen_incident": Story(_reopen, {E.INCIDENT_REOPENED}, refused="auditor"),
    "incidents.actions.cases.link_incidents": Story(
        lambda d: (
            lambda actor: cases.link_incidents(
                d.incident.public_id, other=d.other.public_id, reason="同源", actor=actor
            )
        ),
        {E.INCIDENT_LINKED},
        refused="liaison",
    ),
    "incidents.actions.cases.merge_incident": Story(
        _merge, {E.INCIDENT_MERGED, E.PARTICIPANT_ADDED}, refused="auditor"
    ),
    "incidents.actions.cases.name_reader": Story(
        lambda d: lambda actor: cases.name_reader(d.incident.public_id, user="chou@nco.example", actor=actor),
        {E.INCIDENT_READER_NAMED},
        refused="constituent",
    ),
    "incidents.actions.duties.meet": Story(
        lambda d: (
            lambda key: lambda actor: duties.meet(key, evidence="containment-notice", words="已復原", actor=actor)
        )(d.duty("contain")),
        {E.OBLIGATION_MET},
        refused="auditor",
    ),
    "incidents.actions.duties.note_opened": Story(
        _note_opened, {E.OBLIGATION_OPENED}, by="constituent", refused="auditor"
    ),
    "incidents.actions.duties.waive": Story(
        lambda d: (lambda key: lambda actor: duties.waive(key, reason="x", actor=actor))(d.duty("contain")),
        {E.OBLIGATION_WAIVED},
        refused="handler",
    ),
    "incidents.actions.duties.hear_answer": Story(_hear, {E.OBLIGATION_MET}),
    "incidents.actions.log.note": Story(
        lambda d: lambda actor: log.note(d.incident.public_id, words="x", actor=actor),
        {E.LOG_ENTERED},
        refused="constituent",
        again=False,
    ),
    "incidents.actions.log.message": Story(_message, {E.LOG_ENTERED}, refused="auditor", again=False),
    "incidents.actions.log.message_by_receipt": Story(
        lambda d: lambda actor: log.message_by_receipt(d.citizen, words="x"), {E.LOG_ENTERED}, again=False
    ),
    "incidents.actions.log.add_task": Story(
        lambda d: lambda actor: log.add_task(d.incident.public_id, title="x", actor=actor),
        {E.TASK_CREATED},
        refused="constituent",
        again=False,
    ),
    "incidents.actions.notify.tell": Story(
        _tell, {E.NOTICE_SENT, E.RELEASE_ENTERED, E.INCIDENT_CONCERN_DROPPED}, refused="constituent", again=False
    ),
    "incidents.actions.participants.add_participant": Story(
        _add_participant, {E.PARTICIPANT_ADDED}, refused="constituent"
    ),
    "incidents.actions.reevaluation.reevaluate_cases": Story(_reevaluate, {E.OBLIGATION_DERIVED}),
    "incidents.actions.reevaluation.reevaluate_reports": Story(_reevaluate_reports, {E.OBLIGATION_DERIVED}),
    "incidents.actions.participants.remove_participant": Story(
        _remove_participant, {E.PARTICIPANT_LEFT}, refused="constituent"
    ),
    "incidents.actions.submissions.take": Story(_take, {E.SUBMISSION_RECEIVED}, by="constituent"),
    "incidents.actions.submissions.release": Story(
        lambda d: lambda actor: submissions.release(d.aside.public_id, version=1, actor=actor),
        {E.SUBMISSION_RELEASED},
        refused="auditor",
    ),
    "incidents.actions.submissions.reject": Story(
        lambda d: lambda actor: submissions.reject(d.waiting.public_id, reason="x", version=1, actor=actor),
        {E.SUBMISSION_REJECTED, E.OBLIGATION_WAIVED},
        refused="city",
    ),
    "incidents.actions.triage.open_incident": Story(
        _accept,
        {E.INCIDENT_OPENED, E.SUBMISSION_ACCEPTED, E.PARTICIPANT_ADDED},
        refused="city",
    ),
    "incidents.actions.triage.merge_submission": Story(
        _merge_submission, {E.SUBMISSION_MERGED, E.PARTICIPANT_ADDED}, refused="auditor"
    ),
    "notices.actions.answer": Story(
        lambda d: (lambda key: lambda actor: notices.answer(key, code="confirm", grade=Grade.SIGNED_IN, actor=actor))(
            d.receipt().public_id
        ),
        {E.RECEIPT_ANSWERED},
        by="reviewer",
        refused="officer",
    ),
    "notices.actions.answer_by_link": Story(_answer_by_link, {E.RECEIPT_ANSWERED}),
    "notices.actions.mark_read": Story(
        lambda d: (lambda key: lambda actor: notices.mark_read(key, actor=actor))(d.receipt().public_id),
        {E.RECEIPT_READ},
        by="reviewer",
        refused="auditor",
    ),
    "notices.delivery._claim": Story(lambda d: lambda actor: delivery._claim("lease", "email")),
    "notices.settling.settle": Story(_settle, {E.DELIVERY_SETTLED}, again=False),
    "notices.reports.hear": Story(_report, {E.DELIVERY_REPORTED, E.CONTACT_BROKEN}),
    "notices.reports._later": Story(_report_later, {E.DELIVERY_REPORTED}),
    "notices.incoming.placing.take_mail": Story(_reply, {E.INCOMING_KEPT, E.RECEIPT_ANSWERED}),
    "notices.partners.taking.take_one": Story(
        lambda d: lambda actor: taking.take_one(verdict.judge_alone(_CAP), "0" * 64, NOTHING, "weather", ""),
        {E.PARTNER_ALERT_TAKEN},
    ),
    "notices.incoming.placing.take_sms": Story(
        lambda d: lambda actor: placing.take_sms("sms", Replied("+886900000000", "ABCDEF 1", "1")), {E.INCOMING_KEPT}
    ),
    "notices.incoming.placing.settle": Story(
        lambda d: (lambda key: lambda actor: placing.settle(key, note="x", actor=actor))(_unplaced(d)),
        {E.INCOMING_SETTLED},
    ),
    "operations.actions.record_fact": Story(
        lambda d: lambda actor: operations.record_fact(d.fact, words="x", source="x", actor=actor),
        {E.FACT_RECORDED},
        refused="auditor",
        again=False,
    ),
    "operations.actions.record_decision": Story(
        lambda d: lambda actor: operations.record_decision(d.fact, words="x", reason="x", actor=actor),
        {E.DECISION_TAKEN},
        refused="auditor",
        again=False,
    ),
    "operations.actions.add_task": Story(
        lambda d: lambda actor: operations.add_task(d.fact, title="x", actor=actor),
        {E.TASK_CREATED},
        refused="auditor",
        again=False,
    ),
    "operations.actions.finish_task": Story(_finish, {E.TASK_DONE}, refused="auditor"),
    "parties.actions.contacts.add_contact": Story(
        lambda d: (
            lambda actor: contacts.add_contact(
                d.seat().public_id, kind="email", address="b@sunpower.example", actor=actor
            )
        ),
        {E.CONTACT_ADDED},
        by="org_admin",
        refused="constituent",
    ),
    "parties.actions.contacts.verify_contact": Story(_verify, {E.CONTACT_VERIFIED}, refused="org_admin", again=False),
    "parties.actions.contacts.give_key": Story(
        lambda d: (lambda key: lambda actor: contacts.give_key(key, key=keys.PUBLIC, actor=actor))(
            ContactPoint.objects.get(seat=d.seat()).public_id
        ),
        {E.CONTACT_KEY_GIVEN},
        by="org_admin",
        refused="constituent",
    ),
    "parties.actions.contacts.set_feeds": Story(
        lambda d: (lambda key: lambda actor: contacts.set_feeds(key, types="*", least=2, actor=actor))(
            ContactPoint.objects.get(seat=d.seat()).public_id
        ),
        {E.CONTACT_FEEDS_SET},
        by="org_admin",
        refused="constituent",
    ),
    "parties.actions.contacts.set_cases": Story(
        lambda d: (lambda key: lambda actor: contacts.set_cases(key, events=["closed"], actor=actor))(
            ContactPoint.objects.create(
                seat=d.seat(), kind="webhook", address="https://hook.sunpower.example/"
            ).public_id
        ),
        {E.CONTACT_CASES_SET},
        by="org_admin",
        refused="constituent",
    ),
    "parties.actions.contacts.set_quiet": Story(
        lambda d: (lambda key: lambda actor: contacts.set_quiet(key, hours="22:00-07:00", actor=actor))(
            ContactPoint.objects.get(seat=d.seat()).public_id
        ),
        {E.CONTACT_QUIET_SET},
        by="org_admin",
        refused="constituent",
    ),
    "parties.actions.contacts.remove_contact": Story(
        lambda d: (lambda key: lambda actor: contacts.remove_contact(key, actor=actor))(
            ContactPoint.objects.get(seat=d.seat()).public_id
        ),
        {E.CONTACT_REMOVED},
        by="org_admin",
        refused="constituent",
    ),
    "parties.actions.groups.keep_group": Story(_group, {E.GROUP_CHANGED}, by="admin", refused="officer"),
    "parties.actions.imports.receive_import": Story(
        lambda d: lambda actor: imports.receive_import(CSV, name="a.csv", actor=actor),
        {E.ORGANISATION_IMPORTED},
        by="admin",
        refused="officer",
        again=False,
    ),
    "parties.actions.imports.apply_import": Story(
        _imported, {E.ORGANISATION_IMPORTED, E.ORGANISATION_CREATED}, by="admin"
    ),
    "parties.actions.networks.add_network": Story(
        lambda d: lambda actor: networks.add_network(d.home("SUNPOWER").public_id, value="192.0.2.1", actor=actor),
        {E.NETWORK_ADDED},
        refused="org_admin",
    ),
    "parties.actions.networks.end_network": Story(_end_network, {E.NETWORK_ENDED}, refused="org_admin"),
    "parties.actions.organisations.create_organisation": Story(
        lambda d: (
            lambda actor: organisations.create_organisation(
                OrganisationDraft(code="NEW", name_zh="新", name_en="New", kind="company"), actor=actor
            )
        ),
        {E.ORGANISATION_CREATED},
        refused="org_admin",
    ),
    "parties.actions.organisations.edit_organisation": Story(
        _edit_organisation, {E.ORGANISATION_EDITED}, refused="handler"
    ),
    "parties.actions.organisations.place_under_law": Story(
        _place_under_law, {E.ORGANISATION_EDITED}, refused="handler"
    ),
    "parties.actions.organisations.enrol_organisation": Story(_enrol, {E.ORGANISATION_ENROLLED}, refused="handler"),
    "parties.actions.organisations.mark_compromised": Story(
        _compromised, {E.ORGANISATION_COMPROMISED}, refused="handler"
    ),
    "parties.actions.seats.create_seat": Story(
        lambda d: (
            lambda actor: seats.create_seat(
                d.home("SUNPOWER").public_id, title_zh="副", title_en="Deputy", roles=["reporter"], actor=actor
            )
        ),
        {E.SEAT_CREATED},
        by="org_admin",
        refused="constituent",
        again=False,
    ),
    "parties.actions.seats.offer_seat": Story(
        lambda d: (
            lambda actor: seats.offer_seat(d.seat().public_id, name="甲", email="a@sunpower.example", actor=actor)
        ),
        {E.SEAT_OFFERED},
        by="org_admin",
        refused="constituent",
        again=False,
    ),
    "parties.actions.seats.withdraw_offer": Story(
        _withdraw, {E.SEAT_OFFER_WITHDRAWN}, by="org_admin", refused="constituent"
    ),
    "parties.actions.seats.accept_seat": Story(_accept_seat, {E.TENURE_BEGUN, E.ACCOUNT_CREATED}, by="anonymous"),
    "parties.actions.seats.end_tenure": Story(
        _end_tenure, {E.TENURE_ENDED, E.ACCOUNT_ENDED}, by="org_admin", refused="constituent"
    ),
    "parties.actions.shifts.start_shift": Story(
        lambda d: lambda actor: shifts.start_shift(actor=actor), {E.SHIFT_STARTED}, refused="auditor"
    ),
    "parties.actions.shifts.end_shift": Story(_end_shift, {E.SHIFT_ENDED}, refused="auditor"),
    "records.actions.take_up": Story(
        lambda d: lambda actor: records.take_up(d.parked.pk, actor=actor),
        {E.EVENT_TAKEN_UP},
        by="admin",
        refused="officer",
    ),
    "watching.actions.alerts.answer_alert": Story(_answer_alert, {E.ALERT_ANSWERED}, refused="auditor"),
    "watching.actions.alerts.climb": Story(_climb, {E.ALERT_TOLD}),
    "watching.actions.alerts.close_alert": Story(_close_alert, {E.ALERT_CLOSED}),
    "watching.actions.alerts.raise_alert": Story(_raise, {E.ALERT_RAISED, E.ALERT_TOLD}),
    "watching.actions.feeds.make_feed": Story(
        lambda d: lambda actor: feeds.make_feed(actor=actor), {E.FEED_MADE}, by="constituent", again=False
    ),
    "watching.actions.feeds.revoke_feed": Story(_revoke_feed, {E.FEED_REVOKED}, by="constituent"),
    "watching.actions.feeds.revoke_feeds_of": Story(_revoke_feeds, {E.FEED_REVOKED}),
    "watching.actions.watches.accept_hand_over": Story(
        _accept_hand_over, {E.HAND_OVER_ACCEPTED}, by="handler", refused="auditor"
    ),
    "watching.actions.watches.change_watch": Story(_change_watch, {E.WATCH_CHANGED}, refused="handler"),
    "watching.actions.watches.plan_watches": Story(_plan, {E.WATCH_PLANNED}, refused="handler"),
    "watching.actions.watches.remove_watch": Story(_remove_watch, {E.WATCH_REMOVED}, refused="handler"),
    "watching.actions.watches.write_hand_over": Story(_write_hand_over, {E.HAND_OVER_WRITTEN}, refused="auditor"),
    "wiring.backup._note": Story(_noted, {E.BACKUP_TAKEN}, again=False),
    "wiring.worker.write_seal": Story(lambda d: lambda actor: worker.write_seal(), {E.SEAL_WRITTEN}),
    **JUDGING,
    **WARNING,
    **SHARING,
    **CASEWORK,
    **HELPING,
    **EXPOSURE,
    **IMPORTING,
    **JOINT,
    **LESSONS,
    **LISTS,
    **TAKEDOWN,
    **OBSERVING,
}
SILENT = {
    "observations.running._batch": "counts rows in; what became of the run is recorded when it is finished",
    "files.actions.collect_orphan": "takes bytes away that no row names, so that nothing was ever kept",
    "files.actions.unlink_purged": "takes bytes away whose purge is recorded already",
    "notices.delivery._claim": "leases rows for a moment; what becomes of them is recorded when it is known",
}
"""Verbs that leave no entry, with the reason."""

SYSTEM = actors.system("test")
