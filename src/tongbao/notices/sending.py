"""A draft becomes a notice: its audience looked up at this moment, a receipt for each, what it follows closed."""

from tongbao.kernel.markings import TLP, Grant, Grantee, Marking, Track
from tongbao.notices import audience, enclosing, reaching, steps
from tongbao.notices.models import Draft, Notice, Receipt
from tongbao.notices.outgoing import Recipient
from tongbao.notices.rules.content import Content, Kind, ToldFor
from tongbao.notices.steps import Message, Warned
from tongbao.notices.templates import Filled
from tongbao.policy.actors import Actor


def send(draft: Draft, *, actor: Actor) -> Notice:
    """Send what the draft says, now."""
    content = draft.warning
    warned = Warned(Kind(draft.kind), content, draft.replaces)
    recipients = recipients_of(draft, content)
    notice = steps.send(
        Message(
            operation=draft.operation,
            about=("draft", draft.public_id),
            template="",
            text=_text(content),
            marking=_marking(draft, content, recipients, actor),
            answer_by=content.answer_by,
            recipients=tuple(recipients),
            warning=warned,
            kept=tuple(enclosing.to_send(draft)),
        ),
        actor=actor,
    )
    if draft.replaces is not None:
        reaching.close(chain(draft.replaces))
    return notice


def recipients(draft: Draft) -> bool:
    """Whether anybody at all would get it."""
    content = draft.warning
    return content.audience.public or bool(recipients_of(draft, content))


def recipients_of(draft: Draft, content: Content) -> list[Recipient]:
    """Whom the audience means now; and everyone who got what this follows."""
    found: dict[tuple[int, int | None], Recipient] = {}
    need = content.quorum.seats
    if draft.kind != Kind.CANCEL:
        for each in audience.mean(content.audience, need, track=Track(draft.track)):
            key, enough = each.organisation, min(need, max(1, len(each.seats)))
            told: list[int | None] = [*each.told] or [None]
            for seat in told:
                found[key, seat] = Recipient(key, seat, tuple(each.reasons), enough)
    if draft.replaces is not None:
        why = ({"reason": ToldFor.HAD_IT.value},)
        had = Receipt.objects.filter(notice__in=chain(draft.replaces)).order_by("pk")
        for organisation, seat in had.values_list("organisation", "seat").distinct():
            found.setdefault((organisation, seat), Recipient(organisation, seat, why, 1))
    return list(found.values())


def chain(notice: Notice) -> list[Notice]:
    """The notice and all that it follows, the newest first."""
    found = [notice]
    while (before := found[-1].replaces) is not None:
        found.append(before)
    return found


def _text(content: Content) -> Filled:
    """Title and body as every channel carries them: the instruction stands under the body."""
    texts = content.texts
    return Filled(
        title_zh=texts.title_zh.strip(),
        title_en=texts.title_en.strip(),
        body_zh="\n\n".join(filter(None, (texts.body_zh.strip(), texts.instruction_zh.strip()))),
        body_en="\n\n".join(filter(None, (texts.body_en.strip(), texts.instruction_en.strip()))),
    )


def _marking(draft: Draft, content: Content, recipients: list[Recipient], actor: Actor) -> Marking:
    """As the content is marked. A TLP:RED warning is for the seats told, those who wrote it and who let it out; a
    public one for everybody."""
    grants = set()
    if content.tlp == TLP.RED:
        grants = {Grant(Grantee.SEAT, each.seat) for each in recipients if each.seat is not None}
        people = {draft.author_id, draft.submitted_by_id, actor.user}
        grants |= {Grant(Grantee.USER, key) for key in people if key is not None}
    if content.audience.public:
        grants.add(Grant(Grantee.PUBLIC, 0))
    return Marking(TLP(content.tlp), Track(draft.track), None, frozenset(grants))
