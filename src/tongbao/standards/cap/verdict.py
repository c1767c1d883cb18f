"""The whole way of a document from outside: safe XML, every message in it read and judged, each with its verdict."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain

from msgspec import Struct

from tongbao.standards.cap import documents, profile, reading, rules
from tongbao.standards.cap.documents import Element
from tongbao.standards.cap.findings import Finding, Grade
from tongbao.standards.cap.model import Alert, Status
from tongbao.standards.cap.profile import Profile
from tongbao.standards.cap.reading import MOST_FINDINGS, Reading
from tongbao.standards.cap.rules import LIMITS, Limits, Remark


class Verdict(Struct, frozen=True):
    """What one message is worth at one moment.

    ``alert``: None when it cannot even be looked at. ``ok``: no finding is an error. ``at``: the moment it was judged
    at; None for a message without one of its own. ``expired``: all its parts are. ``actionable``: sound, not expired,
    and no draft. ``signed``: it carries a signature, which nobody has checked yet (see signing).
    """

    alert: Alert | None
    version: str
    path: str
    line: int
    at: datetime | None
    expired: bool
    signed: bool
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        return not any(each.grade is Grade.ERROR for each in self.findings)

    @property
    def actionable(self) -> bool:
        return self.ok and self.alert is not None and not self.expired and self.alert.status is not Status.DRAFT


def judge(
    data: bytes, *, at: datetime | None = None, by: Profile | None = None, limits: Limits = LIMITS
) -> tuple[Verdict, ...]:
    """A verdict on every message in the document ``data``, in its order; none when there is no message in it.

    ``at`` (aware) is the moment to judge at; None: each message at its own ``sent``. ``by`` adds a national profile.
    Raises TooLarge and Invalid for what is not looked at at all (documents.root).
    """
    found = documents.alerts(documents.root(data))
    return tuple(_judged(reading.read(element, version), at, by, limits) for element, version in found)


def judge_alone(data: bytes) -> Verdict:
    """The verdict on a document that is one message, at its own ``sent``. Raises like judge, IndexError for none."""
    return judge(data)[0]


def _judged(read: Reading, at: datetime | None, by: Profile | None, limits: Limits) -> Verdict:
    alert, findings, expired = read.alert, read.findings, False
    if alert is not None:
        at = at or alert.sent
        remarks = chain(rules.judge(alert, at=at, limits=limits), profile.judge(alert, by) if by else ())
        findings += tuple(_placed(remarks, read))
        expired = rules.is_expired(alert, at=at)
    line = read.element.sourceline or 0
    return Verdict(alert, read.version, read.path, line, at, expired, read.signed, findings)


def _placed(remarks: Iterable[Remark], read: Reading) -> Iterator[Finding]:
    """Each at the element that is meant, or at the one that it would stand in.

    Nothing is called missing that is there and could not be read.
    """
    unreadable = [each.path + "/" for each in read.findings if each.grade is Grade.ERROR]
    for number, remark in enumerate(remarks):
        if number == MOST_FINDINGS:
            yield read.find("findings-many", read.element, {"most": MOST_FINDINGS})
            return
        about = read.places[id(remark.about)]
        element = next((each for each in about if _local(each) == remark.tag), about) if remark.tag else about
        finding = read.find(remark.code, element, remark.params)
        there = remark.code in rules.ABSENT and element is not about
        if not (there and any(path.startswith(finding.path + "/") for path in unreadable)):
            yield finding


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]
