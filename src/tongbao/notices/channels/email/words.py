"""What a notice's mail says: the text where it may, else only that something waits; and how to answer."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext

from tongbao.kernel.markings import TLP
from tongbao.notices import offering, particular, rules
from tongbao.notices.channels.email.compose import Words
from tongbao.notices.models import Notice, Receipt
from tongbao.notices.rules.content import Kind
from tongbao.operations import rendering
from tongbao.profiles import places
from tongbao.ui.sentences import word

_ORDER = {"zh": ("zh-hant", "en"), "en": ("en", "zh-hant")}


def of_notice(
    notice: Notice, language: str, *, office: dict[str, str], protected: bool = False, at_link: Sequence[str] = ()
) -> Words:
    """The mail of ``notice``, the recipient's language first. Two line ends stand before the link. ``at_link``: files
    that are too large for a mail."""
    order = _ORDER["en" if language.startswith("en") else "zh"]
    readable = rules.shows_content(notice.tlp, protected=protected)
    parts, titles, feet = [], [], []
    for tongue in order:
        short = "zh" if tongue.startswith("zh") else "en"
        with override(tongue):
            titles.append(title(notice, short, office[short], readable=readable))
            part = _part(notice, short, readable=readable)
            mode = rendering.instruction(notice.operation, short)
            facts = _facts(notice, short) if readable else ""
            parts.append("\n\n".join(filter(None, [mode, part, facts, _files(at_link)])))
            feet.append(_foot(notice, short, readable=readable))
    with override(order[0]):
        caution = _(
            "The link is meant for you alone. Opening it changes nothing; the page asks before it records an answer."
        )
    rule = "\n\n" + "-" * 40 + "\n\n"
    after = "\n\n" + "\n\n".join([caution, *filter(None, feet), TLP(notice.tlp).label]) + "\n"
    return Words(title=titles[0], before=rule.join(parts) + "\n\n", after=after)


def own(receipt: Receipt, language: str) -> str:
    """What is for this recipient alone, above the link."""
    with override(_ORDER["en" if language.startswith("en") else "zh"][0]):
        said = particular.words(receipt)
    return f"{said}\n\n" if said else ""


def waiting(notice: Notice, language: str, *, office: dict[str, str]) -> Words:
    """The outside of an encrypted mail: its subject gives nothing away."""
    short = "en" if language.startswith("en") else "zh"
    with override(_ORDER[short][0]):
        return Words(title=title(notice, short, office[short], readable=False), before="", after="")


def title(notice: Notice, language: str, office: str, *, readable: bool) -> str:
    """One line, in the language that is set, with the mark of a drill or test: of a mail, an SMS, a call."""
    waits = _("%(office)s: a notice waits for you") % {"office": office}
    return rendering.titled(notice.operation, getattr(notice, f"title_{language}") if readable else waits, language)


def _part(notice: Notice, language: str, *, readable: bool) -> str:
    if readable:
        return str(getattr(notice, f"body_{language}"))
    return _("A notice waits for you. Its marking does not allow its text in this mail: please sign in to read it.")


def _facts(notice: Notice, language: str) -> str:
    """How serious a warning is, where it holds and until when, and by when an answer is waited for; nothing of what
    is told of a case, nor of a Cancel: that it was severe is over."""
    warning = notice.warning
    if warning is None or notice.kind == Kind.CANCEL:
        return ""
    grades = (("severity", warning.severity), ("urgency", warning.urgency), ("certainty", warning.certainty))
    known = places.counties(settings.TONGBAO.jurisdiction)
    where = [getattr(known[code].label, language) for code in warning.area.counties if code in known]
    said = [
        (_("How serious it is"), " · ".join(word(kind, code) for kind, code in grades)),
        (_("Where"), pgettext("between items of a list", ", ").join(where)),
        (_("Holds until"), _moment(warning.expires_at)),
        (_("Answer by"), _moment(warning.answer_by)),
    ]
    return "\n".join(_("%(reason)s: %(value)s") % {"reason": what, "value": value} for what, value in said if value)


def _moment(at: datetime | None) -> str:
    return f"{localtime(at):%Y-%m-%d %H:%M}" if at is not None else ""


def _files(at_link: Sequence[str]) -> str:
    return "\n".join([_("Files, too large for this mail, which the link leads to:"), *at_link]) if at_link else ""


def _foot(notice: Notice, language: str, *, readable: bool) -> str:
    """How to answer by replying."""
    listed = offering.numbered(notice, language, blind_only=not readable)
    if not listed:
        return ""
    head = _("You can also reply to this mail. Leave its subject as it is, and begin the first line with a number:")
    return "\n".join([head, *listed])
