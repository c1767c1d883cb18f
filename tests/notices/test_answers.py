"""Answers: through the link, signed in, by telephone; forged, replayed, expired, repeated, contradictory."""

from datetime import timedelta
from typing import Any

import pytest

from tests.conftest import NOON, Cast
from tongbao.journal.models import JournalEntry
from tongbao.journal.record import verb
from tongbao.kernel import clock
from tongbao.kernel.markings import TLP, Marking
from tongbao.kernel.refusals import Conflict, Invalid, NotFound
from tongbao.notices import actions, links, rules, steps, templates
from tongbao.notices.models import Answer, Notice, Receipt
from tongbao.notices.rules import Grade, Offer, Standing
from tongbao.notices.templates import Filled
from tongbao.operations.models import routine
from tongbao.parties.models import Seat
from tongbao.policy import actors

pytestmark = pytest.mark.usefixtures("noon")


@verb
def sent(*codes: str, tlp: TLP = TLP.GREEN, template: str = "owner_warning") -> Notice:
    seats = Seat.objects.filter(organisation__code__in=codes)
    message = steps.Message(
        operation=routine(),
        about=("", ""),
        template=template,
        text=Filled("標題", "Title", "內容", "Body"),
        marking=Marking(tlp),
        answer_by=NOON + timedelta(hours=1),
        recipients=tuple(steps.Recipient(seat.organisation_id, seat.pk) for seat in seats),
    )
    return steps.send(message, actor=actors.system("test"))


def receipt_of(code: str) -> Receipt:
    return Receipt.objects.get(organisation__code=code)


def test_it_takes_an_answer_through_the_link_once(cast: Cast) -> None:
    sent("FARHILL")
    token = links.token(receipt_of("FARHILL"))
    first = actions.answer_by_link(token, code="undetermined")
    written = JournalEntry.objects.count()
    again = actions.answer_by_link(token, code="undetermined")
    assert (first.repeat, again.repeat) == (False, True)
    assert Answer.objects.count() == 1
    assert JournalEntry.objects.count() == written
    assert (first.receipt.grade, Answer.objects.get().by) == ("link", f"link:{first.receipt.public_id}")


def test_it_keeps_a_contradicting_answer_beside_the_first(cast: Cast) -> None:
    sent("FARHILL")
    token = links.token(receipt_of("FARHILL"))
    actions.answer_by_link(token, code="confirmed", words="查到惡意程式")
    actions.answer_by_link(token, code="false-positive", words="是測試機")
    assert list(Answer.objects.values_list("code", flat=True)) == ["confirmed", "false-positive"]
    assert receipt_of("FARHILL").answer == "false-positive"


def test_it_says_when_an_answer_is_late(cast: Cast) -> None:
    sent("FARHILL")
    token = links.token(receipt_of("FARHILL"))
    with clock.at(NOON + timedelta(hours=1, seconds=1)):
        assert actions.answer_by_link(token, code="undetermined").late


@pytest.mark.parametrize(
    "change",
    [
        lambda token: token[:-1] + ("A" if token[-1] != "A" else "B"),
        lambda token: "a" * 20 + token[20:],
        lambda token: token + "x",
        lambda token: token[:20],
        lambda token: "",
        lambda token: "../" + token,
        lambda token: token.upper(),
    ],
)
def test_it_finds_nothing_behind_a_forged_link(change: Any, cast: Cast) -> None:
    sent("FARHILL")
    forged = change(links.token(receipt_of("FARHILL")))
    with pytest.raises(NotFound):
        actions.answer_by_link(forged, code="received")
    assert not Answer.objects.exists()


def test_it_binds_a_link_to_one_receipt(cast: Cast) -> None:
    sent("FARHILL", "GREENHILL")
    mine, other = links.token(receipt_of("FARHILL")), links.token(receipt_of("GREENHILL"))
    with pytest.raises(NotFound):
        actions.answer_by_link(other[:20] + mine[20:], code="received")


def test_it_lets_a_link_expire(cast: Cast) -> None:
    sent("FARHILL")
    token = links.token(receipt_of("FARHILL"))
    with clock.at(NOON + steps.LINK_HOLDS), pytest.raises(NotFound):
        actions.answer_by_link(token, code="received")


