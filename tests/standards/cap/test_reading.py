"""What comes in: read as far as it can be, whatever others have made of the standard; refused when it is an attack."""

import time
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.soak import times
from tests.standards.cap.made import NOON, alert, codes, info, unchecked, with_area
from tongbao.kernel.refusals import Invalid, Refusal, TooLarge
from tongbao.standards.cap import documents, verdict
from tongbao.standards.cap.model import Alert, Certainty, Named, Reference
from tongbao.standards.cap.verdict import Verdict

DATA = unchecked(alert())
ATTACKS = {
    "doctype": b'<!DOCTYPE alert SYSTEM "http://127.0.0.1:9/x.dtd"><alert/>',
    "public": b'<!DOCTYPE alert PUBLIC "-//A" "http://127.0.0.1:9/x.dtd"><alert/>',
    "unused": b"<!DOCTYPE alert>" + DATA,
    "entity": b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
    "parameter": b'<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x"> %x;]><a/>',
    "laughs": b'<!DOCTYPE a [<!ENTITY a "ha">%s]><a>&l30;</a>'
    % b"".join(b'<!ENTITY l%d "&l%d;&l%d;">' % (n, n - 1, n - 1) for n in range(1, 31)).replace(b"&l0;", b"&a;"),
    "quadratic": b'<!DOCTYPE a [<!ENTITY a "%s">]><a>%s</a>' % (b"A" * 50_000, b"&a;" * 50_000),
    "utf-16": "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>".encode("utf-16"),
}


def judged(data: bytes | str) -> Verdict:
    (one,) = verdict.judge(data.encode() if isinstance(data, str) else data)
    return one


def read(data: bytes | str) -> Alert:
    found = judged(data).alert
    assert found is not None
    return found


@pytest.mark.parametrize("name", ATTACKS)
def test_it_refuses_every_document_type(name: str) -> None:
    begun = time.perf_counter()
    with pytest.raises(Invalid) as caught:
        documents.root(ATTACKS[name])
    assert [each.code for each in caught.value.problems] == ["xml-doctype"]
    assert time.perf_counter() - begun < 1


NO_XML = [b"", b"   ", b"{}", b"<alert>", b"<a></b>", b"<a>&x;</a>", b"<a>\0</a>", b"\xff\xfe<", b"<a/><b/>"]
NO_XML += [b"<a>" * 300 + b"</a>" * 300, b'<?xml version="1.0" encoding="klingon"?><a/>', b"<a>\xe9</a>"]


@pytest.mark.parametrize("data", NO_XML, ids=range(len(NO_XML)))
def test_it_refuses_what_is_no_xml(data: bytes) -> None:
    with pytest.raises(Invalid) as caught:
        documents.root(data)
    assert [each.code for each in caught.value.problems] == ["xml-unreadable"]


def test_it_refuses_more_than_anybody_needs() -> None:
    with pytest.raises(TooLarge):
        documents.root(b"<a>" + b" " * documents.MOST_BYTES + b"</a>")
    with pytest.raises(TooLarge):
        verdict.judge(b"<feed>" + DATA * (documents.MOST_ALERTS + 1) + b"</feed>")


@pytest.mark.parametrize(
    "data",
    [
        b'<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">%s</alert>' % (b"<x/>" * 400_000),
        b'<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">%s</alert>' % (b'<info a="b"/>' * 100_000),
        unchecked(with_area()).replace(b"</areaDesc>", b"</areaDesc>" + b"<polygon>0,0</polygon>" * 80_000),
        unchecked(alert())
        .replace(b"<note>", b"")
        .replace(b"<info>", b"<addresses>" + b'" ' * 500_001 + b"</addresses><info>"),
        unchecked(with_area()).replace(b"</areaDesc>", b"</areaDesc><polygon>" + b"1,1 " * 400_000 + b"x</polygon>"),
    ],
    ids=["unknown", "empty", "polygons", "quotes", "points"],
)
def test_it_does_not_take_long_over_what_is_made_to_take_long(data: bytes) -> None:
    begun = time.perf_counter()
    assert not judged(data).ok
    assert time.perf_counter() - begun < 10


def test_it_does_not_mind_a_document_type_that_is_only_talked_about() -> None:
    data = DATA.replace(b"<headline>", b"<headline><![CDATA[<!DOCTYPE x>]]>")
    assert read(data).infos[0].headline.startswith("<!DOCTYPE x>")


def test_it_reads_the_encodings_that_xml_names() -> None:
    for encoding in ("utf-16", "big5", "utf-8-sig"):
        text = f'<?xml version="1.0" encoding="{encoding.removesuffix("-sig")}"?>' + DATA.decode()
        assert read(text.encode(encoding)) == alert()


def test_it_finds_messages_in_feeds_and_envelopes() -> None:
    two = b"<feed xmlns='http://www.w3.org/2005/Atom'><entry><content>%s</content></entry><entry>%s</entry></feed>"
    first, second = verdict.judge(two % (DATA, DATA.replace(b"Public", b"Everybody")))
    assert (first.ok, first.path) == (True, "/feed/entry[1]/content/alert")
    assert [each.path for each in second.findings] == ["/feed/entry[2]/alert/scope"]
    assert verdict.judge(b"<feed/>") == ()


