"""A world with something of every kind, and for each hidden thing how it would be if it had never been there."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import Any

import polars as pl
from django.db.models import Q

from tests.conftest import NOON, Cast
from tests.notices.warnings import drafted
from tests.observations.feeds import deliver, named, ssh
from tests.standards.exports import HIVE, exported
from tongbao.accounts.actions import issue_token
from tongbao.accounts.models import ApiToken, Invitation, User
from tongbao.approvals import actions as approvals
from tongbao.approvals.models import Approval, Edition, Finding, Opinion, Ruling
from tongbao.assistance.actions import helping, membership
from tongbao.assistance.models import Capability, Engagement, HelpRequest, Membership
from tongbao.cooperation.models import Agreement
from tongbao.engines.archive.writing import put, stem
from tongbao.engines.telemetry import catalogue
from tongbao.files import steps as files
from tongbao.files.models import StoredFile
from tongbao.incidents.actions import cases, filings, inquiries, log, notify, submissions, triage
from tongbao.incidents.actions import imports as case_imports
from tongbao.incidents.actions import lists as views
from tongbao.incidents.actions.submissions import submit
from tongbao.incidents.actions.triage import IncidentDraft
from tongbao.incidents.models import (
    CaseImport,
    Classification,
    Filing,
    FilingEdition,
    Incident,
    Inquiry,
    LogEntry,
    Obligation,
    Observable,
    Participant,
    SavedView,
    Submission,
)
from tongbao.incidents.rules.filings import Answers
from tongbao.incidents.rules.intake import Draft
from tongbao.joint import actions as joining
from tongbao.joint.models import JointAssessment, JointEdition, JointParty, JointSignature
from tongbao.journal.models import JournalEntry
from tongbao.kernel import canonical, clock
from tongbao.kernel.markings import TLP, Marking, Track
from tongbao.lessons.actions import Draft as Words
from tongbao.lessons.actions import write_lesson
from tongbao.lessons.models import Lesson
from tongbao.notices.actions import audiences, drafts, enclosing
from tongbao.notices.models import Delivery, Incoming, Notice, PartnerAlert, Receipt, SavedAudience
from tongbao.notices.models import Draft as WarningDraft
from tongbao.notices.rules.content import Audience as AudienceOf
from tongbao.notices.rules.content import Texts
from tongbao.observations import archiving
from tongbao.observations.models import ArchiveFile, FeedRun
from tongbao.observations.models import Finding as FeedFinding
from tongbao.observations.rules import counts
from tongbao.operations import actions as operations
from tongbao.operations import enrolment_actions, frame_actions
from tongbao.operations.enrolment_actions import Named
from tongbao.operations.models import Decision, Enrolment, Fact, Operation, Task, routine
from tongbao.operations.rules import Draft as FrameDraft
from tongbao.parties.actions import contacts, groups, imports, networks, seats
from tongbao.parties.actions.turns import Span, keep_turns
from tongbao.parties.models import (
    ContactPoint,
    DirectoryImport,
    Network,
    Offer,
    Organisation,
    Person,
    Seat,
    SharingGroup,
    Tenure,
    Turn,
)
from tongbao.policy import actors
from tongbao.policy.actors import ANONYMOUS, Actor
from tongbao.policy.models import Audience, mark
from tongbao.records import things as records
from tongbao.release import actions as release
from tongbao.release.models import Consent, Outgoing, Recall, Release
from tongbao.search.models import SearchDoc
from tongbao.takedown import actions as takedowns
from tongbao.takedown.models import Takedown
from tongbao.watching import left
from tongbao.watching.actions import feeds, watches
from tongbao.watching.models import Alert, Feed, HandOver, Watch

SYSTEM = actors.system("test")
DOOR = Submission.Door.WEB
HOLDERS = ("officer", "auditor", "admin", "reviewer", "constituent", "stranger")
"""Who has a key for programs."""


@dataclass
class Thing:
    """Something that not everyone may see. ``erase`` makes the database as if it had never been there."""

    name: str
    kind: str
    row: Any
    seen_by: Callable[[Actor], bool]
    erase: Callable[[], None]
    ids: dict[str, list[str]] = field(default_factory=dict)
    words: str = ""
    organisation: str = ""
    extra: dict[str, str] = field(default_factory=dict)


@dataclass
class World:
    things: list[Thing]
    held: Submission
    """The submission whose receipt the anonymous visitor holds."""
    tokens: dict[str, str]


KINDS: dict[str, Callable[[Actor], Any]] = {
    "agreement": lambda actor: Agreement.objects.visible_to(actor),
    "alert": lambda actor: Alert.objects.visible_to(actor),
    "approval": lambda actor: Approval.objects.visible_to(actor),
    "capability": lambda actor: Capability.objects.visible_to(actor),
    "consent": lambda actor: Consent.objects.visible_to(actor),
    "engagement": lambda actor: Engagement.objects.visible_to(actor),
    "help-request": lambda actor: HelpRequest.objects.visible_to(actor),
    "membership": lambda actor: Membership.objects.visible_to(actor),
    "enrolment": lambda actor: Enrolment.objects.visible_to(actor),
    "outgoing": lambda actor: Outgoing.objects.visible_to(actor),
    "recall": lambda actor: Recall.objects.visible_to(actor),
    "release": lambda actor: Release.objects.visible_to(actor),
    "filing": lambda actor: Filing.objects.visible_to(actor),
    "finding": lambda actor: Finding.objects.visible_to(actor),
    "contact": lambda actor: ContactPoint.objects.filter(seat__in=Seat.objects.visible_to(actor)),
    "feed": lambda actor: Feed.objects.visible_to(actor),
    "feed-finding": lambda actor: FeedFinding.objects.visible_to(actor),
    "feed-run": lambda actor: FeedRun.objects.visible_to(actor),
    "group": lambda actor: SharingGroup.objects.visible_to(actor),
    "hand-over": lambda actor: HandOver.objects.visible_to(actor),
    "lesson": lambda actor: Lesson.objects.visible_to(actor),
    "case-import": lambda actor: CaseImport.objects.visible_to(actor),
    "import": lambda actor: DirectoryImport.objects.visible_to(actor),
    "incident": lambda actor: Incident.objects.visible_to(actor),
    "inquiry": lambda actor: Inquiry.objects.visible_to(actor),
    "incoming": lambda actor: Incoming.objects.visible_to(actor),
    "network": lambda actor: Network.objects.filter(organisation__in=Organisation.objects.visible_to(actor)),
    "notice": lambda actor: Notice.objects.visible_to(actor),
    "obligation": lambda actor: Obligation.objects.visible_to(actor),
    "offer": lambda actor: Offer.objects.filter(seat__in=Seat.objects.visible_to(actor)),
    "partner-alert": lambda actor: PartnerAlert.objects.visible_to(actor),
    "draft": lambda actor: WarningDraft.objects.visible_to(actor),
    "audience": lambda actor: SavedAudience.objects.visible_to(actor),
    "operation": lambda actor: Operation.objects.all(),
    "organisation": lambda actor: Organisation.objects.visible_to(actor),
    "participant": lambda actor: Participant.objects.visible_to(actor),
    "receipt": lambda actor: Receipt.objects.visible_to(actor),
    "joint": lambda actor: JointAssessment.objects.visible_to(actor),
    "view": lambda actor: SavedView.objects.visible_to(actor),
    "takedown": lambda actor: Takedown.objects.visible_to(actor),
    "seat": lambda actor: Seat.objects.visible_to(actor),
    "submission": lambda actor: Submission.objects.visible_to(actor),
    "task": lambda actor: Task.objects.visible_to(actor),
    "turn": lambda actor: Turn.objects.filter(seat__in=Seat.objects.visible_to(actor)),
    "tenure": lambda actor: Tenure.objects.filter(seat__in=Seat.objects.visible_to(actor)),
    "token": lambda actor: ApiToken.objects.filter(user=actor.user),
    "watch": lambda actor: Watch.objects.visible_to(actor).standing(),
}


def visible_files(actor: Actor) -> Any:
    submitted = Submission.objects.visible_to(actor).values("public_id")
    entries = LogEntry.objects.visible_to(actor).values("public_id")
    return StoredFile.objects.filter(
        Q(subject_kind="submission", subject_ref__in=submitted)
        | Q(subject_kind="entry", subject_ref__in=entries)
        | Q(subject_kind="draft", subject_ref__in=WarningDraft.objects.visible_to(actor).values("public_id"))
        | Q(subject_kind="notice", subject_ref__in=Notice.objects.visible_to(actor).values("public_id"))
        | Q(subject_kind="notice", subject_ref__in=Receipt.objects.visible_to(actor).values("notice__public_id"))
    )


KINDS["file"] = visible_files


def build(cast: Cast) -> World:
    """The world at noon. Words that belong to one hidden thing alone are made up, so that searching for them tells."""
    officer = cast.officer
    things: list[Thing] = []
    power = _power_case(cast, things)
    _red_case(cast, power, things)
    _withheld(cast, things)
    _bureau_case(cast, things)
    _city_submission(cast, things)
    held = _citizen(things)
    _quarantined(things)
    _known_beginnings(cast, things)
    _directory(cast, things)
    _operation(cast, things)
    _warnings(cast, things)
    _sharing(cast, power, things)
    _helping(cast, power, things)
    _takedowns(cast, things)
    _lessons(cast, things)
    _joint(cast, power, things)
    _views(cast, things)
    _watching(cast, things)
    _feeds(cast, things)
    _incoming()
    issue_token(actor=cast.bureau, label="a secret program", scopes=_scopes(cast.bureau), days=30)
    tokens = {
        who: issue_token(actor=getattr(cast, who), label="leak test", scopes=_scopes(getattr(cast, who)), days=30)[1]
        for who in HOLDERS
    }
    token = ApiToken.objects.get(user=cast.country.people["auditor"])
    things.append(_thing("a token of the auditor", "token", token, lambda: _drop(token)))
    kept = imports.receive_import(
        "code,name_zh,name_en,kind\nZZ,匯入機關,Imported,agency\n".encode(), name="a.csv", actor=cast.admin
    )
    things.append(_thing("the administrator's import", "import", kept, lambda: _drop(kept)))
    foreign = case_imports.receive_import(
        exported(HIVE), name="a.json", product="thehive", tlp=TLP.AMBER, actor=cast.handler
    )
    things.append(_thing("a handler's file of cases", "case-import", foreign, lambda: _drop(foreign)))
    assert officer.office
    return World(things, held, tokens)


def _warnings(cast: Cast, things: list[Thing]) -> None:
    """A TLP:RED warning to one seat, and one that two officers are still writing; recipients kept under a name."""
    draft = _red_draft(cast, "frumiousword")
    Audience.objects.get_or_create(
        kind="draft", object_id=draft.pk, grantee="user", grantee_id=cast.country.people["liaison"].pk
    )

    def unwritten() -> None:
        _erase_files(draft)
        _erase_marked(draft)

    beside = {"file": [each.public_id for each in files.attached(draft)]}
    things.append(_thing("a TLP:RED draft", "draft", draft, unwritten, ids=beside, words="frumiousword"))
    other = _red_draft(cast, "uffishword")
    Audience.objects.get_or_create(
        kind="draft", object_id=other.pk, grantee="user", grantee_id=cast.country.people["officer"].pk
    )
    notice = drafts.approve_draft(other.public_id, digest=other.digest, actor=cast.officer)
    parts = list(WarningDraft.objects.filter(Q(notice=notice) | Q(replaces=notice)))
    receipts = list(notice.receipts.all())

    enclosed = [each for row in (*parts, notice) for each in files.attached(row)]

    def erase() -> None:
        for row in (*parts, notice):
            _erase_files(row)
        forget_journal(*(each.subject() for each in (*parts, *receipts)))
        WarningDraft.objects.filter(pk__in=[each.pk for each in parts]).update(notice=None, replaces=None)
        for each in parts:
            _erase_marked(each)
        _erase_marked(notice)

    ids = {
        "draft": [each.public_id for each in parts],
        "receipt": [each.public_id for each in receipts],
        "file": [each.public_id for each in enclosed],
    }
    things.append(_thing("a TLP:RED warning", "notice", notice, erase, ids=ids, words="uffishword"))
    came = PartnerAlert.objects.create(
        source="weather",
        sender="manxomeword",
        identifier="manxomeword-1",
        sent=clock.now(),
        headline="manxomeword",
        text="<alert>manxomeword</alert>",
        state=PartnerAlert.State.NOTED,
    )
    things.append(_thing("a partner's warning", "partner-alert", came, lambda: _drop(came), words="manxomeword"))
    kept = audiences.keep_audience(
        None,
        name_zh="whifflingword",
        name_en="whifflingword",
        audience=AudienceOf(sectors=("energy",)),
        actor=cast.officer,
    )
    things.append(_thing("a group of recipients", "audience", kept, lambda: _drop(kept), words="whifflingword"))


def _red_draft(cast: Cast, word: str) -> WarningDraft:
    """Handed in, with a file."""
    draft = drafted(cast, "SUNPOWER", tlp=TLP.RED, texts=Texts(word, word, "x", "x"))
    uploads = files.receive([_Upload(f"{word}.txt")])
    draft = enclosing.enclose(draft.public_id, uploads, version=draft.version, actor=cast.handler)
    return drafts.submit_draft(draft.public_id, version=draft.version, actor=cast.handler)


def _incoming() -> None:
    """Somebody has replied to every notice; it could not be told what was meant."""
    for row in Delivery.objects.filter(receipt__isnull=False).order_by("id"):
        Incoming.objects.create(
            channel="email",
            state=Incoming.State.UNPLACED,
            why="answer-unclear",
            sender=row.address,
            subject_line="Re: gimblefish",
            text="borogofish",
            digest=row.public_id,
            delivery=row,
        )


def _scopes(actor: Actor) -> list[str]:
    from tongbao.policy import rules
    from tongbao.policy.can import Can

    return [can.value for can in Can if rules.holds(actor, can)]


def _received(notice: Notice, actor: Actor) -> bool:
    """Who holds a receipt knows of what the notice is about, though not its page."""
    return bool(Receipt.objects.visible_to(actor).filter(notice=notice).exists())


def _thing(name: str, kind: str, row: Any, erase: Callable[[], Any], **more: Any) -> Thing:
    def seen(actor: Actor) -> bool:
        return bool(KINDS[kind](actor).filter(pk=row.pk).exists())

    def gone() -> None:
        forget_journal(row.subject())
        erase()

    made = Thing(name, kind, row, seen, gone, **more)
    made.ids.setdefault(kind, []).insert(0, row.public_id)
    return made


def forget_journal(*subjects: tuple[str, str]) -> None:
    """As if nothing had ever been recorded about these things."""
    for _, ref in subjects:
        JournalEntry.objects.filter(text__contains=ref).delete()


def _power_case(cast: Cast, things: list[Thing]) -> Incident:
    """A case with three participants, threads, notes, notices to two owners, tasks, files."""
    taken = submit(
        Draft(summary="zorkmid 電力調度異常", level=3, addresses="203.0.113.66\n192.0.2.200", systems="SCADA-7"),
        key="leak:power",
        door=Submission.Door.WEB,
        uploads=files.receive([_Upload("zorkmid.txt")]),
        actor=cast.constituent,
    )
    incident = triage.open_incident(
        IncidentDraft(
            title="電力調度 quuxfish 事件",
            summary="frobnitz 細節只給承辦人",
            level=3,
            owner=cast.country.organisations["SUNPOWER"].public_id,
            addresses="203.0.113.66\n192.0.2.200",
            systems="SCADA-7",
        ),
        submission=taken.submission.public_id,
        actor=cast.officer,
    )
    _tell(cast, incident)
    incident.refresh_from_db()
    before = incident.updated_at
    secret = log.note(incident.public_id, words="內部研判 plughword", actor=cast.officer)
    red = log.note(incident.public_id, words="僅限本人 xyzzyword", tlp=TLP.RED, actor=cast.handler)
    hoster = Participant.objects.get(incident=incident, organisation__code="FARHILL")
    power = Participant.objects.get(incident=incident, organisation__code="SUNPOWER")
    said = log.message(
        incident.public_id,
        thread=hoster.public_id,
        words="主機業者回覆 grueword",
        uploads=files.receive([_Upload("grueword.log")]),
        actor=cast.hoster,
    )
    answered = log.message(
        incident.public_id, thread=power.public_id, words="電力公司回覆 nitfolword", actor=cast.constituent
    )
    asked = inquiries.ask(
        incident.public_id,
        threads=[power.public_id],
        words="請提供 mimsyword 日誌",
        due_at=clock.now() + timedelta(days=1),
        actor=cast.officer,
    )[0]
    things.append(_inquiry(asked, before))
    for name, entry, words in (
        ("a note among handlers", secret, "plughword"),
        ("a TLP:RED note", red, "xyzzyword"),
        ("the hoster's message", said, "grueword"),
        ("the power company's message", answered, "nitfolword"),
    ):
        things.append(_entry(name, entry, words, before))
    task = log.add_task(incident.public_id, title="調閱日誌 bazword", actor=cast.officer)
    things.append(_thing("a task on the case", "task", task, lambda: _erase_marked(task), words="bazword"))
    things += _papers(cast, incident)
    receipts = Receipt.objects.filter(notice__subject_ref=incident.public_id).select_related("organisation")
    things += [
        _thing(f"the receipt of {each.organisation.code}", "receipt", each, partial(_drop, each)) for each in receipts
    ]
    for participant in Participant.objects.filter(incident=incident).select_related("organisation"):
        assert participant.organisation is not None
        things.append(
            _thing(
                f"the participation of {participant.organisation.code}",
                "participant",
                participant,
                partial(_erase_participant, participant),
            )
        )
    _alert_of(incident)
    case = _thing("the power case", "incident", incident, lambda: _erase_case(incident), words="quuxfish")
    case.ids |= _parts(incident)
    case.extra = {"number": incident.number, "reference": incident.reference}
    case.organisation = cast.country.organisations["SUNPOWER"].public_id
    things.append(case)
    return incident


def _papers(cast: Cast, incident: Incident) -> list[Thing]:
    """What the law has written down about a case: a draft, and a level that waits for its reviewer with a finding."""
    begun = filings.begin(incident.public_id, form="containment-notice", actor=cast.constituent)
    words = Answers(texts={"course": "草稿 tumtumword"})
    draft = filings.save(begun.public_id, words, version=begun.version, actor=cast.constituent)
    level = _judged(incident).get(kind="level-review")
    finding = approvals.raise_finding(level.public_id, passage="reasons", words="何以 uffishword", actor=cast.reviewer)
    waiting = _thing("the level under review", "approval", level, lambda: _erase_approval(level), words="uffishword")
    waiting.ids["finding"] = [finding.public_id]
    return [
        _thing("a draft of the organisation hit", "filing", draft, lambda: _erase_filing(draft), words="tumtumword"),
        waiting,
    ]


def _withheld(cast: Cast, things: list[Thing]) -> None:
    """What a published notice keeps from the public: the notice itself is there for everyone."""
    incident = triage.open_incident(IncidentDraft(title="已公告案件", level=4), actor=cast.officer)
    home = cast.country.organisations["NCO"].public_id
    begun = filings.begin(incident.public_id, form="public-notice", organisation=home, actor=cast.officer)
    texts = begun.answers.texts | dict.fromkeys(("cause", "impact", "control", "improvement"), "已公開")
    kept = Answers(texts=texts | {"cause": "不公開 galumphword"}, withheld={"cause": "營業秘密 burbleword"})
    notice = filings.save(begun.public_id, kept, version=begun.version, actor=cast.officer)
    filings.file(notice.public_id, version=notice.version, actor=cast.officer)

    def erase() -> None:
        other = canonical.text(Answers(texts=texts, withheld={"cause": "另一理由"}))
        Filing.objects.filter(pk=notice.pk).update(draft=other)
        FilingEdition.objects.filter(filing=notice).update(content=other, digest=canonical.digest(other))

    def seen(actor: Actor) -> bool:
        return Filing.objects.visible_to(actor).filter(pk=notice.pk).exists()

    ids = {"filing": [notice.public_id]}
    things.append(Thing("what a notice withholds", "filing", notice, seen, erase, ids=ids, words="galumphword"))


class _Upload:
    def __init__(self, name: str) -> None:
        self.name: str | None = name
        self.content_type: str | None = "text/plain"

    def chunks(self) -> list[bytes]:
        return [f"content of {self.name}".encode()]


def _tell(cast: Cast, incident: Incident) -> None:
    from tongbao.incidents import queries

    choices = [
        notify.Choice(
            organisation=each.organisation.public_id,
            seat=each.seat.public_id if each.seat else "",
            template=each.proposal.template,
            why=tuple({"reason": why.reason, "address": why.address} for why in each.proposal.why),
        )
        for each in queries.concerned(incident, cast.officer)
    ]
    notify.tell(
        incident.public_id, notify.Telling(choices=tuple(choices)), version=incident.version, actor=cast.officer
    )


def _entry(name: str, entry: LogEntry, words: str, updated_at: Any) -> Thing:
    def erase() -> None:
        forget_journal(entry.subject())
        _erase_entry(entry)
        Incident.objects.filter(pk=entry.incident_id).update(updated_at=updated_at)

    def seen(actor: Actor) -> bool:
        return LogEntry.objects.visible_to(actor).filter(pk=entry.pk).exists()

    attached = [each.public_id for each in files.attached(entry)]
    return Thing(name, "entry", entry, seen, erase, ids={"file": attached}, words=words)


def _inquiry(asked: Inquiry, updated_at: Any) -> Thing:
    def erase() -> None:
        _erase_inquiry(asked)
        Incident.objects.filter(pk=asked.incident_id).update(updated_at=updated_at)

    return _thing("what the power company was asked", "inquiry", asked, erase, words="mimsyword")


def _red_case(cast: Cast, power: Incident, things: list[Thing]) -> None:
    """A TLP:RED case that only the duty officer is named for, linked to the power case."""
    red = triage.open_incident(
        IncidentDraft(
            title="紅色案件 blorpfish",
            tlp=TLP.RED,
            owner=cast.country.organisations["HARBOUR"].public_id,
            level=4,
            addresses="192.0.2.10",
        ),
        actor=cast.officer,
    )
    log.note(red.public_id, words="紅色研判 blorpnote", actor=cast.officer)
    log.add_task(red.public_id, title="紅色待辦 blorptask", due_at=clock.now() - timedelta(hours=1), actor=cast.officer)
    cases.link_incidents(red.public_id, other=power.public_id, reason="同一來源 blorplink", actor=cast.officer)
    _alert_of(red)
    thing = _thing("the TLP:RED case", "incident", red, lambda: _erase_case(red), words="blorpfish")
    thing.ids |= _parts(red)
    thing.extra = {"number": red.number, "reference": red.reference}
    things.append(thing)


def _alert_of(incident: Incident) -> None:
    """An alert about a duty of the case, as it would be raised when that is overdue."""
    for duty in incident.obligations.open()[:1]:
        Alert.objects.create(
            operation=duty.operation, reason="overdue", obligation=duty, moment=duty.due_at, raised_at=clock.now()
        )


def _watching(cast: Cast, things: list[Thing]) -> None:
    """A watch of the officer's, handed over with everything that there is to look after, hidden things too; and the
    auditor's calendar link."""
    person = Person.objects.get(user=cast.country.people["officer"]).public_id
    times = [(clock.now() - timedelta(hours=4), clock.now() + timedelta(hours=4))]
    watch = watches.plan_watches(person, times, actor=cast.officer)[0]
    items = [(each.kind, each.thing.public_id) for each in left.proposed(cast.officer)]
    written = watches.write_hand_over(watch.public_id, notes="交接", items=items, actor=cast.officer)
    feed, _secret = feeds.make_feed(actor=cast.auditor)  # who reads in the journal that others have made one

    def unwatched() -> None:
        forget_journal(written.subject(), watch.subject())
        _drop(written)
        _drop(watch)

    row = _thing("the officer's watch", "watch", watch, unwatched, ids={"hand-over": [written.public_id]})
    things.append(row)
    things.append(_thing("the auditor's calendar link", "feed", feed, lambda: _drop(feed)))


