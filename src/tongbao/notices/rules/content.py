"""What a warning says, to whom, and what has to come back: the content that is drafted, approved and then never
changed. Severity, urgency, certainty and category are those of CAP 1.2 (section 3.2.2)."""

from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from tongbao.kernel import checks
from tongbao.kernel.markings import TLP
from tongbao.kernel.refusals import Problem
from tongbao.notices.rules import escalation
from tongbao.notices.rules.escalation import Step
from tongbao.notices.rules.quorum import Quorum
from tongbao.standards.cap.model import Category, Certainty, Severity, Urgency


class Kind(StrEnum):
    """``UPDATE`` and ``CANCEL`` refer to the warning before them and go to everyone who got that."""

    ALERT = "alert"
    UPDATE = "update"
    CANCEL = "cancel"


class ToldFor(StrEnum):
    """Why an organisation is told of a warning."""

    NAMED = "named"
    NAMED_SEAT = "named-seat"
    SECTOR = "sector"
    KIND = "kind"
    GROUP = "group"
    COUNTY = "county"
    HAD_IT = "had-it"
    SILENCE_SEAT = "silence-seat"
    SILENCE_SUPERVISED = "silence-supervised"


class Texts(Struct, frozen=True, forbid_unknown_fields=True):
    """The words, in both languages."""

    title_zh: str = ""
    title_en: str = ""
    body_zh: str = ""
    body_en: str = ""
    instruction_zh: str = ""
    instruction_en: str = ""


class Area(Struct, frozen=True, forbid_unknown_fields=True):
    """Where: counties by code, and what CAP 1.2 lets one draw: a closed ``polygon`` of ``latitude,longitude`` pairs, a
    ``circle`` of a point and a radius in kilometres."""

    counties: tuple[str, ...] = ()
    polygon: str = ""
    circle: str = ""

    @property
    def drawn(self) -> bool:
        return bool(self.polygon or self.circle)


class Audience(Struct, frozen=True, forbid_unknown_fields=True):
    """Who is to be told. Everything by public id but sectors, counties and kinds, which have codes. ``public``:
    everyone, on the public page and in the public feed."""

    seats: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()
    sectors: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    counties: tuple[str, ...] = ()
    saved: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    public: bool = False

    @property
    def empty(self) -> bool:
        named = (self.seats, self.organisations, self.sectors, self.kinds, self.groups, self.counties, self.saved)
        return not self.public and not any(named)


class Enclosed(Struct, frozen=True, forbid_unknown_fields=True):
    """A file that goes with a warning. ``file``: where it is kept beside the draft. Size and digests are those of the
    bytes that go out: the copy without metadata where there is one; ``sha1`` because CAP 1.2 asks for it."""

    file: str
    name: str
    media_type: str
    size: int
    sha256: str
    sha1: str = ""


