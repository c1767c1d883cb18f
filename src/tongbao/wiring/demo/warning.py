"""An energy emergency, played once: warned, answered by mail, in the portal, by SMS and by telephone; one company is
silent, its ministry is told; an Update corrects, a Cancel stands down. It happened within the last hour. Then the same
as an exercise: it differs in its marks, and reaches the enrolled alone."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from msgspec.structs import replace

from tongbao.files import store
from tongbao.files.steps import Received
from tongbao.kernel import clock
from tongbao.notices import actions as answers
from tongbao.notices import delivery, escalating, links, replies
from tongbao.notices.actions import drafts, telephoning
from tongbao.notices.actions.enclosing import enclose
from tongbao.notices.channels import registry
from tongbao.notices.channels.gateway.described import Replied
from tongbao.notices.incoming import placing
from tongbao.notices.models import Draft, Notice, Receipt
from tongbao.notices.rules import Grade
from tongbao.notices.rules.content import Area, Audience, Kind
from tongbao.operations import enrolment_actions, frame_actions
from tongbao.operations.enrolment_actions import Named
from tongbao.operations.models import Operation, routine
from tongbao.operations.rules import Draft as Frame
from tongbao.parties.actions import contacts
from tongbao.parties.models import Organisation
from tongbao.parties.standing import actor_of
from tongbao.policy.actors import Actor
from tongbao.profiles.model import Label
from tongbao.wiring.demo import mailbox
from tongbao.wiring.demo.country import BUILDER, Country

Say = Callable[[str], None]
TOLD = ("SUNPOWER", "HARBOUR", "GREENHILL", "FARHILL")
ENROLLED = ("SUNPOWER", "HARBOUR")
MOBILE = "+886900000123"
"""Of a series that nobody is given."""
BLANKS = {
    "place": Label("the central counties", "中部各縣市"),
    "time": Label("14:37", "14:37"),
    "what": Label("electricity", "電力"),
    "duration": Label("four hours", "四小時"),
}

ORDER = """供電恢復順序 / Order in which supply comes back
1. 醫院 hospitals
2. 淨水場與揚水站 waterworks
3. 港口與機場 ports and airports
4. 其餘民眾 everybody else
"""
"""What goes with the warning as a file."""


def play(country: Country, mail: Path, say: Say) -> Notice:
    """From the first word to the Cancel. Returns the warning."""
    began = clock.now() - timedelta(minutes=55)
    officer, handler = (actor_of(country.people[who]) for who in ("officer", "handler"))
    texted = "sms" in registry.usable()
    with clock.at(began):
        if texted:
            _mobile(country, officer)
        notice = _warned(country, routine(), officer, handler)
        _sent()
    say("11  王承辦撰寫能源緊急警訊，林值勤核發。One officer writes the warning, a second lets it out.")
    _answered(country, notice, mail, began)
    say("12  青山銀行回信、海港市政府於收件匣回覆。A bank answers by mail, a city in the portal.")
    _climbed(began, officer, notice, texted)
    say("13  遠山主機公司以簡訊回覆；日光電力未回應，升級至能源部，值勤官致電。One answers by SMS; one stays silent.")
    with clock.at(began + timedelta(minutes=45)):
        second = _corrected(notice, officer, handler)
        _sent()
    ready = Draft.objects.get(replaces=second, state=Draft.State.PREPARED)
    drafts.send_prepared(ready.public_id, actor=handler)
    _sent()
    say("14  更新更正時間，供電恢復後解除。An Update corrects the time, a Cancel stands everybody down.")
    drilled = _exercise(country, officer, handler)
    say(f"15  同一警訊以演習發布，僅 {drilled.receipts.count()} 個納入演習之單位收到。The same as an exercise.")
    return notice


def _mobile(country: Country, officer: Actor) -> None:
    """The abuse desk of a hosting company is reached by SMS too."""
    seat = country.organisations["FARHILL"].seats.get()
    contact = contacts.add_contact(seat.public_id, kind="sms", address=MOBILE, language="en", actor=BUILDER)
    contacts.verify_contact(contact.public_id, how="示範資料 / demonstration", actor=officer)


def _exercise(country: Country, officer: Actor, handler: Actor) -> Notice:
    frame = frame_actions.begin_operation(
        Frame(kind="drill", code="DRILL26", name_zh="能源緊急演練", name_en="Energy emergency exercise"), actor=officer
    )
    enrolment_actions.enrol(frame.public_id, Named(organisations=ENROLLED), actor=officer)
    notice = _warned(country, frame, officer, handler)
    _sent()
    return notice


def _warned(country: Country, frame: Operation, officer: Actor, handler: Actor) -> Notice:
    draft = drafts.start_draft(frame.public_id, event="energy-emergency", values=BLANKS, actor=handler)
    chosen = Audience(organisations=tuple(country.organisations[code].public_id for code in TOLD))
    where = Area(counties=("TW-TXG", "TW-CHA", "TW-NAN"))
    content = replace(draft.warning, audience=chosen, area=where)
    draft = drafts.edit_draft(draft.public_id, content, version=draft.version, actor=handler)
    order = Received(store.write([ORDER.encode()]), "供電順序 order-of-supply.txt", "text/plain")
    draft = enclose(draft.public_id, [order], version=draft.version, actor=handler)
    draft = drafts.submit_draft(draft.public_id, version=draft.version, actor=handler)
    return drafts.approve_draft(draft.public_id, digest=draft.digest, actor=officer)


def _answered(country: Country, notice: Notice, mail: Path, began: datetime) -> None:
    with clock.at(began + timedelta(minutes=4)):
        placing.take_mail(_reply(mail, "liu@greenhill.example", "can-act"))
    with clock.at(began + timedelta(minutes=7)):
        receipt = Receipt.objects.get(notice=notice, organisation__code="HARBOUR")
        city = actor_of(country.people["city"])
        answers.mark_read(receipt.public_id, actor=city)
        answers.answer(receipt.public_id, code="can-act", grade=Grade.SIGNED_IN, actor=city)


def _reply(mail: Path, who: str, words: str) -> bytes:
    """What somebody's mail program makes of the newest mail when these words are typed above it."""
    told, _ = mailbox.read(max(mail.glob(f"*-{who}.eml")))
    return mailbox.reply(told, words).as_bytes()