def _feeds(cast: Cast, things: list[Thing]) -> None:
    """What a feed has seen of the power company, of the bureau, and of nobody who is known; a file that was refused."""
    one = f"{0xFFFF64C80103:032x}"
    own = cast.country.organisations["NSB-D"].networks.create(
        kind="cidr", value="100.200.1.3/32", first=one, last=one, starts_at=NOON
    )
    deliver(ssh("198.51.100.77", "100.200.1.2", "100.200.1.3"), named("scan_ssh"), actor=cast.officer)
    own.delete()
    assert FeedFinding.objects.get(address="100.200.1.3").track == Track.NATIONAL_SECURITY
    for row, words in zip(FeedFinding.objects.order_by("address"), ("burbledword", "whifflingword", ""), strict=True):
        FeedFinding.objects.filter(pk=row.pk).update(words=words)
        things.append(_thing(f"a finding at {row.address}", "feed-finding", row, partial(_unseen, row), words=words))
    refused = deliver(b"tulgeyword", "tulgeyword.csv", actor=cast.officer)
    things.append(_thing("a file of a feed", "feed-run", refused, partial(_drop, refused), words="tulgeyword"))


def _bureau_case(cast: Cast, things: list[Thing]) -> None:
    """A case on the national-security track, and its organisation."""
    bureau = cast.country.organisations["NSB-D"]
    made = Incident.objects.create(
        operation=routine(),
        number="TB-2026-90001",
        title="國安體系案件 vextfish",
        profile="TW-2026",
        owner=bureau,
        aware_at=clock.now(),
        received_at=clock.now(),
        opened_at=clock.now(),
        updated_at=clock.now(),
        track=Track.NATIONAL_SECURITY,
    )
    mark(made, Marking(TLP.AMBER, Track.NATIONAL_SECURITY, bureau.pk))
    from tongbao.incidents import steps

    steps.index(made)
    link = "https://vextsite.example/"
    for kind, value in (("url", link), ("domain", "vextsite.example")):
        Observable.objects.create(kind=kind, value=value, incident=made)
    thing = _thing("the national-security case", "incident", made, lambda: _erase_case(made), words="vextfish")
    thing.extra = {"number": made.number, "reference": made.reference}
    things.append(thing)