class Content(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole of a content. ``event``: the code of its type; ``answers``: the code of the set of answers offered."""

    event: str
    category: Category = Category.SECURITY
    severity: Severity = Severity.UNKNOWN
    urgency: Urgency = Urgency.UNKNOWN
    certainty: Certainty = Certainty.UNKNOWN
    texts: Texts = Texts()
    area: Area = Area()
    audience: Audience = Audience()
    answers: str = "receipt"
    answer_by: datetime | None = None
    expires_at: datetime | None = None
    quorum: Quorum = Quorum()
    plan: tuple[Step, ...] = ()
    tlp: int = TLP.GREEN
    files: tuple[Enclosed, ...] = ()
    stand_down: Texts = Texts()
    """The Cancel, worded before the warning goes out so that a false alarm is taken back at once."""

    @property
    def pressing(self) -> bool:
        """Whether it goes out in quiet hours too, and may go out by one officer alone when lives depend on it."""
        return self.severity in (Severity.EXTREME, Severity.SEVERE) and self.urgency is Urgency.IMMEDIATE


LONGEST = {"title": 200, "body": 8000, "instruction": 4000}
MOST_NAMED = 5000
MOST_FILES = 10
MOST_MEGABYTES = 25
LONGEST_WAIT = timedelta(days=30)
BREAK_GLASS_REVIEW = timedelta(hours=24)
"""Within this time somebody else looks at a warning that one officer sent alone."""


def draft_faults(content: Content) -> list[Problem]:
    """What cannot be kept even as a draft: texts too long or with characters that nobody can read."""
    found = []
    for place, texts in (("", content.texts), ("stand_down.", content.stand_down)):
        for name in Texts.__struct_fields__:
            most = LONGEST[name.rpartition("_")[0]]
            found += checks.faults(f"{place}{name}", getattr(texts, name), most=most, needed=False)
    named = sum(len(getattr(content.audience, name)) for name in Audience.__struct_fields__ if name != "public")
    if named > MOST_NAMED:
        found.append(Problem("audience", "too-many", {"most": MOST_NAMED}))
    if content.tlp not in set(TLP):
        found.append(Problem("tlp", "choice-unknown", {"value": str(content.tlp)}))
    if len(content.files) > MOST_FILES:
        found.append(Problem("files", "too-many", {"most": MOST_FILES}))
    if sum(each.size for each in content.files) > MOST_MEGABYTES * 1024 * 1024:
        found.append(Problem("files", "files-too-large", {"megabytes": MOST_MEGABYTES}))
    return found


def without_file(content: Content, file: str) -> Content:
    return replace(content, files=tuple(each for each in content.files if each.file != file))


def strange_files(content: Content, before: Content) -> list[Problem]:
    """Files that were never enclosed: editing takes files out, it brings none in."""
    strange = [each for each in content.files if each not in before.files]
    return [Problem("files", "choice-unknown", {"value": each.name[:40]}) for each in strange]


def faults(content: Content, kind: Kind, *, at: datetime) -> list[Problem]:
    """What keeps a warning from being handed in at ``at``."""
    found = draft_faults(content)
    needed = [("", content.texts, ("title_zh", "title_en", "body_zh", "body_en"))]
    if kind is not Kind.CANCEL:
        needed.append(("stand_down.", content.stand_down, ("title_zh", "title_en", "body_zh", "body_en")))
    for place, texts, names in needed:
        found += [Problem(place + name, "required") for name in names if not getattr(texts, name).strip()]
    for place, texts in (("", content.texts), ("stand_down.", content.stand_down)):
        found += _blanks(place, texts)
    if kind is Kind.ALERT and content.audience.empty:
        found.append(Problem("audience", "nobody-chosen"))
    if content.audience.public and content.tlp != TLP.CLEAR:
        found.append(Problem("tlp", "public-needs-clear"))
    return found + _time_faults(content, at) + _quorum_faults(content)


def _blanks(place: str, texts: Texts) -> list[Problem]:
    """Places of the template that nobody has filled in."""
    return [
        Problem(place + name, "placeholder-open", {"value": blank})
        for name in Texts.__struct_fields__
        for blank in blanks(getattr(texts, name))
    ]


def blanks(text: str) -> list[str]:
    """The names between ``${`` and ``}`` in ``text``, in their order."""
    return [part.partition("}")[0][:40] for part in text.split("${")[1:]]


def _time_faults(content: Content, at: datetime) -> list[Problem]:
    found = []
    if content.answer_by is not None and not at < content.answer_by <= at + LONGEST_WAIT:
        found.append(Problem("answer_by", "time-not-ahead", {"days": LONGEST_WAIT.days}))
    if content.expires_at is not None:
        if content.expires_at <= at:
            found.append(Problem("expires_at", "expired-before-sent"))
        elif content.answer_by is not None and content.answer_by > content.expires_at:
            found.append(Problem("answer_by", "answer-after-expiry"))
    return found


def _quorum_faults(content: Content) -> list[Problem]:
    found = escalation.faults(content.plan)
    if not 1 <= content.quorum.seats <= 20:
        found.append(Problem("quorum.seats", "number-outside", {"least": 1, "most": 20}))
    if not 0 <= content.quorum.organisations <= MOST_NAMED:
        found.append(Problem("quorum.organisations", "number-outside", {"least": 0, "most": MOST_NAMED}))
    return found


def differences(before: Content, after: Content) -> list[str]:
    """The names of the parts that changed, for the person who judges an update."""
    return [name for name in Content.__struct_fields__ if getattr(before, name) != getattr(after, name)]


@lru_cache(maxsize=128)
def content_of(stored: str) -> Content:
    """The content whose canonical text ``stored`` is. A warning that is being answered is asked for again and again."""
    return msgspec.json.decode(stored, type=Content)
