"""A warning as a CAP 1.2 message (standards/cap), and the feed of those that everybody may read (RFC 4287).

Whether it is real, an exercise or a test is said by the renderer alone, from the operation: without one nothing can be
serialised. The writer reads back and judges what it has written, so that nothing leaves that we would refuse.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from xml.sax.saxutils import escape

from django.conf import settings
from django.urls import reverse
from msgspec.structs import replace

from tongbao.files import steps as files
from tongbao.files.models import StoredFile
from tongbao.kernel.refusals import NotFound, Problem
from tongbao.notices import sending
from tongbao.notices.models import Notice
from tongbao.notices.rules.content import Area, Content, Kind
from tongbao.operations import rendering
from tongbao.profiles import places
from tongbao.standards.cap import model as cap
from tongbao.standards.cap import rules as judging
from tongbao.standards.cap import values, writing
from tongbao.standards.cap.findings import CODES, Grade

_TYPES = {
    Kind.ALERT: cap.MessageType.ALERT,
    Kind.UPDATE: cap.MessageType.UPDATE,
    Kind.CANCEL: cap.MessageType.CANCEL,
}
_LANGUAGES = (("zh", "zh-TW"), ("en", "en-US"))
GEOCODE = "Taiwan_Geocode_103"
"""The name under which warnings of Taiwan carry the codes of counties."""


Place = Callable[[StoredFile], str]
"""Where a file of a warning is fetched."""


def message(notice: Notice, *, files_at: Place | None = None) -> bytes:
    """``notice``, which is a warning, as a CAP 1.2 document. Raises NotFound for what is told of a case.

    Its files are fetched at ``files_at``: without one on the public page, else by signing in.
    """
    content = notice.warning
    if content is None:
        raise NotFound
    resources = _resources(notice, content, files_at or _pages(notice)) if content.files else ()
    return writing.serialise(_alert(notice, content, resources))


def identifier(notice: Notice) -> str:
    return f"TONGBAO-{notice.public_id}"


def sender() -> str:
    return str(settings.TONGBAO.mail_from)


def _alert(notice: Notice, content: Content, resources: tuple[cap.Resource, ...]) -> cap.Alert:
    before = sending.chain(notice)[1:]
    everybody = notice.public
    return cap.Alert(
        identifier=identifier(notice),
        sender=sender(),
        sent=_whole(notice.sent_at),
        status=cap.Status(rendering.status(notice.operation)),
        msg_type=_TYPES[Kind(notice.kind)],
        scope=cap.Scope.PUBLIC if everybody else cap.Scope.RESTRICTED,
        restriction="" if everybody else notice.tlp_label,
        note=_note(notice),
        references=tuple(cap.Reference(sender(), identifier(each), _whole(each.sent_at)) for each in before),
        infos=tuple(
            replace(_info(notice, content, short, language), resources=resources) for short, language in _LANGUAGES
        ),
    )


def _note(notice: Notice) -> str:
    """What a machine's operator has to know of a drill or test (CAP 1.2, 3.2.1); nothing for the real thing."""
    return " / ".join(filter(None, (rendering.instruction(notice.operation, short) for short, _long in _LANGUAGES)))


def _info(notice: Notice, content: Content, short: str, language: str) -> cap.Info:
    texts, ours = content.texts, settings.TONGBAO
    mode = rendering.instruction(notice.operation, short)
    instruction = getattr(texts, f"instruction_{short}").strip()
    return cap.Info(
        language=language,
        categories=(content.category,),
        event=rendering.titled(notice.operation, getattr(texts, f"title_{short}"), short),
        urgency=content.urgency,
        severity=content.severity,
        certainty=content.certainty,
        effective=_whole(notice.sent_at),
        expires=_whole(notice.expires_at) if notice.expires_at else None,
        sender_name=ours.office_name_zh if short == "zh" else ours.office_name_en,
        headline=rendering.titled(notice.operation, getattr(texts, f"title_{short}"), short),
        description=getattr(texts, f"body_{short}").strip(),
        instruction="\n".join(filter(None, (mode, instruction))),
        areas=_areas(content.area, short),
    )


