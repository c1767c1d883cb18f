"""What a notice's mail says: the text up to TLP:GREEN, above that only that something waits."""

from django.utils.translation import gettext as _
from django.utils.translation import override

from tongbao.kernel.markings import TLP
from tongbao.notices import rules
from tongbao.notices.channels.email.compose import Words
from tongbao.notices.models import Notice
from tongbao.operations import rendering

_ORDER = {"zh": ("zh-hant", "en"), "en": ("en", "zh-hant")}


def of_notice(notice: Notice, language: str, *, office: dict[str, str]) -> Words:
    """The mail of ``notice``, the recipient's language first. Two line ends stand before the link."""
    order = _ORDER["en" if language.startswith("en") else "zh"]
    parts, titles = [], []
    for tongue in order:
        short = "zh" if tongue.startswith("zh") else "en"
        with override(tongue):
            titles.append(rendering.titled(notice.operation, _title(notice, short, office[short]), short))
            parts.append(
                "\n\n".join(filter(None, [rendering.instruction(notice.operation, short), _part(notice, short)]))
            )
    with override(order[0]):
        foot = _(
            "The link is meant for you alone. Opening it changes nothing; the page asks before it records an answer."
        )
    rule = "\n\n" + "-" * 40 + "\n\n"
    return Words(title=titles[0], before=rule.join(parts) + "\n\n", after=f"\n\n{foot}\n{TLP(notice.tlp).label}\n")


def _title(notice: Notice, language: str, office: str) -> str:
    if rules.shows_content(notice.tlp):
        return str(getattr(notice, f"title_{language}"))
    return _("%(office)s: a notice waits for you") % {"office": office}


def _part(notice: Notice, language: str) -> str:
    if rules.shows_content(notice.tlp):
        return str(getattr(notice, f"body_{language}"))
    return _("A notice waits for you. Its marking does not allow its text in this mail: please sign in to read it.")
