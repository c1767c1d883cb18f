"""How drill and real are told apart by whoever is reached: the one place that turns a mode into words.

Everything here wants the operation itself. What has none cannot be shown, sent or serialised as if it were real.
"""

from django.utils.translation import gettext as _
from django.utils.translation import override

from tongbao.operations.models import Operation

Mode = Operation.Mode

_PREFIX = {
    Mode.ACTUAL: ("", ""),
    Mode.EXERCISE: ("【演習】", "EXERCISE"),
    Mode.TEST: ("【測試】", "TEST"),
}
_STATUS = {Mode.ACTUAL: "Actual", Mode.EXERCISE: "Exercise", Mode.TEST: "Test"}
_STYLE = {Mode.ACTUAL: "", Mode.EXERCISE: "exercise", Mode.TEST: "test"}


def prefix(operation: Operation, language: str) -> str:
    """What stands before every title: empty for the real thing, 【演習】 / EXERCISE, 【測試】 / TEST."""
    zh, en = _PREFIX[_mode(operation)]
    return zh if language.startswith("zh") else en


def titled(operation: Operation, title: str, language: str) -> str:
    """``title`` with its prefix."""
    mark = prefix(operation, language)
    if not mark:
        return title
    return f"{mark}{title}" if language.startswith("zh") else f"{mark}: {title}"


def status(operation: Operation) -> str:
    """The word of CAP 1.2 for an alert's status."""
    return _STATUS[_mode(operation)]


def css(operation: Operation) -> str:
    """The class of the style sheet; empty for the real thing."""
    return _STYLE[_mode(operation)]


def instruction(operation: Operation, language: str) -> str:
    """What the reached person has to know first; empty for the real thing."""
    mode = _mode(operation)
    with override("zh-hant" if language.startswith("zh") else "en"):
        if mode is Mode.EXERCISE:
            return _("This is an exercise. Act as the exercise asks; do not alert anybody outside it.")
        if mode is Mode.TEST:
            return _("This is a test of how you are reached. Please answer; nothing else has to be done.")
    return ""


def meant(operation: Operation) -> str:
    """What whoever lets something out confirms: whether it is real."""
    return {
        Mode.ACTUAL: _("This is real."),
        Mode.EXERCISE: _("This is an exercise: nobody gets it but those enrolled."),
        Mode.TEST: _("This is a test: nobody gets it but those named in it."),
    }[_mode(operation)]


def tests_calls(operation: Operation) -> bool:
    """Whether its page offers to ask everybody enrolled whether they can be reached."""
    return _mode(operation) is Mode.TEST and operation.ends_at is None


def _mode(operation: Operation) -> Operation.Mode:
    if not isinstance(operation, Operation):
        raise TypeError("what has no operation cannot be rendered")
    return Mode(operation.mode)