def _city_submission(cast: Cast, things: list[Thing]) -> None:
    taken = submit(
        Draft(summary="市府網站 wibblefish", level=2, description="wobblefish"),
        key="leak:city",
        door=Submission.Door.WEB,
        uploads=files.receive([_Upload("wibble.txt")]),
        actor=cast.city,
    )
    row = taken.submission
    thing = _thing("the city's submission", "submission", row, lambda: _erase_submission(row), words="wibblefish")
    thing.ids["file"] = [each.public_id for each in files.attached(row)]
    thing.ids["obligation"] = list(row.obligations.values_list("public_id", flat=True))
    things.append(thing)


def _citizen(things: list[Thing]) -> Submission:
    taken = submit(Draft(summary="民眾通報 snarkfish"), key="leak:citizen", door=Submission.Door.WEB, actor=ANONYMOUS)
    row = taken.submission
    things.append(
        _thing("the citizen's submission", "submission", row, lambda: _erase_submission(row), words="snarkfish")
    )
    return row


def _quarantined(things: list[Thing]) -> None:
    from tongbao.incidents.rules.intake import Arrival

    taken = submit(
        Draft(summary="可疑通報 boojumfish"),
        key="leak:trap",
        door=Submission.Door.WEB,
        arrival=Arrival(trap_filled=True),
        actor=ANONYMOUS,
    )
    row = taken.submission
    things.append(
        _thing("a submission set aside", "submission", row, lambda: _erase_submission(row), words="boojumfish")
    )
    rejected = submit(Draft(summary="廣告 jubjubfish"), key="leak:spam", door=Submission.Door.WEB, actor=ANONYMOUS)
    submissions.reject(rejected.submission.public_id, reason="廣告", version=1, actor=SYSTEM)