def test_it_reads_white_space_comments_prefixes_and_empty_elements_as_nothing() -> None:
    text = DATA.decode().replace("<scope>Public", "<!-- x --><scope>\n Pub<!-- y -->lic ")
    text = text.replace("</scope>", "</scope><restriction/><addresses> </addresses>")
    assert judged(text).alert == alert()
    assert judged(text).findings == ()
    prefixed = DATA.decode().replace("<", "<cap:").replace("<cap:/", "</cap:").replace("xmlns=", "xmlns:cap=")
    assert judged(prefixed).alert == alert()


def test_it_reads_every_order_and_says_so() -> None:
    text = DATA.decode()
    moved = text.replace("<scope>Public</scope>\n", "").replace("</alert>", "<scope>Public</scope></alert>")
    assert read(moved) == alert()
    assert codes(moved.encode()) == ["element-order"]


def test_it_reads_times_that_are_not_as_the_standard_has_them() -> None:
    for given_time in ("2026-11-23T04:00:00Z", "2026-11-23T04:00:00.000-00:00", "2026-11-23 04:00:00+00:00"):
        assert read(DATA.decode().replace("2026-11-23T12:00:00+08:00", given_time)).sent == NOON


def test_it_leaves_out_what_it_cannot_read_and_says_so() -> None:
    broken = DATA.decode().replace("<geocode>", "<circle>here</circle><geocode>")
    assert read(broken) == alert()
    assert not judged(broken).ok
    assert judged(DATA.decode().replace("<status>Actual</status>", "")).alert is None


def test_it_reads_cap_1_1_and_1_0_as_1_2() -> None:
    old = DATA.decode().replace("cap:1.2", "cap:1.1").replace("2026-11-23T12:00:00+08:00", "2026-11-23T04:00:00Z")
    old = old.replace("<area>", "<resource><resourceDesc>x</resourceDesc></resource><area>")
    assert codes(old.encode()) == ["version-old", "time-form-old", "element-missing-old", "resource-nowhere"]
    assert read(old).sent == NOON
    oldest = DATA.decode().replace("urn:oasis:names:tc:emergency:cap:1.2", "http://www.incident.com/cap/1.0")
    oldest = oldest.replace("Observed", "Very Likely").replace("<area>", "<parameter>HSAS=ORANGE</parameter><area>")
    (found,) = read(oldest).infos
    assert found.certainty is Certainty.LIKELY
    assert found.parameters[-1] == Named("HSAS", "ORANGE")
    assert codes(oldest.encode()) == ["version-old"]


def test_it_reads_lists_and_references() -> None:
    text = DATA.decode().replace(
        "<info>",
        '<addresses>a "b c"\n d</addresses><references> a,1,2026-11-23T04:00:00-00:00\n b,2,2026-11-23T12:00:00+08:00 '
        "</references><info>",
    )
    found = read(text)
    assert found.addresses == ("a", "b c", "d")
    assert found.references == (Reference("a", "1", NOON), Reference("b", "2", NOON))
    assert found.sent == datetime(2026, 11, 23, 4, tzinfo=UTC)


def test_it_keeps_the_digits_of_a_place() -> None:
    text = unchecked(with_area()).decode().replace("</areaDesc>", "</areaDesc><circle>+24.500,121.50 0.0</circle>")
    (circle,) = read(text).infos[0].areas[0].circles
    assert (circle.centre.lat, circle.radius) == (Decimal("24.500"), 0)
    assert str(circle.centre.lon) == "121.50"


EDITS = st.tuples(
    st.integers(0, len(DATA)),
    st.integers(0, 12),
    st.binary(max_size=4)
    | st.sampled_from([b"<", b">", b"&", b"&#0;", b"]]>", b"<!--", b"<![CDATA[", b"<!DOCTYPE a>", b"<alert>", b"\0"])
    | st.sampled_from([b"-", b"9", b"nan", b"1e9", b'"', b"+", b",", b" ", b"\n", b"</info>", b"<info>", b"\xf0\x9f"]),
)


def mutated(edits: list[tuple[int, int, bytes]]) -> bytes:
    data = DATA
    for place, length, put in edits:
        data = data[:place] + put + data[place + length :]
    return data


def never_breaks(data: bytes) -> None:
    """An answer or our refusal, nothing else; and an alert that is said to be sound can be written again."""
    try:
        verdicts = verdict.judge(data)
    except Refusal:
        return
    for each in verdicts:
        assert each.ok or each.findings
        assert all(finding.line >= 0 and finding.path.startswith("/") for finding in each.findings)


@given(st.lists(EDITS, min_size=1, max_size=4))
@settings(max_examples=400)
def test_it_survives_every_change_of_bytes(edits: list[tuple[int, int, bytes]]) -> None:
    never_breaks(mutated(edits))


@pytest.mark.soak
@given(st.lists(EDITS, min_size=1, max_size=12))
@settings(max_examples=times(200_000))
def test_it_survives_every_change_of_bytes_at_length(edits: list[tuple[int, int, bytes]]) -> None:
    never_breaks(mutated(edits))


@given(st.binary(max_size=200))
def test_it_survives_any_bytes(data: bytes) -> None:
    never_breaks(data)


def test_it_reads_several_languages() -> None:
    both = alert(infos=(info(), info(language="en-US", event="Energy emergency")))
    assert [each.language for each in read(unchecked(both)).infos] == ["zh-TW", "en-US"]
