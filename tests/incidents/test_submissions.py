"""What comes in: one check for every door, immutable, once, quarantined rather than refused."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from django.db import connection

from tests.conftest import NOON, Cast
from tongbao.incidents.actions import receipts, submissions
from tongbao.incidents.actions.submissions import Taken, submit
from tongbao.incidents.models import Obligation, Submission
from tongbao.incidents.rules import intake
from tongbao.incidents.rules.intake import Arrival, Draft
from tongbao.journal.models import JournalEntry
from tongbao.kernel.refusals import Conflict, Forbidden, Invalid, NotFound, TooMany
from tongbao.policy.actors import ANONYMOUS

WEB = Submission.Door.WEB


def hand_in(draft: Draft, key: str = "k", **more: Any) -> Taken:
    return submit(draft, key=key, door=WEB, **({"actor": ANONYMOUS} | more))


def problems_of(draft: Draft) -> set[tuple[str, str]]:
    with pytest.raises(Invalid) as refused:
        hand_in(draft)
    assert not Submission.objects.exists()
    return {(each.path, each.code) for each in refused.value.problems}


def test_it_takes_one_sentence_from_anybody(noon: Any, country: Any) -> None:
    taken = hand_in(Draft(summary="收到可疑簡訊"))
    assert len(taken.receipt) == 16
    assert taken.receipt.isdigit()
    row = taken.submission
    assert (row.state, row.aware_at, row.owner) == ("new", NOON, None)
    assert not Obligation.objects.exists()
    assert msgspec.json.decode(row.content)["summary"] == "收到可疑簡訊"


def test_it_keeps_only_a_digest_of_the_receipt_number(noon: Any, country: Any) -> None:
    taken = hand_in(Draft(summary="x"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM incidents_submission")
        stored = " ".join(str(value) for row in cursor.fetchall() for value in row)
    assert taken.receipt not in stored
    assert not JournalEntry.objects.filter(text__contains=taken.receipt).exists()


def test_it_starts_the_clocks_of_the_law_for_the_obliged(noon: Any, cast: Cast) -> None:
    taken = hand_in(Draft(summary="勒索軟體", level=3, aware_at=NOON - timedelta(minutes=30)), actor=cast.constituent)
    rows = {row.duty: row for row in taken.submission.obligations.all()}
    assert (rows["report"].state, rows["report"].evidence) == ("met", "submission")
    assert rows["review"].due_at == NOON + timedelta(hours=2)
    assert rows["review"].organisation == cast.country.organisations["MOE-E"]
    assert rows["contain"].due_at == NOON + timedelta(hours=35, minutes=30)
    assert rows["contain"].organisation == cast.country.organisations["SUNPOWER"]


def test_it_marks_a_report_after_the_hour_as_late(noon: Any, cast: Cast) -> None:
    taken = hand_in(Draft(summary="x", aware_at=NOON - timedelta(minutes=61)), actor=cast.city)
    assert taken.submission.obligations.get(duty="report").state == "late"


def test_it_answers_a_repeat_with_the_same_receipt_and_changes_nothing(noon: Any, country: Any) -> None:
    first = hand_in(Draft(summary="x"))
    written = JournalEntry.objects.count()
    again = hand_in(Draft(summary="x"))
    assert again.repeat
    assert (again.receipt, again.submission) == (first.receipt, first.submission)
    assert JournalEntry.objects.count() == written
    with pytest.raises(Conflict, match="key-reused"):
        hand_in(Draft(summary="y"))


@pytest.mark.parametrize(
    ("draft", "problem"),
    [
        (Draft(summary="  "), ("summary", "required")),
        (Draft(summary="x" * 201), ("summary", "too-long")),
        (Draft(summary="x", description="y" * 20_001), ("description", "too-long")),
        (Draft(summary="a\x00b"), ("summary", "text-control")),
        (Draft(summary="big5 \ufffd\ufffd"), ("summary", "text-encoding")),
        (Draft(summary="x", measures="\ud800"), ("measures", "text-encoding")),
        (Draft(summary="x", aware_at=NOON + timedelta(minutes=6)), ("aware_at", "time-in-future")),
        (Draft(summary="x", occurred_at=NOON.replace(year=1999)), ("occurred_at", "time-too-old")),
        (Draft(summary="x", aware_at=NOON.replace(tzinfo=None)), ("aware_at", "time-without-zone")),
        (
            Draft(summary="x", aware_at=NOON - timedelta(hours=2), occurred_at=NOON - timedelta(hours=1)),
            ("aware_at", "aware-before-occurred"),
        ),
        (Draft(summary="x", type="fraud/none"), ("type", "choice-unknown")),
        (Draft(summary="x", level=9), ("level", "choice-unknown")),
        (Draft(summary="x", contact_email="nobody"), ("contact_email", "email-unreadable")),
        (Draft(summary="x", contact_email="a@b.example\nBcc: c@d.example"), ("contact_email", "email-unreadable")),
        (Draft(summary="x", addresses="<script>"), ("addresses", "address-unreadable")),
    ],
)
def test_it_says_what_is_wrong_and_where(draft: Draft, problem: tuple[str, str], noon: Any, country: Any) -> None:
    assert problem in problems_of(draft)


def test_it_names_every_fault_at_once(noon: Any, country: Any) -> None:
    assert len(problems_of(Draft(summary="", level=9, type="x", contact_email="y"))) == 4


@pytest.mark.parametrize(
    ("arrival", "reason"),
    [
        (Arrival(trap_filled=True, seconds=60), "trap"),
        (Arrival(form_unknown=True), "form-unknown"),
        (Arrival(seconds=1.0), "too-quick"),
        (Arrival(seconds=60, flooded=True), "flood"),
        (Arrival(seconds=3.0), ""),
    ],
)
def test_it_sets_aside_what_looks_like_a_machine(arrival: Arrival, reason: str) -> None:
    assert intake.set_aside(arrival) == reason


def test_it_refuses_nothing_that_it_sets_aside(noon: Any, cast: Cast) -> None:
    taken = hand_in(Draft(summary="x"), arrival=Arrival(trap_filled=True))
    assert taken.submission.state == "quarantined"
    released = submissions.release(taken.submission.public_id, version=1, actor=cast.officer)
    assert (released.state, released.version) == ("new", 2)


def test_it_finds_a_submission_again_by_its_receipt(noon: Any, country: Any) -> None:
    taken = hand_in(Draft(summary="x"))
    spaced = " ".join(taken.receipt[i : i + 4] for i in range(0, 16, 4))
    assert receipts.by_receipt(spaced, network="192.0.2.0/24") == taken.submission


def test_it_makes_guessing_receipts_hopeless(noon: Any, country: Any, settings: Any) -> None:
    taken = hand_in(Draft(summary="x"))
    for guess in range(settings.TONGBAO.receipts_per_network):
        with pytest.raises(Invalid):
            receipts.by_receipt(f"{guess:016d}", network="192.0.2.0/24")
    with pytest.raises(TooMany):
        receipts.by_receipt(taken.receipt, network="192.0.2.0/24")
    assert receipts.by_receipt(taken.receipt, network="198.51.100.0/24") == taken.submission


def test_it_limits_guesses_overall(noon: Any, country: Any, settings: Any) -> None:
    settings.TONGBAO = msgspec.structs.replace(settings.TONGBAO, receipts_overall=5)
    for guess in range(5):
        with pytest.raises(Invalid):
            receipts.by_receipt("1" * 16, network=f"10.{guess}.0.0/24")
    with pytest.raises(TooMany):
        receipts.by_receipt("1" * 16, network="10.99.0.0/24")


@pytest.mark.parametrize("number", ["", "12", "١٢٣٤٥٦٧٨٩٠١٢٣٤٥٦", "1" * 17, "' OR 1=1 --", "1" * 15 + "x"])
def test_it_reads_no_odd_receipt_number(number: str, noon: Any, country: Any) -> None:
    with pytest.raises(Invalid):
        receipts.by_receipt(number, network="x")


def test_it_lets_a_second_officer_see_what_the_first_decided(noon: Any, cast: Cast) -> None:
    taken = hand_in(Draft(summary="x"))
    submissions.reject(taken.submission.public_id, reason="廣告", version=1, actor=cast.officer)
    with pytest.raises(Conflict) as refused:
        submissions.reject(taken.submission.public_id, reason="重複", version=1, actor=cast.handler)
    assert refused.value.code == "changed-meanwhile"
    (change,) = refused.value.changes
    assert (change.event, change.by) == ("submission.rejected", "林值勤")
    with pytest.raises(Conflict, match="submission-decided"):
        submissions.reject(taken.submission.public_id, reason="重複", version=2, actor=cast.handler)


def test_it_waives_the_clocks_of_a_rejected_submission(noon: Any, cast: Cast) -> None:
    taken = hand_in(Draft(summary="x"), actor=cast.city)
    submissions.reject(taken.submission.public_id, reason="測試", version=1, actor=cast.officer)
    assert set(taken.submission.obligations.values_list("state", flat=True)) == {"met", "waived"}


def test_it_needs_a_reason_to_reject(noon: Any, cast: Cast) -> None:
    taken = hand_in(Draft(summary="x"))
    with pytest.raises(Invalid):
        submissions.reject(taken.submission.public_id, reason=" ", version=1, actor=cast.officer)


@pytest.mark.parametrize("who", ["constituent", "stranger", "admin", "reviewer"])
def test_it_lets_only_the_office_decide(who: str, noon: Any, cast: Cast) -> None:
    taken = hand_in(Draft(summary="x"), actor=cast.constituent)
    with pytest.raises((Forbidden, NotFound)):
        submissions.reject(taken.submission.public_id, reason="x", version=1, actor=getattr(cast, who))
    assert Submission.objects.get().state == "new"


def test_it_journals_a_refused_attempt(noon: Any, cast: Cast) -> None:
    taken = hand_in(Draft(summary="x"), actor=cast.constituent)
    with pytest.raises(Forbidden):
        submissions.reject(taken.submission.public_id, reason="x", version=1, actor=cast.constituent)
    entry = JournalEntry.objects.get(event="access.refused")
    assert entry.actor == cast.constituent.reference
    assert entry.subject_id == taken.submission.public_id