def _known_beginnings(cast: Cast, things: list[Thing]) -> None:
    """Hidden cases that visible things lead to: a report that became one, a case that goes on in one."""
    taken = submit(Draft(summary="海港系統 mimsyfish", level=2), key="leak:port", door=DOOR, actor=cast.city)
    home = cast.country.organisations["HARBOUR"].public_id
    port = triage.open_incident(
        IncidentDraft(title="港區案件 outgrabefish", level=2, owner=home),
        submission=taken.submission.public_id,
        actor=cast.officer,
    )
    first, kept = (
        triage.open_incident(IncidentDraft(title=title), actor=cast.officer)
        for title in ("併案前 tulgeyfish", "併案後 whifflingfish")
    )
    cases.merge_incident(first.public_id, into=kept.public_id, reason="同一攻擊", version=1, actor=cast.officer)
    for name, case, words in (
        ("the hidden case of a known report", port, "outgrabefish"),
        ("the hidden case that a known one goes on in", kept, "whifflingfish"),
    ):
        case.refresh_from_db()
        narrowed = IncidentDraft(
            title=case.title, level=case.level, tlp=TLP.RED, owner=case.owner.public_id if case.owner else ""
        )
        cases.edit_incident(case.public_id, narrowed, version=case.version, actor=cast.officer)
        case.refresh_from_db()
        thing = _thing(name, "incident", case, partial(_erase_case_only, case), words=words)
        thing.ids |= _parts(case) | {"submission": [], "file": []}
        thing.extra = {"number": case.number, "reference": case.reference}
        things.append(thing)