def test_it_takes_only_an_acknowledgement_through_the_link_above_green(cast: Cast) -> None:
    sent("FARHILL", tlp=TLP.AMBER)
    token = links.token(receipt_of("FARHILL"))
    with pytest.raises(Conflict, match="sign-in-to-answer"):
        actions.answer_by_link(token, code="undetermined")
    assert not actions.answer_by_link(token, code="received").repeat


@pytest.mark.parametrize(
    ("code", "words", "field"),
    [
        ("nonsense", "", "answer"),
        ("confirmed", " ", "text"),
        ("confirmed", "x" * 4001, "text"),
        ("confirmed", "\0", "text"),
    ],
)
def test_it_says_what_is_wrong_with_an_answer(code: str, words: str, field: str, cast: Cast) -> None:
    sent("FARHILL")
    with pytest.raises(Invalid) as refused:
        actions.answer_by_link(links.token(receipt_of("FARHILL")), code=code, words=words)
    assert refused.value.problems[0].path == field


def test_it_grades_answers_by_how_they_came(cast: Cast) -> None:
    sent("FARHILL", "GREENHILL")
    bank = receipt_of("GREENHILL").public_id
    actions.answer(receipt_of("FARHILL").public_id, code="undetermined", grade=Grade.SIGNED_IN, actor=cast.hoster)
    actions.answer(bank, code="undetermined", grade=Grade.TELEPHONE, actor=cast.officer)
    assert (receipt_of("FARHILL").grade, receipt_of("GREENHILL").grade) == ("signed-in", "telephone")


@pytest.mark.parametrize("who", ["stranger", "city", "bureau", "partner"])
def test_it_hides_a_receipt_from_everybody_else(who: str, cast: Cast) -> None:
    sent("FARHILL")
    with pytest.raises(NotFound):
        actions.answer(receipt_of("FARHILL").public_id, code="received", grade=Grade.API, actor=getattr(cast, who))


def test_it_keeps_a_red_notice_to_the_named_seat(cast: Cast) -> None:
    sent("SUNPOWER", tlp=TLP.RED)
    seats = {receipt.seat: receipt for receipt in Receipt.objects.select_related("seat")}
    for seat, receipt in seats.items():
        assert seat is not None
        holder = cast.constituent if "reporter" in seat.roles else cast.org_admin
        other = cast.org_admin if "reporter" in seat.roles else cast.constituent
        assert Receipt.objects.visible_to(holder).filter(pk=receipt.pk).exists()
        assert not Receipt.objects.visible_to(other).filter(pk=receipt.pk).exists()


def test_it_notes_the_first_opening_only(cast: Cast) -> None:
    sent("FARHILL")
    public_id = receipt_of("FARHILL").public_id
    actions.mark_read(public_id, actor=cast.hoster)
    with clock.at(NOON + timedelta(minutes=5)):
        actions.mark_read(public_id, actor=cast.hoster)
    assert receipt_of("FARHILL").read_at == NOON


@pytest.mark.parametrize(
    ("standing", "code", "text", "repeat", "late"),
    [
        (Standing(), "a", "", False, False),
        (Standing(answer_by=NOON), "a", "", False, False),
        (Standing(answer_by=NOON - timedelta(seconds=1)), "a", "", False, True),
        (Standing(None, NOON, "a"), "a", "", True, False),
        (Standing(None, NOON, "a"), "a", "more words", False, False),
        (Standing(None, NOON, "a"), "b", "", False, False),
    ],
)
def test_it_judges_answers_by_rule(standing: Standing, code: str, text: str, repeat: bool, late: bool) -> None:
    offers = (Offer("a"), Offer("b"))
    taken = rules.take(standing, offers, code, text, may_read=True, at=NOON)
    assert (taken.repeat, taken.late) == (repeat, late)


def test_it_ships_templates_that_hold_in_both_languages() -> None:
    for template in templates.shipped().values():
        filled = templates.fill(template, {})
        assert filled.title_zh
        assert filled.title_en
        assert "${" not in f"{filled.body_zh}{filled.body_en}"
        assert any(answer.blind for answer in template.answers), "something can be answered without reading"


def test_it_fills_placeholders_without_reading_them_again() -> None:
    from tongbao.profiles.model import Label

    template = templates.shipped()["information"]
    filled = templates.fill(template, {"extra": Label("${office} $x {y}", "${office}")})
    assert "${office} $x {y}" in filled.body_en
