"""``translate`` and ``url`` as Django has them, built in after Django's own: what never changes is worked out once."""

from typing import Any

from django import template
from django.template.base import FilterExpression, Node, Parser, Token
from django.template.context import Context
from django.template.defaulttags import URLNode
from django.template.defaulttags import url as django_url
from django.templatetags.i18n import TranslateNode, do_translate
from django.urls import NoReverseMatch
from django.utils.html import conditional_escape
from django.utils.translation import get_language

from tongbao.ui import links

register = template.Library()


class Said(Node):
    """Words of our own that no variable is in: the same each time in one language."""

    child_nodelists = ()

    def __init__(self, node: TranslateNode) -> None:
        self.node = node
        self.known: dict[str | None, str] = {}

    def render(self, context: Context) -> str:
        language = get_language()
        found = self.known.get(language)
        if found is None:
            found = self.known[language] = self.node.render(context)
        return found


class Address(Node):
    """The address of a page that the template names outright."""

    child_nodelists = ()

    def __init__(self, node: URLNode, name: str) -> None:
        self.node, self.name = node, name

    def render(self, context: Context) -> str:
        parts = [part.resolve(context) for part in self.node.args]
        try:
            found = links.address(self.name, *parts)
        except NoReverseMatch:
            return str(self.node.render(context))
        if self.node.asvar:
            context[self.node.asvar] = found
            return ""
        return conditional_escape(found)


@register.tag
def translate(parser: Parser, token: Token) -> Node:
    node = do_translate(parser, token)
    words: FilterExpression = node.filter_expression
    plain = _literal(words) is not None and node.asvar is None
    return Said(node) if plain and (node.message_context is None or _literal(node.message_context)) else node


@register.tag
def url(parser: Parser, token: Token) -> Node:
    node = django_url(parser, token)
    name = _literal(node.view_name)
    return Address(node, name) if isinstance(name, str) and not node.kwargs else node


def _literal(expression: FilterExpression) -> Any:
    """What the template says in so many words; None for anything that is worked out."""
    if expression.filters:
        return None
    return getattr(expression.var, "literal", expression.var)