def _directory(cast: Cast, things: list[Thing]) -> None:
    bureau = cast.country.organisations["NSB-D"]
    networks.add_network(bureau.public_id, value="203.0.113.64/28", actor=SYSTEM)
    thing = _thing(
        "the organisation on the other track",
        "organisation",
        bureau,
        lambda: _erase_organisation(bureau),
        words="安全情報局",
    )
    thing.ids |= _inside(bureau)
    thing.extra = {"code": bureau.code, "email": "ho@bureau.example"}
    thing.extra["seat"] = bureau.seats.get().public_id
    things.append(thing)
    arcadia = cast.country.organisations["CSIRT-ARC"]
    seat = Seat.objects.get(organisation=arcadia)
    seats.offer_seat(seat.public_id, name="Nova Guest", email="nova@csirt-arcadia.example", actor=SYSTEM)
    Organisation.objects.filter(pk=arcadia.pk).update(supervisor=bureau)
    contacts.add_contact(seat.public_id, kind="telephone", address="+999 555 0100", actor=SYSTEM)
    now = clock.now()
    keep_turns(arcadia.public_id, [Span(seat.public_id, "on-call", now, now + timedelta(hours=8))], actor=SYSTEM)
    partner = _thing(
        "the foreign partner", "organisation", arcadia, lambda: _erase_organisation(arcadia), words="Arcadia"
    )
    partner.ids |= _inside(arcadia)
    partner.extra = {"code": arcadia.code, "email": "duty@csirt-arcadia.example", "seat": seat.public_id}
    things.append(partner)
    both = ["GREENHILL", "NSB-D"]
    group = groups.keep_group(None, name_zh="國安分享群組", name_en="Closed group", members=both, actor=SYSTEM)
    things.append(_thing("a sharing group", "group", group, lambda: _drop(group), words="Closed"))


