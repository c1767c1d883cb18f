"""Webhooks on chosen events of a case: who is told what, once, signed, and through the rule of release."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from tests.conftest import NOON, Cast
from tests.notices.conftest import Bench
from tests.operations.test_frames import begun
from tests.pages import Browser
from tests.stories import opened, reported, settled
from tongbao.incidents import handlers
from tongbao.incidents.actions import cases, informing, inquiries, log, participants
from tongbao.incidents.models import Incident, Submission
from tongbao.incidents.rules import hooks
from tongbao.jobs.models import Parked
from tongbao.jobs.pump import Handler, pump
from tongbao.journal.models import JournalEntry
from tongbao.kernel import clock
from tongbao.kernel.markings import TLP
from tongbao.kernel.refusals import Forbidden, Invalid, NotFound
from tongbao.notices import delivery
from tongbao.notices.channels.webhook import signing
from tongbao.notices.models import Delivery, Letter
from tongbao.operations import enrolment_actions
from tongbao.operations.enrolment_actions import Named
from tongbao.parties import rules
from tongbao.parties.actions import contacts
from tongbao.parties.models import ContactPoint, Seat
from tongbao.release.models import Release
from tongbao.wiring import worker

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]
OWN = Handler("incidents:told", frozenset(hooks.CODES), handlers.told)


class Machines:
    """Machines of organisations that ask for events, and what each has been told."""

    def __init__(self, cast: Cast, bench: Bench) -> None:
        self.cast, self.bench, self.moment = cast, bench, NOON

    def asks(self, code: str, *events: str, role: str = "reporter") -> ContactPoint:
        seats = Seat.objects.filter(organisation__code=code)
        seat = next((each for each in seats if role in each.roles), seats.first())
        address = f"http://127.0.0.1:{self.bench.port}/hook/{code}"
        made = ContactPoint.objects.create(
            seat=seat, kind="webhook", address=address, verified_at=NOON, secret=f"secret of {code}"
        )
        return contacts.set_cases(made.public_id, events=events or rules.CASE_EVENTS, actor=self.cast.admin)

    def hear(self, code: str) -> list[dict[str, Any]]:
        """What has newly come in there."""
        self.moment += timedelta(minutes=5)
        before = len(self.bench.simulator.of(f"/hook/{code}"))
        with clock.at(self.moment):
            pump([OWN], worker.read_journal)
            assert not Parked.objects.exists()
            delivery.send_due(only="webhook")
        return [msgspec.json.decode(each.body) for each in self.bench.simulator.of(f"/hook/{code}")[before:]]

    def events(self, code: str) -> list[str]:
        return [each["event"] for each in self.hear(code)]


@pytest.fixture
def heard(cast: Cast, bench: Bench) -> Machines:
    return Machines(cast, bench)


def case(cast: Cast, **draft: Any) -> Incident:
    return opened(cast, reported(cast), tlp=draft.pop("tlp", TLP.GREEN), **draft)


def thread(incident: Incident, code: str) -> str:
    return incident.participants.get(organisation__code=code).public_id


def test_it_tells_what_was_asked_for_from_opening_to_closing(cast: Cast, heard: Machines) -> None:
    heard.asks("SUNPOWER", "opened", "level", "closed", "reopened")
    incident = case(cast)
    first, second = heard.hear("SUNPOWER")
    assert (first["event"], second["event"]) == ("case.opened", "case.level")
    assert first["case"] == {
        "id": incident.public_id, "tlp": "TLP:GREEN", "reference": incident.reference, "title": incident.title,
        "state": "open", "type": "", "level": 3, "profile": incident.profile, "finding": None,
    }  # fmt: skip
    assert first["status"] == "Actual"
    assert first["link"].endswith(f"/my/cases/{incident.public_id}/")
    settled(cast, incident)
    cases.close_incident(
        incident.public_id, outcome="已復原", finding="incident", version=incident.version, actor=cast.officer
    )
    (closed,) = heard.hear("SUNPOWER")
    assert (closed["event"], closed["case"]["state"], closed["case"]["finding"]) == (
        "case.closed",
        "closed",
        "incident",
    )
    incident.refresh_from_db()
    cases.reopen_incident(incident.public_id, reason="再犯", version=incident.version, actor=cast.officer)
    assert heard.events("SUNPOWER") == ["case.reopened"]
    assert heard.hear("SUNPOWER") == []


def test_it_is_signed_like_every_webhook(cast: Cast, heard: Machines) -> None:
    heard.asks("SUNPOWER", "opened")
    case(cast)
    heard.hear("SUNPOWER")
    (kept,) = heard.bench.simulator.of("/hook/SUNPOWER")
    sent = {name: kept.headers[name] for name in (signing.TIMESTAMP, signing.SIGNATURE)}
    assert signing.holds("secret of SUNPOWER", kept.body.encode(), sent, at=heard.moment)
    assert kept.headers[signing.DELIVERY] == msgspec.json.decode(kept.body)["delivery"]


def test_it_tells_nobody_of_the_others(cast: Cast, heard: Machines, at: Any) -> None:
    """Two take part: neither machine learns of the other's joining, thread or questions."""
    incident = case(cast)
    at(NOON + timedelta(minutes=1))
    heard.asks("SUNPOWER")
    heard.asks("GREENHILL")
    assert (heard.hear("SUNPOWER"), heard.hear("GREENHILL")) == ([], []), "what was before is not told"
    participants.add_participant(incident.public_id, organisation="GREENHILL", role="helper", actor=cast.officer)
    assert heard.events("SUNPOWER") == []
    assert [json["event"] for json in _bodies(heard, "GREENHILL")] == ["case.joined"]
    log.message(incident.public_id, thread=thread(incident, "GREENHILL"), words="給銀行", actor=cast.officer)
    due = NOON + timedelta(days=1)
    inquiries.ask(
        incident.public_id, threads=[thread(incident, "SUNPOWER")], words="請答", due_at=due, actor=cast.officer
    )
    assert heard.events("SUNPOWER") == ["case.asked"]
    assert [json["event"] for json in _bodies(heard, "GREENHILL")] == ["case.joined", "case.message"]