def _pages(notice: Notice) -> Place:
    portal = settings.TONGBAO.portal_url
    if notice.public:
        return lambda stored: f"{portal}{reverse('portal:warning-file', args=[notice.public_id, stored.public_id])}"
    return lambda stored: f"{portal}{reverse('file', args=[stored.public_id])}"


def _resources(notice: Notice, content: Content, place: Place) -> tuple[cap.Resource, ...]:
    """The files that go with it. What has been taken away since is not named any more."""
    there = {(each.name, each.outgoing.sha256): each for each in files.attached(notice) if each.purged_at is None}
    named = [(each, there.get((each.name, each.sha256))) for each in content.files]
    return tuple(
        cap.Resource(
            description=each.name, mime_type=each.media_type, size=each.size, uri=place(stored), digest=each.sha1
        )
        for each, stored in named
        if stored is not None
    )


def _areas(area: Area, short: str) -> tuple[cap.Area, ...]:
    known = places.counties(settings.TONGBAO.jurisdiction)
    named = [known[code] for code in area.counties if code in known]
    if not named and not area.polygon and not area.circle:
        return ()
    words = "、".join(each.label.zh for each in named) if short == "zh" else ", ".join(each.label.en for each in named)
    return (
        cap.Area(
            description=words or ("圖示範圍" if short == "zh" else "the area drawn"),
            polygons=(values.polygon(area.polygon),) if area.polygon else (),
            circles=(values.circle(area.circle),) if area.circle else (),
            geocodes=tuple(cap.Named(GEOCODE, each.geocode) for each in named),
        ),
    )


def area_faults(area: Area) -> list[Problem]:
    """What is wrong with what was drawn: that it cannot be read, is not closed, crosses itself, is far too large."""
    found = []
    for place, text in (("polygon", area.polygon), ("circle", area.circle)):
        if not text.strip():
            continue
        try:
            drawn = _drawn(place, text.strip())
        except values.Fault:
            found.append(Problem(f"area.{place}", f"{place}-unreadable", {"value": text[:60]}))
            continue
        remarks = [each for each in judging.of_area(drawn) if CODES[each.code][1] is Grade.ERROR]
        found += [Problem(f"area.{place}", each.code, each.params) for each in remarks]
    return found


def _drawn(place: str, text: str) -> cap.Area:
    if place == "polygon":
        return cap.Area(description=place, polygons=(values.polygon(text),))
    return cap.Area(description=place, circles=(values.circle(text),))


def _whole(moment: datetime) -> datetime:
    """CAP has no fractions of a second."""
    return moment.astimezone(UTC).replace(microsecond=0)


def feed(
    notices: Iterable[Notice], *, at: datetime, address: str, place: Callable[[Notice], str] | None = None
) -> bytes:
    """An Atom feed (RFC 4287) of warnings, each entry leading to its CAP message: beside the feed, or at ``place``."""
    ours = settings.TONGBAO
    entries = list(notices)
    newest = max((each.sent_at for each in entries), default=at)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<feed xmlns="http://www.w3.org/2005/Atom">',
        f"<id>{escape(address)}</id>",
        f"<title>{escape(f'{ours.office_name_zh} {ours.office_name_en}')}</title>",
        f"<updated>{_stamp(newest)}</updated>",
        f"<author><name>{escape(ours.office_name_en)}</name></author>",
        f'<link rel="self" href="{escape(address)}"/>',
        *(line for each in entries for line in _entry(each, (place or _beside(address))(each))),
        "</feed>",
        "",
    ]
    return "\n".join(lines).encode()


def _beside(address: str) -> Callable[[Notice], str]:
    return lambda notice: f"{address.rsplit('/', 1)[0]}/{notice.public_id}.cap"


def _entry(notice: Notice, place: str) -> list[str]:
    title = rendering.titled(notice.operation, notice.title_zh, "zh")
    return [
        "<entry>",
        f"<id>urn:tongbao:notice:{notice.public_id}</id>",
        f"<title>{escape(title)}</title>",
        f"<updated>{_stamp(notice.sent_at)}</updated>",
        f'<link rel="alternate" type="application/cap+xml" href="{escape(place)}"/>',
        f"<summary>{escape(rendering.titled(notice.operation, notice.title_en, 'en'))}</summary>",
        "</entry>",
    ]


def _stamp(moment: datetime) -> str:
    return _whole(moment).isoformat()