def _operation(cast: Cast, things: list[Thing]) -> None:
    frame = routine()
    fact = operations.record_fact(frame.public_id, words="事實 tovefish", source="x", actor=cast.officer)
    things.append(_marked("a fact", fact, Fact, "tovefish"))
    decision = operations.record_decision(frame.public_id, words="決定 rathfish", reason="x", tlp=TLP.RED, actor=SYSTEM)
    things.append(_marked("a TLP:RED decision", decision, Decision, "rathfish"))
    task = operations.add_task(frame.public_id, title="待辦 wabefish", actor=cast.officer)
    things.append(_thing("a task of the operation", "task", task, lambda: _erase_marked(task), words="wabefish"))


def _helping(cast: Cast, power: Incident, things: list[Thing]) -> None:
    """Help offered on both tracks, asked for in a case, and an application for the alliance."""
    for code in ("SUNPOWER", "NSB-D"):
        row = Capability.objects.create(
            organisation=cast.country.organisations[code], kind="forensics", summary="mimsyword", vetting="vetted"
        )
        if code == "NSB-D":
            things.append(_thing("help offered on the other track", "capability", row, partial(_drop, row)))
    offered = Capability.objects.get(organisation__code="SUNPOWER")
    asked = helping.ask_for_help(
        power.public_id,
        kind="forensics",
        words="borogoveword",
        tlp=TLP.AMBER,
        answer_by=clock.now() + timedelta(hours=24),
        capabilities=[offered.public_id],
        actor=cast.officer,
    )
    part = asked.engagements.get()

    def erase() -> None:
        forget_journal(asked.subject(), offered.subject())
        for notice in Notice.objects.filter(subject_ref=asked.public_id):
            forget_journal(notice.subject())
            Delivery.objects.filter(receipt__notice=notice).delete()
            _erase_marked(notice)
        _drop(part)
        _erase_marked(asked)
        _drop(offered)

    ids = {"help-request": [asked.public_id], "capability": [offered.public_id]}
    things.append(_thing("help asked for in a case", "engagement", part, erase, ids=ids, words="borogoveword"))
    joining = membership.apply_for_membership("outgrabeword", actor=cast.org_admin)
    things.append(_thing("an application for the alliance", "membership", joining, partial(_drop, joining)))


def _views(cast: Cast, things: list[Thing]) -> None:
    """A view that the handler keeps for himself, and one for his colleagues."""
    for name, shared in (("galumphword", False), ("chortleword", True)):
        row = views.keep_view(what="cases", name=name, query=f"q={name}", shared=shared, actor=cast.handler)
        things.append(_thing(f"a view, shared: {shared}", "view", row, partial(_drop, row), words=name))


def _lessons(cast: Cast, things: list[Thing]) -> None:
    """A lesson that nobody has judged yet: of a case among handlers, and of one for the named alone."""
    for tlp, word in ((TLP.AMBER, "slithyword"), (TLP.RED, "gimbleword")):
        case = triage.open_incident(triage.IncidentDraft(title="已結案", tlp=tlp), actor=cast.officer)
        Incident.objects.filter(pk=case.pk).update(state=Incident.State.CLOSED)
        made = write_lesson(case.public_id, Words(title_en=word, title_zh=word), actor=cast.officer)
        thing = _thing(f"a lesson of a {tlp.label} case", "lesson", made, partial(_erase_marked, made), words=word)
        things.append(thing)


def _takedowns(cast: Cast, things: list[Thing]) -> None:
    """A site that its hoster was asked to take down, and one that is taken down on the other track."""
    draft = takedowns.Draft(places="https://manxome.example/x", address="203.0.113.80", words="manxomeword")
    made = takedowns.open_takedown(draft, actor=cast.officer)
    home = cast.country.organisations["FARHILL"].public_id
    step = takedowns.ask_takedown(
        made.public_id, organisation=home, part="hoster", words="x", tlp=TLP.GREEN, actor=cast.officer
    )
    notice = step.notice
    assert notice is not None

    def erase() -> None:
        forget_journal(notice.subject(), *(each.subject() for each in notice.receipts.all()))
        made.steps.all().delete()
        _erase_outgoing(Outgoing.objects.filter(thing_ref=notice.public_id))
        Incoming.objects.filter(delivery__receipt__notice=notice).delete()
        Delivery.objects.filter(receipt__notice=notice).delete()
        _erase_marked(notice)
        _erase_marked(made)

    ids = {
        "notice": [notice.public_id],
        "receipt": list(notice.receipts.values_list("public_id", flat=True)),
        "outgoing": list(Outgoing.objects.filter(thing_ref=notice.public_id).values_list("public_id", flat=True)),
    }
    asked = _thing("a takedown", "takedown", made, erase, ids=ids, words="manxome")
    things.append(replace(asked, seen_by=lambda actor: asked.seen_by(actor) or _received(notice, actor)))
    other = takedowns.open_takedown(takedowns.Draft(places="https://tulgeyword.example/"), actor=SYSTEM)
    mark(other, Marking(TLP.AMBER, Track.NATIONAL_SECURITY))
    things.append(
        _thing("a takedown on the other track", "takedown", other, partial(_erase_marked, other), words="tulgeyword")
    )


def _joint(cast: Cast, power: Incident, things: list[Thing]) -> None:
    """What the handler has begun to assess: no other officer knows, no party, nor the other track yet."""
    made, _code = joining.begin_joint(power.public_id, question="beamishword", actor=cast.handler)
    joining.write_joint(made.public_id, text="callayword", edition=0, actor=cast.handler)
    joining.sign_joint(made.public_id, edition=1, agrees=True, actor=cast.handler)
    things.append(_thing("a joint assessment", "joint", made, partial(_erase_joint, made), words="beamishword"))


def _erase_joint(row: JointAssessment) -> None:
    JointSignature.objects.filter(party__assessment=row.pk).delete()
    JointParty.objects.filter(assessment=row.pk).delete()
    JointEdition.objects.filter(assessment=row.pk).delete()
    _erase_marked(row)


