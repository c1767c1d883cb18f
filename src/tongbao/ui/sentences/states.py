"""States by kind of thing: the word, and its tone (calm, attention, urgent, done, off)."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

STATES: dict[str, dict[str, tuple[str | Promise, str]]] = {
    "agreement": {
        "ended": (_("ended"), "off"),
        "expired": (_("expired"), "off"),
        "future": (_("not yet in force"), "calm"),
        "in-force": (_("in force"), "done"),
    },
    "alert": {
        "answered": (_("in hand"), "calm"),
        "closed": (_("closed"), "off"),
        "open": (_("waits for an answer"), "urgent"),
    },
    "approval": {
        "granted": (_("granted"), "done"),
        "refused": (_("refused"), "off"),
        "returned": (_("returned"), "attention"),
        "submitted": (_("waits for judgement"), "attention"),
        "withdrawn": (_("withdrawn"), "off"),
    },
    "cadence": {"recurring": (_("recurs"), "calm")},
    "confidence": {
        "default": (_("the office's own setting"), "calm"),
        "unverified": (_("not verified"), "attention"),
        "verified": (_("read in the source"), "done"),
    },
    "consequence": {
        "anew": (_("starts anew"), "attention"),
        "ends": (_("falls away"), "off"),
        "moves": (_("takes the place of the one before"), "attention"),
        "new": (pgettext_lazy("duty", "new"), "attention"),
        "same": (_("stays as it is"), "off"),
        "starts": (_("its time begins"), "attention"),
    },
    "capability": {
        "offered": (_("to be vetted"), "attention"),
        "refused": (_("not taken up"), "off"),
        "vetted": (_("vetted"), "done"),
        "withdrawn": (_("withdrawn"), "off"),
    },
    "consent": {
        "no": (_("no"), "urgent"),
        "waiting": (_("waits for the answer"), "attention"),
        "yes": (_("yes"), "done"),
    },
    "contact": {
        "broken": (_("does not work"), "urgent"),
        "unverified": (_("not verified"), "attention"),
        "verified": (_("verified"), "done"),
    },
    "delivery": {
        "delivered": (_("delivered"), "done"),
        "due": (_("waiting to be sent"), "attention"),
        "failed": (_("could not be delivered"), "urgent"),
        "sending": (_("being sent"), "attention"),
        "sent": (_("taken for delivery"), "done"),
    },
    "draft": {
        "discarded": (_("dropped"), "off"),
        "drafting": (_("being written"), "calm"),
        "prepared": (_("ready to send"), "calm"),
        "sent": (_("sent"), "done"),
        "submitted": (_("waits for a second person"), "attention"),
    },
    "difference": {
        "added": (_("added"), "done"),
        "changed": (_("changed"), "calm"),
        "removed": (_("removed"), "off"),
    },
    "fate": {
        "create": (_("will be added"), "done"),
        "refuse": (_("is left out"), "urgent"),
        "same": (_("stays as it is"), "off"),
        "update": (_("will be changed"), "attention"),
    },
    "filing": {
        "accepted": (_("accepted"), "done"),
        "draft": (_("draft"), "calm"),
        "filed": (_("filed"), "done"),
        "refused": (_("refused"), "off"),
        "returned": (_("returned"), "attention"),
    },
    "finding": {
        "answered": (_("answered"), "calm"),
        "open": (pgettext_lazy("finding", "open"), "attention"),
        "settled": (_("settled"), "done"),
    },
    "hand_over": {
        "accepted": (_("accepted"), "done"),
        "open": (_("not accepted yet"), "attention"),
    },
    "incident": {
        "closed": (_("closed"), "off"),
        "merged": (_("merged"), "off"),
        "open": (pgettext_lazy("case", "open"), "calm"),
    },
    "incoming": {
        "answer": (_("taken as an answer"), "done"),
        "automatic": (_("written by a machine"), "off"),
        "bounce": (_("says that a mail did not arrive"), "attention"),
        "settled": (_("settled"), "done"),
        "unplaced": (_("could not be placed"), "attention"),
    },
    "engagement": {
        "asked": (_("asked"), "attention"),
        "assigned": (_("helps"), "calm"),
        "declined": (_("declined"), "off"),
        "offered": (_("offers to help"), "attention"),
        "released": (_("released"), "done"),
        "reported": (_("has reported"), "attention"),
        "unused": (_("not needed"), "off"),
    },
    "law": {
        "in-force": (_("in force"), "done"),
    },
    "membership": {
        "applied": (_("applied"), "attention"),
        "left": (_("left"), "off"),
        "member": (_("member"), "done"),
        "refused": (_("not admitted"), "off"),
        "vetted": (_("to be signed"), "attention"),
    },
    "obligation": {
        "due": (_("due"), "attention"),
        "late": (_("met late"), "urgent"),
        "met": (_("met"), "done"),
        "no_limit": (_("no time is set"), "calm"),
        "overdue": (_("overdue"), "urgent"),
        "periodic": (_("periodically"), "calm"),
        "superseded": (_("superseded"), "off"),
        "waived": (_("waived"), "off"),
        "waiting": (_("waits for its start"), "calm"),
    },
    "operation": {
        "ended": (pgettext_lazy("operations", "ended"), "off"),
        "running": (pgettext_lazy("operations", "running"), "calm"),
    },
    "organisation": {
        "compromised": (_("compromised"), "urgent"),
        "enrolled": (_("enrolled"), "done"),
        "listed": (_("listed, not enrolled"), "off"),
    },
    "part": {
        "ok": (_("well"), "done"),
        "parked": (_("events are set aside"), "urgent"),
        "silent": (_("silent for too long"), "urgent"),
        "waiting": (_("mail waits for too long"), "urgent"),
    },
    "reached": {"no-mail": (_("no mail could be sent"), "urgent")},
    "partner_alert": {
        "expired": (_("was over when it came"), "off"),
        "faulty": (_("faulty: not acted upon"), "attention"),
        "noted": (_("no rule fits"), "calm"),
        "practice": (_("exercise or test"), "off"),
        "proposed": (_("a draft is proposed"), "attention"),
        "superseded": (_("corrected or taken back"), "off"),
    },
    "recall": {
        "confirmed": (_("gone, the recipient says"), "done"),
        "open": (_("not shown to be gone"), "urgent"),
        "settled": (_("taken off the list by an officer"), "off"),
    },
    "receipt": {
        "answered": (_("answered"), "done"),
        "open": (_("no answer yet"), "attention"),
    },
    "release": {
        "redact": (_("only “sign in to read”"), "attention"),
        "release": (_("released"), "done"),
        "withhold": (_("withheld"), "urgent"),
    },
    "severity": {
        "major": (_("major"), "urgent"),
    },
    "stage": {
        "answered": (_("answered, not enough yet"), "attention"),
        "disputed": (_("answered, but they disagree"), "attention"),
        "help": (_("needs help"), "urgent"),
        "met": (_("answered as needed"), "done"),
        "read": (_("read"), "attention"),
        "sent": (_("sent"), "attention"),
        "silent": (_("silent: call them"), "urgent"),
        "unreached": (_("not reached"), "urgent"),
        "waiting": (_("waiting to be sent"), "attention"),
    },
    "submission": {
        "accepted": (_("a case was opened"), "done"),
        "merged": (_("added to a case"), "done"),
        "new": (_("waits for a decision"), "attention"),
        "quarantined": (_("set aside"), "attention"),
        "rejected": (_("no case"), "off"),
    },
    "task": {
        "done": (_("done"), "done"),
        "open": (pgettext_lazy("task", "open"), "attention"),
    },
    "token": {"revoked": (_("revoked"), "off")},
}
