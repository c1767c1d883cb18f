"""What gives a case away in the words of a lesson. Pure.

A name counts wherever it stands, however it is spaced or cased; an address also where it is defanged, and a host also
by a host above or below it. What accuses nobody in particular (``known.toml``) gives nothing away.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum

from msgspec import Struct

from tongbao.engines.observables import Seen, extract, refanged, warning
from tongbao.kernel.refusals import Conflict, Problem

LONGEST_TITLE, LONGEST = 200, 8000
FIELDS: dict[str, int] = {
    f"{part}_{language}": LONGEST_TITLE if part == "title" else LONGEST
    for part in ("title", "happened", "helped", "change")
    for language in ("zh", "en")
}
"""The parts of a lesson, in both languages, and how long each may be."""
_PLACES = frozenset({"ipv4", "ipv6", "domain", "url", "email", "hash"})
_SHORT_ASCII, _SHORT = 3, 2
_LEGAL = re.compile(
    r"(股份有限公司|有限公司|公司| company| corporation| corp\.?| co\.,? ltd\.?| inc\.?| ltd\.?| gmbh)$", re.IGNORECASE
)


class State(StrEnum):
    """draft ─► submitted ─► published ─► withdrawn; returned ones are drafts again; refused ones are over."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    PUBLISHED = "published"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


WRITABLE = frozenset({State.DRAFT, State.RETURNED})


def may_write(state: str) -> None:
    """Raise Conflict for one that waits for judgement, or is over."""
    if state not in WRITABLE:
        raise Conflict("lesson-not-writable")


def may_withdraw(state: str) -> None:
    if state != State.PUBLISHED:
        raise Conflict("lesson-not-published")


class Identity(Struct, frozen=True):
    """What identifies a case. ``names``: of organisations and people, codes, numbers, systems; ``texts``: whatever
    names addresses, hosts, mailboxes and hashes."""

    names: frozenset[str]
    texts: tuple[str, ...] = ()


def telling(words: Mapping[str, str], identity: Identity) -> list[Problem]:
    """Each part that names somebody or something of the case, and what stands there."""
    names = dict(_names(identity.names))
    places = frozenset(_places(identity.texts))
    found = []
    for path, text in words.items():
        plain = _plain(text)
        said = [name for folded, name in names.items() if folded in plain and re.search(_pattern(folded), plain)]
        said += [each.value for each in _places([text]) if any(_same_place(each, other) for other in places)]
        found += [Problem(path, "lesson-names", {"value": value[:80]}) for value in dict.fromkeys(said)]
    return found


def missing(words: Mapping[str, str]) -> list[Problem]:
    return [Problem(path, "required") for path, text in words.items() if not text.strip()]


def _plain(text: str) -> str:
    """Folded as for search, with single spaces, without characters that nobody sees."""
    seen = "".join(each for each in unicodedata.normalize("NFKC", text) if unicodedata.category(each) != "Cf")
    return " ".join(seen.casefold().split())


def _names(given: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The names, folded and as they are written; those of companies also without what the law adds to them. What is
    too short names nobody."""
    for each in sorted(given):
        plain = _plain(each)
        for name in (plain, _LEGAL.sub("", plain).strip()):
            if len(name) >= (_SHORT_ASCII if name.isascii() else _SHORT):
                yield name, each


def _pattern(name: str) -> str:
    """Where a name begins or ends with a letter or digit of ours, no other follows: a code is no part of a word."""
    before = r"(?<![a-z0-9])" if name[0].isascii() and name[0].isalnum() else ""
    after = r"(?![a-z0-9])" if name[-1].isascii() and name[-1].isalnum() else ""
    return f"{before}{re.escape(name)}{after}"


def _places(texts: Iterable[str]) -> Iterator[Seen]:
    for text in texts:
        for each in extract(refanged(text)):
            if each.kind in _PLACES and not warning(each.kind, each.value):
                yield each


def _same_place(said: Seen, known: Seen) -> bool:
    hosts = _host(said), _host(known)
    if all(hosts):
        return hosts[0] == hosts[1] or any(
            one.endswith(f".{other}") for one, other in (hosts, hosts[::-1]) if other.count(".")
        )
    return said.value == known.value


def _host(seen: Seen) -> str:
    if seen.kind == "domain":
        return seen.value
    if seen.kind == "email":
        return seen.value.rpartition("@")[2]
    return ""