def _bodies(heard: Machines, code: str) -> list[dict[str, Any]]:
    return [msgspec.json.decode(each.body) for each in heard.bench.simulator.of(f"/hook/{code}")]


def test_it_tells_each_side_what_the_other_has_done(cast: Cast, heard: Machines) -> None:
    incident = case(cast)
    heard.asks("SUNPOWER", "asked", "answered", "message")
    heard.asks("NCO", "asked", "answered", "message", role="officer")
    due = NOON + timedelta(days=1)
    (asked,) = inquiries.ask(
        incident.public_id, threads=[thread(incident, "SUNPOWER")], words="請答", due_at=due, actor=cast.officer
    )
    assert heard.events("SUNPOWER") == ["case.asked"]
    inquiries.answer(asked.public_id, words="已答", actor=cast.constituent)
    assert heard.events("NCO") == ["case.answered"]
    log.message(incident.public_id, thread=thread(incident, "SUNPOWER"), words="還有一事", actor=cast.constituent)
    (message,) = heard.hear("NCO")
    assert (message["event"], message["link"].rpartition("/incidents/")[2]) == (
        "case.message", f"{incident.public_id}/",
    )  # fmt: skip
    assert heard.events("SUNPOWER") == []


def test_it_tells_strangers_nothing(cast: Cast, heard: Machines) -> None:
    heard.asks("GREENHILL")
    case(cast)
    assert heard.hear("GREENHILL") == []
    assert not Letter.objects.exclude(source=None).exists()


def test_it_writes_to_people_that_something_waits_for_them_and_not_what(cast: Cast, heard: Machines, at: Any) -> None:
    incident = case(cast, tlp=TLP.AMBER)
    participants.add_participant(incident.public_id, organisation="GREENHILL", role="helper", actor=cast.officer)
    due = NOON + timedelta(days=1)
    inquiries.ask(
        incident.public_id, threads=[thread(incident, "SUNPOWER")], words="密語", due_at=due, actor=cast.officer
    )
    for _ in range(3):
        log.message(incident.public_id, thread=thread(incident, "SUNPOWER"), words="密語", actor=cast.officer)
    log.message(incident.public_id, thread=thread(incident, "SUNPOWER"), words="收到", actor=cast.constituent)
    heard.hear("")
    (letter,) = Letter.objects.exclude(source=None)
    (sent,) = letter.deliveries.all()
    assert (sent.address, sent.channel) == ("chang@sunpower.example", "email")
    assert letter.title == f"國家通報協調中心向貴單位提出詢問：案件 {incident.reference}"
    assert f"/my/cases/{incident.public_id}/" in letter.body
    assert "密語" not in letter.body
    assert "Please sign in to read it" in letter.body
    at(NOON + timedelta(hours=2))
    log.message(incident.public_id, thread=thread(incident, "SUNPOWER"), words="再問", actor=cast.officer)
    heard.moment = NOON + timedelta(hours=2)
    heard.hear("")
    assert Letter.objects.exclude(source=None).count() == 2, "once an hour is enough"