def _climbed(began: datetime, officer: Actor, notice: Notice, texted: bool) -> None:  # noqa: FBT001 - of this story
    for minutes in (10, 20, 30, 40):
        with clock.at(began + timedelta(minutes=minutes)):
            escalating.climb()
            _sent()
        if minutes == 10:
            _texted(notice, began + timedelta(minutes=13), texted)
    with clock.at(began + timedelta(minutes=41)):
        silent = Organisation.objects.get(code="SUNPOWER")
        telephoning.take_over(notice.public_id, organisation=silent.public_id, actor=officer)
    with clock.at(began + timedelta(minutes=42)):
        receipt = Receipt.objects.filter(notice=notice, organisation__code="SUNPOWER").order_by("pk").first()
        if receipt is not None:
            words = "張聯絡：備援已啟動，可維持供電。"
            answers.answer(receipt.public_id, code="can-act", words=words, grade=Grade.TELEPHONE, actor=officer)


def _texted(notice: Notice, at: datetime, texted: bool) -> None:  # noqa: FBT001 - of this story
    """The SMS that followed the mail is answered with its code; where no gateway is set up, the mail's link."""
    receipt = Receipt.objects.get(notice=notice, organisation__code="FARHILL")
    with clock.at(at):
        if texted:
            code = replies.short(receipt.deliveries.get(channel="sms").reply_code)
            placing.take_sms("sms", Replied(id="demonstration-1", sender=MOBILE, text=f"{code} can-act"))
        else:
            answers.answer_by_link(links.token(receipt), code="can-act")


def _corrected(notice: Notice, officer: Actor, handler: Actor) -> Notice:
    draft = drafts.start_update(notice.public_id, kind=Kind.UPDATE, actor=handler)
    content = draft.warning
    texts = replace(
        content.texts,
        body_zh=content.texts.body_zh.replace("四小時", "一小時"),
        body_en=content.texts.body_en.replace("four hours", "one hour"),
    )
    later = replace(content, texts=texts, answer_by=clock.now() + timedelta(minutes=30))
    draft = drafts.edit_draft(draft.public_id, later, version=draft.version, actor=handler)
    draft = drafts.submit_draft(draft.public_id, version=draft.version, actor=handler)
    return drafts.approve_draft(draft.public_id, digest=draft.digest, actor=officer)


def _sent() -> None:
    """Everything that waits goes out now."""
    while delivery.send_due():
        pass
