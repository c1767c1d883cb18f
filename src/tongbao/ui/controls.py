"""Controls of forms, written in code: a template for each of the thirty on a page costs a fifth of the page."""

from collections.abc import Callable
from typing import Any

from django.forms.renderers import TemplatesSetting
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString


class Controls(TemplatesSetting):
    """Writes plain inputs, text areas and choices; everything else comes from its template."""

    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> str:
        write = _WRITTEN.get(template_name)
        return write(context["widget"]) if write else super().render(template_name, context, request)


def _input(widget: dict[str, Any]) -> SafeString:
    value = widget["value"]
    said = "" if value is None else format_html(' value="{}"', value)
    return format_html(
        '<input type="{}" name="{}"{}{}>', widget["type"], widget["name"], said, flatatt(widget["attrs"])
    )


def _textarea(widget: dict[str, Any]) -> SafeString:
    return format_html(
        '<textarea name="{}"{}>\n{}</textarea>', widget["name"], flatatt(widget["attrs"]), widget["value"] or ""
    )


def _select(widget: dict[str, Any]) -> SafeString:
    groups = format_html_join("", "{}", ((_group(name, options),) for name, options, _ in widget["optgroups"]))
    return format_html('<select name="{}"{}>{}\n</select>', widget["name"], flatatt(widget["attrs"]), groups)


def _group(name: Any, options: list[dict[str, Any]]) -> SafeString:
    written = format_html_join(
        "",
        '\n<option value="{}"{}>{}</option>',
        ((each["value"], flatatt(each["attrs"]), each["label"]) for each in options),
    )
    return format_html('\n<optgroup label="{}">{}\n</optgroup>', name, written) if name else written


def _many(widget: dict[str, Any]) -> SafeString:
    """Boxes or buttons to choose among, each with its words."""
    groups = format_html_join("", "{}", ((_boxes(name, options),) for name, options, _ in widget["optgroups"]))
    kept = {key: widget["attrs"][key] for key in ("id", "class") if widget["attrs"].get(key)}
    return format_html("<div{}>{}\n</div>", flatatt(kept), groups)


def _boxes(name: Any, options: list[dict[str, Any]]) -> SafeString:
    written = format_html_join("", "<div>\n    {}</div>", ((_box(each),) for each in options))
    return format_html("<div><label>{}</label>{}</div>", name, written) if name else written


def _box(option: dict[str, Any]) -> SafeString:
    if not option["wrap_label"]:
        return _input(option)
    whose = flatatt({"for": option["attrs"]["id"]}) if option["attrs"].get("id") else ""
    return format_html("<label{}>{} {}</label>", whose, _input(option), option["label"])


_TEMPLATES = "django/forms/widgets"
_INPUTS = ("checkbox", "date", "datetime", "email", "hidden", "input", "number", "password", "text", "time", "url")
_WRITTEN: dict[str, Callable[[dict[str, Any]], SafeString]] = {
    f"{_TEMPLATES}/textarea.html": _textarea,
    f"{_TEMPLATES}/select.html": _select,
    f"{_TEMPLATES}/checkbox_select.html": _many,
    f"{_TEMPLATES}/radio.html": _many,
    **{f"{_TEMPLATES}/{name}.html": _input for name in _INPUTS},
}
