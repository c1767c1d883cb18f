"""Tags that mark what belongs to a drill or test, wherever it is shown."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from tongbao.operations import rendering
from tongbao.operations.models import Operation

register = template.Library()


@register.simple_tag
def mode_mark(operation: Operation) -> SafeString:
    """【演習】 or EXERCISE before a title; nothing for the real thing."""
    mark = rendering.prefix(operation, get_language() or "")
    style = rendering.css(operation)
    return format_html('<strong class="mode mode-{}">{}</strong> ', style, mark) if mark else SafeString("")


@register.simple_tag
def mode_text(operation: Operation) -> str:
    """The same as plain words, for the title of a page."""
    mark = rendering.prefix(operation, get_language() or "")
    return f"{mark} " if mark else ""


@register.simple_tag
def mode_meant(operation: Operation) -> str:
    """What whoever lets something out confirms: whether it is real."""
    return rendering.meant(operation)


@register.simple_tag
def mode_banner(operation: Operation) -> SafeString:
    """What the reader has to know first, as a banner; nothing for the real thing."""
    language = get_language() or ""
    words = rendering.instruction(operation, language)
    if not words:
        return SafeString("")
    mark = rendering.prefix(operation, language)
    return format_html(
        '<div class="banner exercise mode-{}" role="note"><p class="bar"><strong>{}</strong> {}</p></div>',
        rendering.css(operation),
        mark,
        words,
    )
