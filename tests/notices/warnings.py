"""What stories of warnings begin with: one written, handed in, let out; organisations with several seats."""

from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from tests.conftest import Cast
from tongbao.kernel import clock
from tongbao.notices import actions
from tongbao.notices.actions import drafts
from tongbao.notices.models import Draft, Notice, Receipt
from tongbao.notices.rules import Grade
from tongbao.notices.rules.content import Audience, Content
from tongbao.notices.rules.escalation import Move, Step
from tongbao.notices.rules.quorum import Quorum
from tongbao.operations.models import Operation, routine
from tongbao.parties.actions import contacts, seats
from tongbao.parties.models import Organisation, Seat, Tenure
from tongbao.policy import actors
from tongbao.profiles.model import Label

BUILDER = actors.system("test")
PLAN = tuple(Step(10, move) for move in (Move.CHANNEL, Move.SEAT, Move.SUPERVISOR, Move.OFFICER))
BLANKS = {
    "place": Label("the central counties", "中部各縣市"),
    "time": Label("14:37", "14:37"),
    "what": Label("electricity", "電力"),
    "duration": Label("four hours", "四小時"),
}


def organisation(code: str) -> Organisation:
    return Organisation.objects.get(code=code)


def seated(cast: Cast, code: str, count: int) -> list[Seat]:
    """The organisation's held seats in the order in which they are called; as many as asked for."""
    home = organisation(code)
    held = list(Seat.objects.filter(organisation=home).order_by("rank", "id"))
    holder = Tenure.objects.filter(seat__organisation=home).first()
    assert holder is not None
    for number in range(len(held), count):
        seat = seats.create_seat(
            home.public_id,
            title_zh=f"第{number}代理人",
            title_en=f"Deputy {number}",
            roles=["reporter"],
            rank=50 + number,
            actor=BUILDER,
        )
        Tenure.objects.create(seat=seat, person=holder.person)
        address = f"deputy{number}@{code.lower()}.example"
        contact = contacts.add_contact(seat.public_id, kind="email", address=address, actor=BUILDER)
        contacts.verify_contact(contact.public_id, how="called", actor=BUILDER)
        held.append(seat)
    return held


def drafted(
    cast: Cast,
    *codes: str,
    event: str = "energy-emergency",
    who: str = "handler",
    operation: Operation | None = None,
    **changes: Any,
) -> Draft:
    """A draft to these organisations, complete."""
    actor = getattr(cast, who)
    draft = drafts.start_draft((operation or routine()).public_id, event=event, values=BLANKS, actor=actor)
    chosen = tuple(organisation(code).public_id for code in codes)
    content: Content = replace(draft.warning, **({"audience": Audience(organisations=chosen)} | changes))
    return drafts.edit_draft(draft.public_id, content, version=draft.version, actor=actor)


def handed_in(cast: Cast, *codes: str, **options: Any) -> Draft:
    draft = drafted(cast, *codes, **options)
    return drafts.submit_draft(
        draft.public_id, version=draft.version, actor=getattr(cast, options.get("who", "handler"))
    )


def warned(cast: Cast, *codes: str, **options: Any) -> Notice:
    """A warning let out by a second person."""
    draft = handed_in(cast, *codes, **options)
    return drafts.approve_draft(draft.public_id, digest=draft.digest, actor=cast.officer)


def sent(cast: Cast, *, needs: dict[str, int], minutes: int) -> Notice:
    """The notice of the worked example."""
    from tongbao.notices.models import Reach

    codes = ("SUNPOWER", "HARBOUR", "FARHILL")
    for code in codes:
        Organisation.objects.filter(code=code).update(supervisor=None)
    notice = warned(cast, *codes, plan=PLAN, answer_by=clock.now() + timedelta(minutes=minutes), quorum=Quorum(1))
    for code, need in needs.items():
        told = set(Receipt.objects.filter(notice=notice, organisation__code=code).values_list("seat", flat=True))
        for seat in Seat.objects.filter(organisation__code=code).exclude(pk__in=told):
            Receipt.objects.create(
                operation=notice.operation,
                notice=notice,
                organisation=seat.organisation,
                seat=seat,
                link_expires_at=clock.now() + timedelta(days=1),
            )
        Reach.objects.filter(notice=notice, organisation__code=code).update(need=need)
    return notice


def answered(cast: Cast, notice: Notice, seat: Seat, code: str, words: str = "原因") -> actions.Given:
    """The seat answers by telephone."""
    receipt = Receipt.objects.get(notice=notice, seat=seat)
    return actions.answer(receipt.public_id, code=code, words=words, grade=Grade.TELEPHONE, actor=cast.officer)
