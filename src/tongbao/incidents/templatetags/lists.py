"""Tags of lists: views kept under a name, what can be done to many, what is new."""

from typing import Any

from django import template
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from tongbao.incidents.bulk import ACTS
from tongbao.incidents.models import Incident, SavedView
from tongbao.incidents.rules import lists as rules

register = template.Library()


@register.inclusion_tag("incidents/saved_views.html", takes_context=True)
def saved_views(context: Context, what: str) -> dict[str, Any]:
    """The views of a list that its reader keeps or shares with colleagues, and keeping the present one."""
    actor, request = context["actor"], context["request"]
    rows = SavedView.objects.visible_to(actor).filter(what=what).select_related("user")
    return {
        "views": list(rows[: rules.MOST]),
        "what": what,
        "query": rules.query(what, request.GET.urlencode()),
        "actor": actor,
        "csrf_token": context.get("csrf_token"),
    }


@register.inclusion_tag("incidents/bulk_choice.html")
def bulk_choice(what: str) -> dict[str, Any]:
    """What to do with those that are ticked."""
    return {"acts": list(ACTS[what])}


@register.simple_tag
def news_mark(news: dict[int, int | None], incident: Incident) -> SafeString | str:
    """How much is new in a case since its reader last looked."""
    fresh = news.get(incident.pk)
    if fresh is None:
        return format_html(' <span class="muted">{}</span>', _("not looked at yet"))
    return format_html(" <strong>{}</strong>", _("%(n)s new") % {"n": fresh}) if fresh else ""
