"""Conditions of a profile in words. What has no words here is shown as it is written."""

import re
from collections.abc import Callable, Iterable

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from tongbao.profiles.model import Item, Level, Profile, Scale
from tongbao.ui.templatetags.tongbao import name

_COMPARED = re.compile(r"^level (<=|>=|==|!=) (\d+)$")
_EQUAL = re.compile(r"^(\w+) (==|!=) '([^']*)'$")
_STARTS = re.compile(r"^entity_type\.startsWith\('([^']*)'\)$")
_AMONG = re.compile(r"^(\w+) in \[([^\]]*)\]$")
_FLAG = re.compile(r"^(!?)(\w+)$")
_SCALES = {"ci_level": "ci", "responsibility_level": "responsibility"}


def in_words(profile: Profile, when: str) -> list[str]:
    """Each part of a condition that has to hold; empty where something in it has no words."""
    found = [_part(profile, part.strip()) for part in when.split("&&")]
    return found if all(found) else []


def _part(profile: Profile, part: str) -> str:
    readers: tuple[Callable[[Profile, str], str], ...] = (_level, _starting, _equal, _among, _flag)
    return next((words for reader in readers if (words := reader(profile, part))), "")


def _level(profile: Profile, part: str) -> str:
    found = _COMPARED.match(part)
    level = profile.level(int(found[2])) if found else None
    if found is None or level is None:
        return ""
    words = {
        "<=": _("up to %(level)s, and while no level has been given"),
        ">=": _("from %(level)s on"),
        "==": _("at %(level)s"),
        "!=": _("unless it is %(level)s"),
    }
    return words[found[1]] % {"level": name(level.label)}


def _starting(profile: Profile, part: str) -> str:
    found = _STARTS.match(part)
    if found is None:
        return ""
    return _listed(each for each in profile.entity_types if each.code.startswith(found[1]))


def _equal(profile: Profile, part: str) -> str:
    found = _EQUAL.match(part)
    item = _named(profile, found[1], found[3]) if found else None
    if found is None or item is None:
        return ""
    return name(item.label) if found[2] == "==" else _("not: %(what)s") % {"what": name(item.label)}


def _among(profile: Profile, part: str) -> str:
    found = _AMONG.match(part)
    items = [_named(profile, found[1], code) for code in re.findall(r"'([^']*)'", found[2])] if found else []
    return _listed(item for item in items if item is not None) if items and None not in items else ""


def _named(profile: Profile, fact: str, code: str) -> Item | Level | None:
    if fact == "entity_type":
        return profile.entity_type(code)
    scale: Scale | None = next((each for each in profile.scales if each.code == _SCALES.get(fact)), None)
    return scale.of(code) if scale is not None else None


def _flag(profile: Profile, part: str) -> str:
    found = _FLAG.match(part)
    if found is None:
        return ""
    if found[2] == "major":
        return _("not major") if found[1] else _("major incidents")
    label = next((name(fact.label) for fact in profile.facts if fact.code == found[2]), "")
    return (_("not: %(what)s") % {"what": label} if found[1] else label) if label else ""


def _listed(items: Iterable[Item | Level]) -> str:
    return pgettext("between items of a list", ", ").join(name(each.label) for each in items)