def _sharing(cast: Cast, power: Incident, things: list[Thing]) -> None:
    """A drill with enrolments, what went out and was called back, an agreement on the other track, a consent."""
    draft = FrameDraft(kind="drill", code="DRILL1", name_zh="年度演習", name_en="Annual drill")
    frame = frame_actions.begin_operation(draft, actor=cast.officer)
    for code in ("SUNPOWER", "CSIRT-ARC", "NSB-D"):
        enrolment_actions.enrol(frame.public_id, Named(organisations=(code,)), actor=SYSTEM)
    things += [
        _thing(f"an enrolment of {row.seat.organisation.code}", "enrolment", row, partial(_drop, row))
        for row in Enrolment.objects.select_related("seat__organisation")
    ]
    for code, row in ((each.partner.code, each) for each in Agreement.objects.select_related("partner")):
        made = _thing(f"the agreement with {code}", "agreement", row, partial(_erase_agreement, row), words=row.name_en)
        things.append(made)
    notice = Notice.objects.filter(subject_ref=power.public_id).order_by("pk")[0]
    outgoing = Outgoing.objects.get(thing_ref=notice.public_id)
    lines = release.recall(outgoing.public_id, reason="收回 slithyword", actor=cast.officer)
    things += [
        _thing(f"a recall from {each.organisation_id}", "recall", each, partial(_drop, each), words="slithyword")
        for each in lines
    ]
    thing = records.found(cast.officer, "incident", power.public_id)
    homes = [cast.country.organisations[code].public_id for code in ("SUNPOWER", "GREENHILL")]
    consent = release.ask_consent(
        thing, originator=homes[0], recipient=homes[1], why="轉知 gimbleword", actor=cast.officer
    )
    things.append(
        _thing("a request for consent", "consent", consent, lambda: _erase_marked(consent), words="gimbleword")
    )


def _erase_agreement(row: Agreement) -> None:
    Release.objects.filter(agreement=row).update(agreement=None, agreement_version=None)
    _drop(row)


def _erase_outgoing(rows: Any) -> None:
    for row in list(rows):
        forget_journal(row.subject(), *(each.subject() for each in row.recalls.all()))
        row.recalls.all().delete()
        row.releases.all().delete()
        _erase_marked(row)


def _marked(name: str, row: Any, model: Any, words: str) -> Thing:
    def erase() -> None:
        forget_journal(row.subject())
        _erase_marked(row)

    return Thing(
        name,
        row.MARKED,
        row,
        lambda actor: bool(model.objects.visible_to(actor).filter(pk=row.pk).exists()),
        erase,
        words=words,
    )


def _parts(incident: Incident) -> dict[str, list[str]]:
    """Identifiers of everything that hangs on a case."""
    submitted = list(incident.submissions.all())
    entries = list(incident.log.all())
    attached = [each.public_id for row in (*submitted, *entries) for each in files.attached(row)]
    notices = Notice.objects.filter(subject_ref=incident.public_id)
    refs = [each.public_id for each in notices]
    return {
        "incident": [incident.public_id],
        "alert": list(Alert.objects.filter(obligation__incident=incident).values_list("public_id", flat=True)),
        "submission": [each.public_id for each in submitted],
        "file": attached,
        "notice": [each.public_id for each in notices],
        "receipt": list(Receipt.objects.filter(notice__in=notices).values_list("public_id", flat=True)),
        "incoming": list(
            Incoming.objects.filter(delivery__receipt__notice__in=notices).values_list("public_id", flat=True)
        ),
        "task": list(Task.objects.filter(subject_ref=incident.public_id).values_list("public_id", flat=True)),
        "joint": list(incident.joint_assessments.values_list("public_id", flat=True)),
        "inquiry": list(incident.inquiries.values_list("public_id", flat=True)),
        "participant": list(incident.participants.values_list("public_id", flat=True)),
        "obligation": list(incident.obligations.values_list("public_id", flat=True)),
        "filing": list(Filing.objects.filter(incident=incident).values_list("public_id", flat=True)),
        "approval": list(_judged(incident).values_list("public_id", flat=True)),
        "outgoing": list(Outgoing.objects.filter(thing_ref__in=refs).values_list("public_id", flat=True)),
        "recall": list(Recall.objects.filter(outgoing__thing_ref__in=refs).values_list("public_id", flat=True)),
        "consent": list(Consent.objects.filter(thing_ref=incident.public_id).values_list("public_id", flat=True)),
        "finding": list(Finding.objects.filter(approval__in=_judged(incident)).values_list("public_id", flat=True)),
    }


def _judged(incident: Incident) -> Any:
    """What waits for judgement, or was judged, about a case."""
    return Approval.objects.filter(subject_ref=incident.public_id)


def _inside(organisation: Organisation) -> dict[str, list[str]]:
    seats_ = organisation.seats.all()
    return {
        "organisation": [organisation.public_id],
        "seat": list(seats_.values_list("public_id", flat=True)),
        "contact": list(ContactPoint.objects.filter(seat__in=seats_).values_list("public_id", flat=True)),
        "tenure": list(Tenure.objects.filter(seat__in=seats_).values_list("public_id", flat=True)),
        "turn": list(Turn.objects.filter(seat__in=seats_).values_list("public_id", flat=True)),
        "network": list(organisation.networks.values_list("public_id", flat=True)),
        "agreement": list(Agreement.objects.filter(partner=organisation).values_list("public_id", flat=True)),
        "offer": list(Offer.objects.filter(seat__in=seats_).values_list("public_id", flat=True)),
    }


def _drop(row: Any) -> None:
    """Delete a row, keeping the instance as it is: it may be erased again in another world."""
    type(row)._default_manager.filter(pk=row.pk).delete()


def _erase_marked(row: Any) -> None:
    Audience.objects.filter(kind=row.MARKED, object_id=row.pk).delete()
    type(row).objects.filter(pk=row.pk).delete()


def _erase_files(row: Any) -> None:
    for stored in files.attached(row):
        forget_journal(stored.subject())
        _drop(stored)


def _erase_entry(entry: LogEntry) -> None:
    _erase_files(entry)
    SearchDoc.objects.filter(kind="log", object_id=entry.pk).delete()
    LogEntry.objects.filter(pk=entry.pk).delete()


def _erase_inquiry(row: Inquiry) -> None:
    entry = row.question
    forget_journal(entry.subject(), row.subject())
    Inquiry.objects.filter(pk=row.pk).delete()
    _erase_entry(entry)


