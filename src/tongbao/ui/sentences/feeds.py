"""Words of feeds and findings."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tongbao.ui.sentences.words import Words

FEEDS: dict[str, Words] = {
    "door_of_feeds": {
        "api": _("API"),
        "command": _("command line"),
        "folder": _("folder"),
        "mail": pgettext_lazy("door", "mail"),
        "page": _("page"),
    },
    "refused_line": {
        "address": _("no public address"),
        "archive-bomb": _("unpacks to far more than is sensible"),
        "archive-damaged": _("the archive is damaged or cut off"),
        "cell": _("a cell cannot be read"),
        "columns": _("more cells than the header has columns"),
        "columns-missing": _("columns are missing without which no line can be read"),
        "csv": _("not a line of CSV"),
        "empty": _("nothing is in it, not even a header"),
        "encoding": _("not UTF-8"),
        "given-up": _("reading failed again and again"),
        "json": _("not JSON"),
        "line-too-long": _("the line is too long"),
        "mail-too-large": _("the mail is too large"),
        "mail-without-table": _("no table is attached to the mail"),
        "nul-byte": _("a NUL byte is in it"),
        "report-unknown": _("no feed is called so"),
        "store-away": _("the place where the archive lies does not answer; it is tried again"),
        "store-denied": _("the place where the archive lies does not accept our key; it is tried again"),
        "store-missing": _("the bucket that the archive should lie in does not exist; it is tried again"),
        "unreadable": _("the file cannot be read"),
    },
    "severity_of_feeds": {
        "0": pgettext_lazy("severity", "information"),
        "1": pgettext_lazy("severity", "low"),
        "2": pgettext_lazy("severity", "medium"),
        "3": pgettext_lazy("severity", "high"),
        "4": pgettext_lazy("severity", "critical"),
    },
    "stage_of_feeds": {
        "findings": _("counting findings, rows so far:"),
        "reading": _("reading, rows so far:"),
    },
    "verdict_of_owner": {
        "confirmed": _("confirmed"),
        "false-positive": _("false positive"),
        "undetermined": _("cannot be determined"),
    },
}
