"""The words of desks: counts, many at once, takedowns, what our own data say about an incident elsewhere."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tongbao.ui.sentences.words import Words

DESKS: dict[str, Words] = {
    "count": {
        "coordinated": _("coordinated cases"),
        "incidents": _("incidents"),
        "submissions": _("submissions"),
    },
    "count_by": {
        "door": _("by the way in"),
        "entrance": _("by why it was reported"),
        "finding": _("counted by themselves"),
        "state": _("by state"),
        "type": _("by kind"),
    },
    "bulk": {
        "link": _("link them to a case"),
        "merge": _("add them to a case"),
        "note": _("write the same note in each"),
        "playbook": _("begin a playbook in each"),
        "reject": _("no case, for the same reason"),
        "release": _("take them out of what is set aside"),
        "task": _("add the same task to each"),
    },
    "exposure_sign": {
        "case": _("its cases name a value"),
        "finding": _("open findings at a value"),
        "network": _("its network or domain holds a value"),
        "product": _("open findings that name a product"),
    },
    "takedown_kind": {
        "control": _("controls infected machines"),
        "fraud": _("fraud"),
        "malware": _("spreads malicious software"),
        "other": _("harmful otherwise"),
        "phishing": _("phishing"),
    },
    "takedown_part": {
        "domain": _("holds the domain"),
        "hoster": _("hosts the address"),
        "registrar": _("registered the name"),
    },
    "takedown_result": {
        "down": _("down"),
        "passed-on": _("not theirs, or passed on"),
        "received": _("received, answer follows"),
        "refused": pgettext_lazy("takedown", "refused"),
        "removed": _("says that it has been taken down"),
        "sent": _("sent"),
        "unclear": _("cannot be told"),
        "up": _("still up"),
        "withheld": _("withheld by the rule of release: not sent"),
    },
    "takedown_step": {
        "added": _("more became known"),
        "answered": pgettext_lazy("takedown", "answered"),
        "asked": pgettext_lazy("takedown", "asked"),
        "checked": _("looked"),
        "dropped": pgettext_lazy("takedown", "dropped"),
        "opened": _("begun"),
        "reminded": _("reminded by itself"),
    },
    "takedown_verdict": {
        "down": _("down: it can no longer be reached, or is harmless now"),
        "unclear": _("cannot be told"),
        "up": _("still up"),
    },
}
