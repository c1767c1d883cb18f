"""What a text names that can be looked up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongbao.engines.observables import Seen, defanged, extract, refanged, warning


def kinds(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for each in extract(text):
        found.setdefault(each.kind, []).append(each.value)
    return found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "見 hxxp://evil[.]example:8080/a?x=1。",
            {"url": ["http://evil.example:8080/a?x=1"], "domain": ["evil.example"]},
        ),
        ("HTTPS://Evil.Example:443", {"url": ["https://evil.example/"], "domain": ["evil.example"]}),
        ("198.51.100[.]7，198.51.100.7", {"ipv4": ["198.51.100.7"]}),
        ("2001:DB8:0::1 at 12:30:45", {"ipv6": ["2001:db8::1"]}),
        ("abuse(at)Farhill.example", {"email": ["abuse@farhill.example"]}),
        ("44D88612FEA8A8F36DE82E1278ABB02F", {"hash": ["44d88612fea8a8f36de82e1278abb02f"]}),
        ("cve-2024-12345", {"cve": ["CVE-2024-12345"]}),
        ("version 1.2.3.4.5, 999.1.1.1, invoice.pdf.exe, e.g. nothing", {}),
        ("http://[2001:db8::5]/x", {"url": ["http://[2001:db8::5]/x"], "ipv6": ["2001:db8::5"]}),
    ],
)
def test_it_finds_each_once_in_one_writing(text: str, found: dict[str, list[str]]) -> None:
    assert kinds(text) == found


@pytest.mark.parametrize(
    ("kind", "value", "code"),
    [
        ("ipv4", "10.1.2.3", "private"),
        ("ipv4", "8.8.8.8", "resolver"),
        ("ipv4", "203.0.113.9", ""),
        ("domain", "www.post.gov.tw", "government"),
        ("domain", "notgoogle.com", ""),
        ("url", "https://www.google.com/", "platform"),
        ("url", "https://docs.google.com/forms/d/evil", ""),
        ("email", "someone@gmail.com", "platform"),
        ("hash", "d41d8cd98f00b204e9800998ecf8427e", "empty"),
        ("cve", "CVE-2024-1", ""),
    ],
)
def test_it_warns_of_what_accuses_nobody(kind: str, value: str, code: str) -> None:
    assert warning(kind, value) == code


@given(st.text(max_size=400))
def test_it_reads_anything_and_finds_again_what_it_made_harmless(text: str) -> None:
    for each in extract(text):
        assert warning(each.kind, each.value) is not None
        assert each in extract(defanged(each.value)) or each.kind in {"url", "email"}


def test_it_makes_harmless_and_back() -> None:
    value = "https://evil.example/a"
    assert defanged(value) == "hxxps://evil[.]example/a"
    assert refanged(defanged(value)) == value
    assert extract(defanged(value))[0] == Seen("url", value)


def test_it_is_bounded() -> None:
    assert len(extract("\n".join(f"h{n}.example" for n in range(5000)))) == 500
