"""Whom a notice is written to, over which way: the best that works, the next best on demand, in bulk."""

import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.conftest import NOON, Cast
from tongbao.journal.record import verb
from tongbao.notices import addressing
from tongbao.notices.models import Delivery, Receipt
from tongbao.parties.models import ContactPoint, Organisation, Seat

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def ways(reach: Any) -> dict[str, ContactPoint]:
    """Every way to one seat."""
    first = {"email": reach("email", "night@sunpower.example")}
    more = {
        "sms": "+886912345678",
        "voice": "+886223456789",
        "webhook": "https://hook.example/x",
        "telephone": "+1 555 0100",
    }
    return first | {kind: reach(kind, address, only=False) for kind, address in more.items()}


@verb
def again(receipts: list[Receipt], **how: Any) -> list[str]:
    known = list(Delivery.objects.values_list("pk", flat=True))
    addressing.address(receipts, NOON, **how)
    return list(Delivery.objects.exclude(pk__in=known).order_by("pk").values_list("channel", flat=True))


def made(tell: Any, contact: ContactPoint) -> list[Receipt]:
    notice = tell(contact)
    return list(notice.receipts.all())


def test_it_writes_by_mail_first_and_gives_a_machine_its_copy(ways: Any, tell: Any, bench: Any) -> None:
    made(tell, ways["email"])
    assert sorted(Delivery.objects.values_list("channel", flat=True)) == ["email", "webhook"]


def test_it_goes_on_to_the_next_best(ways: Any, tell: Any, bench: Any) -> None:
    receipts = made(tell, ways["email"])
    assert [again(receipts, which=number) for number in range(4)] == [["email", "webhook"], ["sms"], ["voice"], []]
    assert again(receipts, kinds=["voice"]) == ["voice"]
    assert again(receipts, kinds={"email", "sms"}, which=1) == ["sms"]


def test_it_uses_no_way_that_is_not_set_up(ways: Any, tell: Any) -> None:
    receipts = made(tell, ways["email"])
    assert again(receipts, which=1) == []
    assert again(receipts, kinds=["sms"]) == []


@pytest.mark.parametrize("change", [{"verified_at": None}, {"broken_at": NOON}, {"removed_at": NOON}])
def test_it_uses_no_address_that_is_not_known_to_work(change: Any, ways: Any, tell: Any, bench: Any) -> None:
    ContactPoint.objects.filter(pk=ways["email"].pk).update(**change)
    made(tell, ways["sms"])
    assert "sms" in Delivery.objects.values_list("channel", flat=True)
    assert "email" not in Delivery.objects.values_list("channel", flat=True)


def test_it_prefers_what_was_reached_last(ways: Any, reach: Any, tell: Any) -> None:
    reach("email", "day@sunpower.example", only=False, last_reached_at=NOON - timedelta(days=1))
    made(tell, ways["email"])
    assert Delivery.objects.get(channel="email").address == "day@sunpower.example"


def test_it_reaches_a_compromised_organisation_out_of_band_only(ways: Any, tell: Any, bench: Any) -> None:
    Organisation.objects.update(compromised_at=NOON)
    ContactPoint.objects.filter(pk=ways["voice"].pk).update(out_of_band=True)
    made(tell, ways["email"])
    assert [each.channel for each in Delivery.objects.all()] == ["voice"]


def test_it_asks_no_more_for_many_than_for_few(cast: Cast, reach: Any, tell: Any) -> None:
    contact = reach("email", "night@sunpower.example")
    (receipt,) = made(tell, contact)
    counts = []
    for number in (1, 60):
        home = Organisation.objects.get(code="SUNPOWER")
        seats = Seat.objects.bulk_create([Seat(organisation=home, title_zh="x", title_en="x") for _ in range(number)])
        ContactPoint.objects.bulk_create(
            [ContactPoint(seat=seat, kind="email", address="a@x.example", verified_at=NOON) for seat in seats]
        )
        rows = [
            Receipt(
                notice=receipt.notice, operation=receipt.operation, organisation=home, seat=seat, link_expires_at=NOON
            )
            for seat in seats
        ]
        receipts = Receipt.objects.bulk_create(rows)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert len(again(receipts)) == number
        counts.append(sum(each["sql"].startswith("SELECT") for each in asked))
    assert counts[0] == counts[1]


@pytest.mark.soak
def test_it_addresses_ten_thousand_in_no_time(cast: Cast, reach: Any, tell: Any) -> None:
    (receipt,) = made(tell, reach("email", "night@sunpower.example"))
    home = receipt.organisation
    seats = Seat.objects.bulk_create([Seat(organisation=home, title_zh="x", title_en="x") for _ in range(10_000)])
    ContactPoint.objects.bulk_create(
        [ContactPoint(seat=seat, kind="email", address="a@x.example", verified_at=NOON) for seat in seats]
    )
    rows = [
        Receipt(notice=receipt.notice, operation=receipt.operation, organisation=home, seat=seat, link_expires_at=NOON)
        for seat in seats
    ]
    receipts = Receipt.objects.bulk_create(rows)
    begun = time.process_time()  # what others do on the machine is not counted
    assert len(again(receipts)) == 10_000
    assert time.process_time() - begun < 2
