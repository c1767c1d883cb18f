"""What may happen to a submission and to a case in each state; which addresses a text names."""

import re
from urllib.parse import urlsplit

from tongbao.kernel import checks
from tongbao.kernel.markings import TLP, Marking
from tongbao.kernel.refusals import Conflict, Invalid, Problem

DECISIONS = {
    "quarantined": frozenset({"release", "reject", "accept", "merge"}),
    "new": frozenset({"reject", "accept", "merge"}),
    "folded": frozenset({"release"}),
}


def may_decide(state: str, decision: str) -> None:
    """Raise Conflict when a submission in ``state`` can no longer be decided so."""
    if decision not in DECISIONS.get(state, frozenset()):
        raise Conflict("submission-decided")


UNDECIDED = frozenset({"quarantined", "new", "folded"})


def may_add(state: str) -> None:
    """Raise Conflict when nothing can be added to a submission itself any more: it is decided, or withdrawn."""
    if state not in UNDECIDED:
        raise Conflict("submission-decided")


def may_withdraw(state: str, *, in_case: bool, owned: bool) -> None:
    """Raise Conflict when a reporter can no longer withdraw a submission, or never could."""
    if owned:
        raise Conflict("submission-owned")
    if state not in UNDECIDED and not in_case:
        raise Conflict("submission-decided")


def may_join(part: Marking, whole: Marking) -> None:
    """Raise Conflict when something would become known more widely by joining it to a case."""
    if part.tlp > whole.tlp or part.track != whole.track:
        raise Conflict("join-widens", tlp=part.tlp.label)


def may_split(moved: int, *, asked: int, held: int) -> None:
    """Raise a refusal unless some of a case's reports, and not all, can go on in another."""
    if moved == 0 or moved != asked:
        raise Invalid.one("submissions", "required" if not asked else "choice-unknown", value="")
    if moved >= held:
        raise Conflict("split-everything")


def may_tell(case: Marking, notice: TLP) -> bool:
    """Whether a notice about a case may be marked so: of a restricted case never more widely than the case itself."""
    return notice >= case.tlp or not case.restricted


def number(code: str, year: int, position: int) -> str:
    """An official number: operation, year, position."""
    return f"{code}-{year}-{position:05d}"


def may_close(state: str, open_duties: list[str]) -> None:
    """Raise Conflict unless a case may be closed: it is open, and no obligation is."""
    if state != "open":
        raise Conflict("incident-not-open")
    if open_duties:
        raise Conflict("obligations-open", count=len(open_duties))


_HOST = re.compile(r"^(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$")
MOST_ADDRESSES = 200


def addresses(text: str) -> tuple[list[str], list[Problem]]:
    """The addresses and hosts that a text lists (separated by space, comma or line), each once.

    Defanged writing (``hxxp``, ``[.]``) is understood; of an URL the host counts. What cannot be read
    is named as a problem.
    """
    found: dict[str, None] = {}
    problems = []
    for word in re.split(r"[\s,;、，；]+", text.strip()):
        if not word:
            continue
        value = _address(word)
        if value is None:
            problems.append(Problem("addresses", "address-unreadable", {"value": word[:60]}))
        else:
            found[value] = None
    if len(found) > MOST_ADDRESSES:
        problems.append(Problem("addresses", "too-many-addresses", {"most": MOST_ADDRESSES}))
    return list(found), problems


def _address(word: str) -> str | None:
    plain = word.lower().replace("[.]", ".").replace("(.)", ".").replace("[:]", ":").replace("hxxp", "http")
    if "://" in plain:
        try:
            plain = urlsplit(plain).hostname or ""
        except ValueError:
            return None
    plain = plain.rstrip(".")
    for candidate in (plain, plain.partition("/")[0], plain.rpartition(":")[0]):
        try:
            return checks.ip(candidate.strip("[]"))
        except ValueError:
            continue
    host = plain.partition("/")[0].partition(":")[0]
    if "@" in host:
        host = host.rpartition("@")[2]
    return host if _HOST.match(host) and not host.replace(".", "").isdigit() else None


def defanged(value: str) -> str:
    """An address that nobody opens by a slip of the hand."""
    plain = value.replace("[.]", ".").replace("hxxp", "http")  # some of it may be written so already
    return plain.replace(".", "[.]").replace("http", "hxxp")
