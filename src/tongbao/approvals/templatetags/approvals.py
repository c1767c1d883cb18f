"""Tags of what is judged."""

from django import template
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from tongbao.approvals.models import Approval
from tongbao.profiles import load
from tongbao.ui.templatetags.tongbao import name

register = template.Library()


@register.simple_tag
def approval_title(approval: Approval, *, opened: bool = False) -> str:
    """The title in the language of the page. A restricted one shows none before it is ``opened``."""
    if approval.restricted and not opened:
        return _("Restricted: open to read")
    profile = load.by_id(approval.profile)
    for each in (*profile.approvals, *profile.forms):
        if approval.title.startswith(f"{each.label.zh} "):
            return f"{capfirst(name(each.label))}{approval.title.removeprefix(each.label.zh)}"
    return approval.title
