"""An energy emergency, played once: warned, answered by mail, in the portal and by telephone; one company is silent,
its ministry is told; an Update corrects, a Cancel stands down. It happened within the last hour."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from msgspec.structs import replace

from tongbao.kernel import clock
from tongbao.notices import actions as answers
from tongbao.notices import delivery, escalating
from tongbao.notices.actions import drafts
from tongbao.notices.models import Draft, Notice, Receipt
from tongbao.notices.rules import Grade
from tongbao.notices.rules.content import Area, Audience, Kind
from tongbao.operations.models import routine
from tongbao.parties.standing import actor_of
from tongbao.policy.actors import Actor
from tongbao.profiles.model import Label
from tongbao.wiring.demo.country import Country

Say = Callable[[str], None]
Link = Callable[[Path, str], str]
TOLD = ("SUNPOWER", "HARBOUR", "GREENHILL")
BLANKS = {
    "place": Label("the central counties", "中部各縣市"),
    "time": Label("14:37", "14:37"),
    "what": Label("electricity", "電力"),
    "duration": Label("four hours", "四小時"),
}


def play(country: Country, mail: Path, link_in: Link, say: Say) -> Notice:
    """From the first word to the Cancel. Returns the warning."""
    began = clock.now() - timedelta(minutes=55)
    officer, handler = (actor_of(country.people[who]) for who in ("officer", "handler"))
    with clock.at(began):
        notice = _warned(country, officer, handler)
        _sent()
    say("11  王承辦撰寫能源緊急警訊，林值勤核發。One officer writes the warning, a second lets it out.")
    _answered(country, notice, mail, link_in, began)
    say("12  青山銀行以郵件、海港市政府於收件匣回覆；日光電力未回應。A bank answers by mail, a city in the portal.")
    _climbed(began, officer, notice)
    say("13  逐級升級後通知能源部，值勤官致電日光電力。Silence climbs to the ministry; the officer telephones.")
    with clock.at(began + timedelta(minutes=45)):
        second = _corrected(notice, officer, handler)
        _sent()
    ready = Draft.objects.get(replaces=second, state=Draft.State.PREPARED)
    drafts.send_prepared(ready.public_id, actor=handler)
    say("14  更新更正時間，供電恢復後解除。An Update corrects the time, a Cancel stands everybody down.")
    return notice


def _warned(country: Country, officer: Actor, handler: Actor) -> Notice:
    draft = drafts.start_draft(routine().public_id, event="energy-emergency", values=BLANKS, actor=handler)
    chosen = Audience(organisations=tuple(country.organisations[code].public_id for code in TOLD))
    where = Area(counties=("TW-TXG", "TW-CHA", "TW-NAN"))
    content = replace(draft.warning, audience=chosen, area=where)
    draft = drafts.edit_draft(draft.public_id, content, version=draft.version, actor=handler)
    draft = drafts.submit_draft(draft.public_id, version=draft.version, actor=handler)
    return drafts.approve_draft(draft.public_id, digest=draft.digest, actor=officer)


def _answered(country: Country, notice: Notice, mail: Path, link_in: Link, began: datetime) -> None:
    with clock.at(began + timedelta(minutes=4)):
        answers.answer_by_link(link_in(mail, "liu@greenhill.example"), code="can-act")
    with clock.at(began + timedelta(minutes=7)):
        receipt = Receipt.objects.get(notice=notice, organisation__code="HARBOUR")
        city = actor_of(country.people["city"])
        answers.mark_read(receipt.public_id, actor=city)
        answers.answer(receipt.public_id, code="can-act", grade=Grade.SIGNED_IN, actor=city)


def _climbed(began: datetime, officer: Actor, notice: Notice) -> None:
    for minutes in (10, 20, 30, 40):
        with clock.at(began + timedelta(minutes=minutes)):
            escalating.climb()
            _sent()
    with clock.at(began + timedelta(minutes=42)):
        receipt = Receipt.objects.filter(notice=notice, organisation__code="SUNPOWER").order_by("pk").first()
        if receipt is not None:
            words = "張聯絡：備援已啟動，可維持供電。"
            answers.answer(receipt.public_id, code="can-act", words=words, grade=Grade.TELEPHONE, actor=officer)


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
