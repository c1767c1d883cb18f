"""The door of mail: a report is kept with its bytes, answered once, and whatever comes later finds its place."""

import hashlib
from email.message import EmailMessage
from pathlib import Path

import msgspec
import pytest
from django.conf import settings
from django.test import override_settings

from tests.conftest import Cast
from tests.notices import keys
from tests.standards.test_letters import ARF, zipped
from tests.stories import opened
from tongbao.files import steps as files
from tongbao.files import store
from tongbao.incidents.actions import log, mails, supplements
from tongbao.incidents.models import Incident, LogEntry, Submission
from tongbao.journal.models import JournalEntry
from tongbao.kernel.markings import TLP, Grant, Grantee, Track
from tongbao.notices.models import Delivery, Incoming
from tongbao.parties import openpgp
from tongbao.parties.models import ContactPoint, Seat
from tongbao.policy.models import grant

pytestmark = pytest.mark.usefixtures("noon", "country")
CITIZEN = "wang@mail.example"


def written(text: str = "收到這封信：http://evil.example/login", sender: str = CITIZEN, **headers: str) -> bytes:
    message = EmailMessage()
    given = {"From": f"王小明 <{sender}>", "To": "csirt@nco.example", "Subject": "假冒青山銀行", **headers}
    for name, value in given.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message.as_bytes()


def taken(raw: bytes) -> Submission:
    mails.take(raw)
    return Submission.objects.order_by("-id")[0]


def letters_sent() -> list[Delivery]:
    return list(Delivery.objects.exclude(letter=None).order_by("id"))


def test_it_keeps_a_mail_byte_for_byte() -> None:
    raw = written(Message_ID="<1@mail.example>")
    row = taken(raw)
    assert (row.door, row.summary, row.owner, row.state) == ("email", "假冒青山銀行", None, "new")
    kept = files.attached(row).get(name="mail.eml")
    assert kept.blob.sha256 == hashlib.sha256(raw).hexdigest()
    with store.read(kept.blob.sha256) as held:
        assert held.read() == raw
    assert row.draft.contact_email == CITIZEN
    assert set(row.observables.values_list("kind", "value")) >= {("url", "http://evil.example/login")}
    assert JournalEntry.objects.filter(event="submission.mailed", subject_id=row.public_id).exists()
    assert Incoming.objects.get().note == f"submission {row.public_id}"


def test_it_answers_once_with_number_time_and_by_when() -> None:
    raw = written()
    row = taken(raw)
    assert taken(raw) == row, "the same bytes again"
    (sent,) = letters_sent()
    assert sent.address == CITIZEN
    assert sent.letter is not None
    assert f"[TB-R {row.reference}]" in sent.letter.title
    assert "2026-11-23 12:00" in sent.letter.body
    assert "2026-11-24 12:00" in sent.letter.body
    assert "收據" in sent.letter.body or "Receipt number" in sent.letter.body
    assert Submission.objects.count() == 1


@pytest.mark.parametrize(
    ("headers", "sender"),
    [
        ({"Auto_Submitted": "auto-replied"}, CITIZEN),
        ({"Precedence": "bulk"}, CITIZEN),
        ({}, "mailer-daemon@mail.example"),
        ({}, ""),
    ],
)
def test_it_answers_no_machine_and_not_itself(headers: dict[str, str], sender: str) -> None:
    mails.take(written(sender=sender or settings.TONGBAO.mail_from, **headers))
    assert letters_sent() == []
    assert not Submission.objects.exists()


def test_it_stops_answering_somebody_whose_name_is_used_a_hundred_times() -> None:
    for n in range(8):
        mails.take(written(f"mail {n}"))
    assert Submission.objects.count() == 8
    assert len(letters_sent()) == mails.ANSWERS_AN_HOUR


def test_it_sets_a_flood_aside_and_refuses_nothing() -> None:
    with override_settings(TONGBAO=msgspec.structs.replace(settings.TONGBAO, mails_per_sender=2)):
        for n in range(4):
            mails.take(written(f"mail {n}"))
    states = list(Submission.objects.order_by("id").values_list("state", "set_aside_for"))
    assert states == [("new", ""), ("new", ""), ("quarantined", "flood"), ("quarantined", "flood")]


def test_it_adds_a_later_mail_to_its_report_by_what_it_answers() -> None:
    row = taken(written(Message_ID="<1@mail.example>", Subject="[RT #4711] phish"))
    (answer,) = letters_sent()
    for headers in (
        {"In_Reply_To": "<1@mail.example>"},
        {"References": f"<x@y.example> {answer.message_id}"},
        {"Subject": f"Re: [TB-R {row.reference.lower()}] We have your report"},
        {"Subject": "AW: [RT #4711] phish"},
    ):
        mails.take(written(f"補充 {headers}", **headers))
    assert Submission.objects.count() == 1
    assert row.supplements.count() == 4
    assert "wang@mail[.]example" in row.supplements.first().text  # type: ignore[union-attr]


def test_it_takes_another_houses_number_for_no_proof() -> None:
    taken(written(Subject="[RT #4711] phish"))
    mails.take(written("else", sender="x@other.example", Subject="[RT #4711] phish"))
    assert Submission.objects.count() == 2


def test_it_brings_a_later_mail_into_the_reporters_own_thread(cast: Cast) -> None:
    row = taken(written(Message_ID="<1@mail.example>"))
    incident = opened(cast, row)
    mails.take(written("還有一封", In_Reply_To="<1@mail.example>"))
    entry = LogEntry.objects.get(incident=incident, kind="message")
    assert entry.participant is not None
    assert (entry.participant.submission, entry.by_office) == (row, False)
    assert "還有一封" in entry.text
    assert files.attached(entry).filter(name="mail.eml").exists()


