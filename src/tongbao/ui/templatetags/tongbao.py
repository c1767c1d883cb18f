"""Tags and filters of every template (built in: no ``load`` needed)."""

from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django import template
from django.contrib.staticfiles.storage import staticfiles_storage
from django.forms import BoundField, Form
from django.template import Context
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tongbao.kernel import clock
from tongbao.kernel.markings import TLP
from tongbao.profiles.model import Label
from tongbao.ui import sentences

register = template.Library()


@register.filter
def name(thing: Any) -> str:
    """The name of anything with ``name_zh`` and ``name_en`` (or titles), in the language of the page."""
    if thing is None:
        return ""
    language = "zh" if (get_language() or "").startswith("zh") else "en"
    if isinstance(thing, Label):
        return str(getattr(thing, language))
    for field in ("name", "title", "label"):
        value = getattr(thing, f"{field}_{language}", None)
        if value:
            return str(value)
    return str(thing)


@register.simple_tag(takes_context=True)
def when(context: Context, moment: datetime | date | None, *, only: str = "") -> SafeString:
    """A moment in the office's zone as ``<time>``; with the Minguo year if the visitor wants it.

    ``only``: "date" leaves the time out, "second" is exact to the second, as evidence wants it.
    """
    if moment is None:
        return SafeString("–")
    local = _local(moment) if isinstance(moment, datetime) else moment
    return SafeString(
        f'<time datetime="{_machine(local)}">{_written(context, local, only)}</time>'
    )  # digits and our own words


def _local(moment: datetime) -> datetime:
    """A moment in the office's zone."""
    return moment.astimezone(timezone.get_default_timezone())


def _written(context: Context, local: datetime | date, only: str = "") -> str:
    """A moment of the office's zone for people, as :func:`when` shows it."""
    year = str(local.year)
    if context.get("minguo") and local.year > 1911:
        year = _("Minguo %(year)s") % {"year": local.year - 1911}
    time = "" if only == "date" or not isinstance(local, datetime) else " %H:%M:%S" if only == "second" else " %H:%M"
    return f"{year}{local.strftime(f'-%m-%d{time}')}"


def _machine(local: datetime | date) -> str:
    """A moment for programs, to the second."""
    return local.isoformat(timespec="seconds") if isinstance(local, datetime) else local.isoformat()


@register.filter
def left(moment: datetime | None) -> str:
    """How long until ``moment``, or how long ago it was: the two largest units, minutes at least."""
    if moment is None:
        return ""
    seconds = (moment - clock.now()).total_seconds()
    minutes = int(abs(seconds)) // 60
    if not minutes:
        return _("at any moment") if seconds > 0 else _("just now")
    days, rest = divmod(minutes, 1440)
    hours, mins = divmod(rest, 60)
    if days:
        span = _("%(days)d d %(hours)d h") % {"days": days, "hours": hours}
    elif hours:
        span = _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": mins}
    else:
        span = _("%(minutes)d min") % {"minutes": mins}
    return (_("in %(span)s") if seconds > 0 else _("%(span)s ago")) % {"span": span}


@register.simple_tag(takes_context=True)
def ago(context: Context, moment: datetime | None) -> SafeString:
    """How long until or since ``moment``; the moment itself for who points at it."""
    if moment is None:
        return SafeString("")
    local = _local(moment)
    machine, written = _machine(local), _written(context, local)
    return SafeString(f'<time datetime="{machine}" title="{written}">{left(moment)}</time>')


@register.simple_tag
def tlp(level: int | None) -> SafeString:
    """A marking as TLP 2.0 wants it shown: the label in words, the colour as a help only."""
    if level is None:
        return SafeString("")
    marking = TLP(level)
    return _tagged("tlp tlp", marking.name.lower().replace("_", "-"), marking.label)


@register.simple_tag
def state(kind: str, code: str) -> SafeString:
    """A state as a tag: its word, and a shape before it, so that colour is never the only sign."""
    word, tone = sentences.state(kind, code)
    return _tagged("tag tag", tone, word)


@lru_cache(maxsize=4096)
def _tagged(kind: str, tone: str, word: str) -> SafeString:
    return format_html('<span class="{}-{}">{}</span>', kind, tone, word)


@register.filter
def say(code: str, vocabulary: str) -> str:
    """The words for ``code`` of a vocabulary in ui/sentences.py."""
    return sentences.word(vocabulary, code)


@register.filter
def words(text: str) -> list[str]:
    """The words of a text: a short list for a template's loop."""
    return text.split()


@register.filter
def listed(value: Any) -> str:
    """A value as words: the members of a list with commas between them."""
    return ", ".join(str(each) for each in value) if isinstance(value, list) else str(value)


@register.filter
def state_word(code: str, kind: str) -> str:
    """A state as plain words, for places where a tag does not fit."""
    return sentences.state(kind, code)[0]


@register.filter
def groups(number: str) -> str:
    """A long number in groups of four."""
    return " ".join(number[start : start + 4] for start in range(0, len(number), 4))


@register.simple_tag
def shown_title(thing: Any) -> str:
    """The title of a thing in a list. A restricted one shows none: reading it is opening it, and leaves a trace."""
    return _("Restricted: open to read") if thing.restricted else name(thing)


@register.simple_tag
def asset(path: str) -> str:
    """The address of a static file."""
    return staticfiles_storage.url(path)


@register.inclusion_tag("ui/field.html")
def field(bound: BoundField, *, wide: bool = False, plain: bool = False, about: str = "") -> dict[str, Any]:
    """One form field: label, help, error, control.

    ``about`` stands before the label; ``plain`` leaves out that it is optional, where something is chosen already.
    """
    return {"field": bound, "errors": bound.errors, "wide": wide, "plain": plain, "about": about}


@register.inclusion_tag("ui/errors.html")
def problems(form: Form) -> dict[str, Any]:
    """The summary of a refused form: one link per problem."""
    return {"form": form, "fields": [bound for bound in form if bound.errors]}


@register.inclusion_tag("ui/pager.html", takes_context=True)
def pager(context: Context, following: Any, *, by: str = "after") -> dict[str, Any]:
    """The way to the next page of a list and back to its first; nothing where there is but one. ``by``: the name of
    its cursor in the address, where a page has several lists."""
    first = here(context, **{by: None}) if context["request"].GET.get(by) else ""
    return {"first": first, "next": here(context, **{by: following}) if following else ""}


@register.simple_tag(takes_context=True)
def here(context: Context, **changes: Any) -> str:
    """The query string of this page with some values changed (None removes one)."""
    query = context["request"].GET.copy()
    for key, value in changes.items():
        if value in (None, ""):
            query.pop(key, None)
        else:
            query[key] = str(value)
    return f"?{query.urlencode()}" if query else "?"
