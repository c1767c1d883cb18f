"""Tags of the pages of the law."""

from typing import Any

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tongbao.profiles import durations
from tongbao.profiles.law import law
from tongbao.profiles.model import Basis, Duty, Item, Label, Profile
from tongbao.records import conditions

register = template.Library()


@register.inclusion_tag("records/basis.html")
def basis(profile: Profile, found: Basis) -> dict[str, Any]:
    """Where a fact stands, and how sure it is."""
    return {"source": law(profile).cited(found), "basis": found}


@register.filter
def span(duration: str) -> str:
    """A duration in words: ``PT72H`` is 72 hours."""
    if not duration:
        return ""
    parts = durations.read(duration)
    words = [
        ngettext("%(n)d month", "%(n)d months", parts.months) % {"n": parts.months} if parts.months else "",
        ngettext("%(n)d day", "%(n)d days", parts.days) % {"n": parts.days} if parts.days else "",
        ngettext("%(n)d hour", "%(n)d hours", parts.hours) % {"n": parts.hours} if parts.hours else "",
        ngettext("%(n)d minute", "%(n)d minutes", parts.minutes) % {"n": parts.minutes} if parts.minutes else "",
    ]
    return " ".join(filter(None, words))


@register.simple_tag
def named(items: tuple[Item, ...], code: str) -> Label | str:
    """The label of a code among items; the code itself when there is none."""
    return next((each.label for each in items if each.code == code), code)


@register.inclusion_tag("records/condition.html")
def condition(profile: Profile, when: str) -> dict[str, Any]:
    """A condition in words, or as it is written where it has none."""
    return {"always": when == "true", "parts": conditions.in_words(profile, when), "when": when}


@register.simple_tag
def who(profile: Profile, actor: str) -> Label | str:
    """Who a duty falls to, by the words of the profile."""
    found = next((role.label for role in profile.roles if role.code == actor), None)
    return found if found is not None else _("this office") if actor == "authority" else actor


@register.simple_tag
def starts(profile: Profile, duty: Duty) -> str:
    """What a clock starts from, in words."""
    if duty.trigger.startswith("submitted:"):
        code = duty.trigger.removeprefix("submitted:")
        label = next((each.label for each in profile.duties if each.code == code), None)
        return _("after it has been done: %(duty)s") % {"duty": _name(label) if label else code}
    return str(_triggers().get(duty.trigger, duty.trigger))


def _name(label: Label) -> str:
    from tongbao.ui.templatetags.tongbao import name

    return name(label)


def _triggers() -> dict[str, str]:
    return {
        "aware": _("from becoming aware"),
        "received": _("from receipt"),
        "review_done": _("from the end of the review"),
        "contained": _("from the end of damage control or recovery"),
        "handled": _("from the end of handling"),
        "level_change": _("from the change of level"),
        "on_request": _("when asked for"),
    }