def test_it_writes_back_that_something_waits_and_the_answer_falls_into_place(cast: Cast) -> None:
    row = taken(written(Message_ID="<1@mail.example>"))
    supplements.add(row.public_id, words="密語", actor=cast.officer)
    incident = opened(cast, row)
    (part,) = incident.participants.all()
    log.message(incident.public_id, thread=part.public_id, words="密語", actor=cast.officer)
    _, first, second = letters_sent()
    for each in (first, second):
        assert each.address == CITIZEN
        assert each.letter is not None
        assert each.letter.title.startswith(f"[TB-R {row.reference}]")
        assert "密語" not in each.letter.body
    mails.take(written("我的回覆", Subject=f"Re: {second.letter.title}"))  # type: ignore[union-attr]
    assert LogEntry.objects.filter(participant=part, by_office=False, text__contains="我的回覆").exists()
    for _ in range(9):
        log.message(incident.public_id, thread=part.public_id, words="又", actor=cast.officer)
    assert len(letters_sent()) == 1 + 5


@pytest.mark.parametrize("kept", [{"tlp": TLP.RED}, {"track": Track.NATIONAL_SECURITY}])
def test_it_writes_back_of_no_case_that_is_kept_from_its_reporter(kept: dict[str, int], cast: Cast) -> None:
    row = taken(written())
    incident = opened(cast, row)
    (part,) = incident.participants.all()
    before = len(letters_sent())
    Incident.objects.filter(pk=incident.pk).update(**kept)
    grant(incident, Grant(Grantee.USER, cast.officer.user or 0))
    officer = msgspec.structs.replace(cast.officer, tracks=frozenset(Track))
    log.message(incident.public_id, thread=part.public_id, words="密語", actor=officer)
    assert len(letters_sent()) == before


def test_it_lays_a_machines_report_open_though_a_machine_wrote_it() -> None:
    row = taken(ARF.replace(b"Subject:", b"Precedence: bulk\nSubject:"))
    assert (row.entrance, letters_sent()) == ("suspicious", [])
    assert "Source-IP: 203.0.113.9" in row.draft.description
    assert "203.0.113.9" in row.draft.addresses


def test_it_opens_no_bomb_and_sets_it_aside() -> None:
    message = EmailMessage()
    message["From"], message["Subject"] = CITIZEN, "table"
    message.set_content("see table")
    message.add_attachment(zipped(b__csv=b"0" * 20_000_000), maintype="application", subtype="zip", filename="../a.zip")
    row = taken(message.as_bytes())
    assert (row.state, row.set_aside_for) == ("quarantined", "odd-mail")
    assert files.attached(row).filter(name="a.zip").exists(), "no path in a name"


def test_it_leaves_what_is_no_mail_to_an_officer() -> None:
    mails.take(b"nonsense")
    mails.take(written(), whole=False)
    assert sorted(Incoming.objects.values_list("state", "why")) == [
        ("unplaced", "too-large"),
        ("unplaced", "unreadable"),
    ]
    assert not Submission.objects.exists()


def test_it_cuts_what_does_not_fit_and_says_where_the_rest_is() -> None:
    row = taken(written("x" * 50_000))
    assert len(row.draft.description) == 20_000
    assert row.draft.description.endswith("attached）")


needs_gpg = pytest.mark.skipif(not openpgp.there(), reason="GnuPG is not installed")


@needs_gpg
def test_it_knows_a_constituent_by_the_signature_not_by_the_name(cast: Cast) -> None:
    seat = Seat.objects.get(organisation__code="SUNPOWER", rank=2)
    ContactPoint.objects.create(seat=seat, kind="email", address="night@sunpower.example", pgp_key=keys.PUBLIC)
    forged = taken(written("無簽章", sender="night@sunpower.example"))
    signed = taken(written(_clear_signed("電廠遭入侵 203.0.113.9"), sender="night@sunpower.example"))
    assert (forged.owner, forged.signed_by) == (None, None)
    assert signed.owner == seat.organisation
    assert signed.signed_by is not None
    assert signed.obligations.filter(duty="report", state="met").exists()


@needs_gpg
def test_it_opens_what_was_encrypted_to_the_office(tmp_path: Path) -> None:
    secret = tmp_path / "key.asc"
    secret.write_text(keys.SECRET, encoding="ascii")
    with openpgp.ring() as ring:
        sealed = ring.encrypted("內文 http://evil.example/x".encode(), keys.PUBLIC)
    with override_settings(TONGBAO=msgspec.structs.replace(settings.TONGBAO, openpgp_key=str(secret))):
        row = taken(written(sealed))
    assert row.draft.description.startswith("內文")


def _clear_signed(text: str) -> str:
    with openpgp.ring() as ring:
        assert ring.sign_with(keys.SECRET)
        return str(ring.gpg.sign(text, clearsign=True))


def test_it_shows_an_officer_what_came(cast: Cast, tmp_path: Path) -> None:
    from tests.pages import Browser

    row = taken(written())
    supplements.add(row.public_id, words="請問何時收到？", actor=cast.officer)
    page = Browser(cast.browser("officer", "zh-hant")).get(f"/submissions/{row.public_id}/")
    assert page.has("mail.eml", "請問何時收到？")