def test_it_says_no_more_than_an_unprotected_way_may_carry(cast: Cast, heard: Machines) -> None:
    heard.asks("SUNPOWER", "opened")
    incident = case(cast, tlp=TLP.AMBER)
    (told,) = heard.hear("SUNPOWER")
    assert told["case"] == {"id": incident.public_id, "tlp": "TLP:AMBER"}
    line = Release.objects.get(channel="webhook")
    assert (line.verdict, line.reason, line.organisation.code) == ("redact", "sign-in", "SUNPOWER")


def test_it_tells_no_machine_of_what_is_for_named_persons(cast: Cast, heard: Machines) -> None:
    heard.asks("SUNPOWER")
    heard.asks("NCO", role="officer")
    opened(cast, title="紅", tlp=TLP.RED)
    assert (heard.hear("SUNPOWER"), heard.hear("NCO")) == ([], [])


def test_it_tells_again_after_a_failure_and_never_twice(cast: Cast, heard: Machines) -> None:
    heard.asks("SUNPOWER", "opened")
    heard.bench.simulator.script["/hook/SUNPOWER"] = "500"
    incident = case(cast)
    assert heard.hear("SUNPOWER") == []
    heard.bench.simulator.script["/hook/SUNPOWER"] = ""
    assert heard.events("SUNPOWER") == ["case.opened"]
    entry = JournalEntry.objects.get(event="incident.opened")
    (happening,) = worker.read_journal(frozenset({"incident.opened"}), entry.seq - 1, 1)
    with clock.at(heard.moment):
        assert informing.inform_participants(happening) == 0, "a handler may see an event again"
    row = Delivery.objects.get(channel="webhook")
    assert (row.state, row.letter.body if row.letter else None) == ("sent", "")
    about = JournalEntry.objects.filter(event="delivery.settled", subject_id=incident.public_id)
    assert about.filter(text__contains=row.public_id).count() == 2


def test_it_stops_when_asked_and_is_only_for_machines(cast: Cast, heard: Machines) -> None:
    point = heard.asks("SUNPOWER", "opened")
    for events, who, refusal in (
        (["x"], "org_admin", Invalid),
        ([], "constituent", Forbidden),
        ([], "stranger", NotFound),
    ):
        with pytest.raises(refusal):
            contacts.set_cases(point.public_id, events=events, actor=getattr(cast, who))
    mail = ContactPoint.objects.get(address="huang@sunpower.example")
    with pytest.raises(Invalid):
        contacts.set_cases(mail.public_id, events=["opened"], actor=cast.org_admin)
    contacts.set_cases(point.public_id, events=[], actor=cast.org_admin)
    case(cast)
    assert heard.hear("SUNPOWER") == []
    point.refresh_from_db()
    assert point.cases_since is None


def test_it_is_chosen_on_the_page(cast: Cast, heard: Machines) -> None:
    point = heard.asks("SUNPOWER", "opened")
    browser = cast.browser("org_admin", "zh-hant")
    home = point.seat.organisation.public_id
    refused = browser.post(f"/contacts/{point.public_id}/cases/", {"events": ["nonsense"]})
    assert refused.status_code == 422
    assert browser.post(f"/contacts/{point.public_id}/cases/", {"events": ["level", "closed"]}).status_code == 302
    point.refresh_from_db()
    assert point.cases == "level closed"
    assert Browser(browser).get(f"/organisations/{home}/").has("案件結案")


def test_it_keeps_a_drill_among_those_enrolled(cast: Cast, heard: Machines) -> None:
    point, frame = heard.asks("SUNPOWER", "opened", "level"), begun(cast)
    row = reported(cast)
    Submission.objects.filter(pk=row.pk).update(operation=frame)
    row.refresh_from_db()
    incident = opened(cast, row, tlp=TLP.GREEN)
    assert heard.hear("SUNPOWER") == []
    assert set(Release.objects.filter(channel="webhook").values_list("reason")) == {("not-enrolled",)}
    enrolment_actions.enrol(frame.public_id, Named(seats=(point.seat.public_id,)), actor=cast.officer)
    settled(cast, incident)
    contacts.set_cases(point.public_id, events=["closed"], actor=cast.admin)
    cases.close_incident(
        incident.public_id, outcome="演畢", finding="incident", version=incident.version, actor=cast.officer
    )
    (told,) = heard.hear("SUNPOWER")
    assert (told["status"], told["case"]["title"][:4]) == ("Exercise", "【演習】")
