"""Tags of cases."""

from typing import Any

from django import template
from django.template import Context
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from tongbao.files import steps as files
from tongbao.files.models import StoredFile
from tongbao.incidents import steps
from tongbao.incidents.models import Incident, Submission
from tongbao.incidents.rules import desk
from tongbao.profiles import load
from tongbao.ui.templatetags.tongbao import name

register = template.Library()


@register.inclusion_tag("incidents/files.html", takes_context=True)
def files_of(context: Context, thing: Any, way: str = "") -> dict[str, Any]:
    """The files attached to a submission or an entry that the page's reader may see; ``way``: the address that hands
    them out."""
    shown = {name: context.get(name) for name in ("actor", "can", "minguo")}
    return shown | {"files": list(files.attached(thing)), "way": way or "file"}


@register.simple_tag
def with_files(things: list[Any]) -> list[tuple[Any, list[StoredFile]]]:
    """Entries that the page's reader may see, each with its files: asked once for all."""
    found = files.attached_to_all(things)
    return [(each, found[each.public_id]) for each in things]


@register.filter
def defanged(value: str) -> str:
    return desk.defanged(value)


@register.filter
def incident_type(code: str) -> str:
    """A type of the taxonomy in words."""
    found = load.taxonomy().type(code)
    return name(found.label) if found else "–"


@register.simple_tag
def homeland_type(profile: str, code: str) -> str:
    """A type of homeland security incidents in words."""
    found = load.by_id(profile).homeland_type(code)
    return name(found.label) if found else "–"


@register.simple_tag
def reported_homeland_type(submission: Submission) -> str:
    """What the reporter says it is, by the law of the day when it was noticed."""
    return homeland_type(steps.law(submission.aware_at).id, submission.homeland_type)


@register.simple_tag
def reported_level(submission: Submission) -> str:
    """The level that the reporter gave, by the law of the day when it was noticed."""
    return level(steps.law(submission.aware_at).id, submission.level)


@register.simple_tag
def level(profile: str, n: int | None) -> str:
    """An incident level by its full name: never a bare number."""
    found = load.by_id(profile).level(n) if n is not None else None
    return name(found.label) if found else "–"


@register.simple_tag(takes_context=True)
def case_link(context: Context, incident: Incident) -> SafeString:
    """A link to a case as the page's reader knows it: by number for the office, by reference for everybody else."""
    office = context["actor"].office
    words = incident.number if office else incident.reference
    try:
        where = reverse("incidents:detail" if office else "portal:case", args=[incident.public_id])
    except NoReverseMatch:  # the page is served on another face
        return format_html("{}", words)
    return format_html('<a href="{}">{}</a>', where, words)