def _erase_submission(row: Submission) -> None:
    forget_journal(row.subject(), *(each.subject() for each in row.obligations.all()))
    _erase_files(row)
    row.obligations.all().delete()
    SearchDoc.objects.filter(kind="submission", object_id=row.pk).delete()
    Participant.objects.filter(submission=row).update(submission=None)
    _erase_marked(row)


def _erase_participant(row: Participant) -> None:
    for inquiry in Inquiry.objects.filter(participant=row):
        _erase_inquiry(inquiry)
    for entry in LogEntry.objects.filter(participant=row):
        _erase_entry(entry)
    Audience.objects.filter(kind="incident", object_id=row.incident_id, grantee_id=row.organisation_id).delete()
    _drop(row)
    from tongbao.incidents import steps

    steps.index(row.incident)


def _erase_case_only(incident: Incident) -> None:
    """Without the reports that it came from, and without the case that it goes on from."""
    forget_journal(*((kind, ref) for kind, refs in _parts(incident).items() if kind != "submission" for ref in refs))
    Submission.objects.filter(incident=incident).update(incident=None)
    Incident.objects.filter(merged_into=incident).update(merged_into=None)
    _erase_case(incident)


def _erase_hanging(incident: Incident) -> None:
    """What the rooms above have in a case."""
    for joint in JointAssessment.objects.filter(incident=incident):
        forget_journal(joint.subject())
        _erase_joint(joint)
    for request in HelpRequest.objects.filter(incident=incident):
        request.engagements.all().delete()
        forget_journal(request.subject())
        _erase_marked(request)


def _erase_case(incident: Incident) -> None:
    _erase_hanging(incident)
    forget_journal(*((kind, ref) for kind, refs in _parts(incident).items() for ref in refs))
    for inquiry in Inquiry.objects.filter(incident=incident):
        _erase_inquiry(inquiry)
    Observable.objects.filter(incident=incident).delete()
    for entry in incident.log.all():
        forget_journal(entry.subject())
        _erase_entry(entry)
    for notice in Notice.objects.filter(subject_ref=incident.public_id):
        _erase_outgoing(Outgoing.objects.filter(thing_ref=notice.public_id))
        _erase_marked(notice)
    for consent in Consent.objects.filter(thing_ref=incident.public_id):
        forget_journal(consent.subject())
        _erase_marked(consent)
    for task in Task.objects.filter(subject_ref=incident.public_id):
        _erase_marked(task)
    for approval in _judged(incident):
        _erase_approval(approval)
    for filing in Filing.objects.filter(incident=incident):
        _erase_filing(filing)
    Classification.objects.filter(incident=incident).delete()
    submitted = list(incident.submissions.all())
    incident.obligations.all().delete()
    incident.participants.all().delete()
    for row in submitted:
        Submission.objects.filter(pk=row.pk).update(incident=None)
        _erase_submission(row)
    SearchDoc.objects.filter(kind__startswith="incident", object_id=incident.pk).delete()
    _erase_marked(incident)


def _erase_approval(approval: Approval) -> None:
    forget_journal(approval.subject())
    for part in (Ruling, Finding, Opinion, Edition):
        part.objects.filter(approval__public_id=approval.public_id).delete()
    _erase_marked(approval)


def _erase_filing(filing: Filing) -> None:
    forget_journal(filing.subject())
    FilingEdition.objects.filter(filing__public_id=filing.public_id).delete()
    Filing.objects.filter(public_id=filing.public_id).delete()


def _unseen(finding: FeedFinding) -> None:
    """With its event in the archive, and in the counts of its file."""
    _drop(finding)
    for file in ArchiveFile.objects.live():
        events = pl.read_parquet(archiving.store().address(file.path))
        if (left := events.filter(pl.col("address") != finding.address)).height == events.height:
            continue
        ArchiveFile.objects.filter(pk=file.pk).delete()
        if left.height:
            piece = put(left, archiving.store(), stem(file.path, finding.address))
            archiving.publish(finding.run, catalogue.find("scan_ssh"), [piece])
    run = FeedRun.objects.get(pk=finding.run_id)
    gone = dict.fromkeys(("kept", "fresh", *(["attributed"] if finding.organisation_id else [])), -1)
    for name, number in gone.items():
        setattr(run, name, getattr(run, name) + number)
    run.rows, run.by_track = run.rows - 1, counts.added(run.by_track, {finding.track: gone})
    run.save()


def _erase_organisation(organisation: Organisation) -> None:
    """With its people, and with the cases that are its own."""
    for incident in Incident.objects.filter(owner=organisation):
        _erase_case(incident)
    Organisation.objects.filter(supervisor=organisation).update(supervisor=None)
    for seen in FeedFinding.objects.filter(organisation=organisation):
        forget_journal(seen.subject())
        _unseen(seen)
    for row in Agreement.objects.filter(partner=organisation):
        forget_journal(row.subject())
        _erase_agreement(row)
    for enrolment in Enrolment.objects.filter(seat__organisation=organisation):
        forget_journal(enrolment.subject())
        _drop(enrolment)
    Capability.objects.filter(organisation=organisation).delete()
    Recall.objects.filter(organisation=organisation).delete()
    Release.objects.filter(organisation=organisation).delete()
    seats_ = Seat.objects.filter(organisation=organisation)
    persons = list(Person.objects.filter(tenures__seat__in=seats_))
    users = [person.user_id for person in persons if person.user_id is not None]
    SavedView.objects.filter(user__in=users).delete()
    for user in User.objects.filter(pk__in=users):
        forget_journal(user.subject())
        JournalEntry.objects.filter(actor=f"user:{user.public_id}").delete()
    forget_journal(*((kind, ref) for kind, refs in _inside(organisation).items() for ref in refs))
    offers = Offer.objects.filter(seat__in=seats_)
    Invitation.objects.filter(pk__in=list(offers.values_list("invitation", flat=True))).delete()
    Tenure.objects.filter(seat__in=seats_).delete()
    Person.objects.filter(pk__in=[person.pk for person in persons]).delete()
    ContactPoint.objects.filter(seat__in=seats_).delete()
    organisation.networks.all().delete()
    organisation.sharing_groups.clear()
    seats_.delete()
    ApiToken.objects.filter(user__in=users).delete()
    User.objects.filter(pk__in=users).delete()
    _drop(organisation)
