"""Reading addresses, deciding by state, who is concerned: the pure rules of the desk."""

import ipaddress
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongbao.incidents.rules import concern, desk
from tongbao.kernel.markings import TLP, Marking, Track
from tongbao.kernel.refusals import Conflict


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("198[.]51[.]100[.]7", "198.51.100.7"),
        ("198.51.100.7:8080", "198.51.100.7"),
        ("198.51.100.7/login", "198.51.100.7"),
        ("2001:DB8::1", "2001:db8::1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("hxxps://evil[.]example/path?x=1", "evil.example"),
        ("http://user:pw@evil.example:8080/", "evil.example"),
        ("Evil.Example.", "evil.example"),
        ("bad@mail.example", "mail.example"),
        ("http://[2001:db8::2]/x", "2001:db8::2"),
        ("xn--fiq228c.example", "xn--fiq228c.example"),
    ],
)
def test_it_reads_addresses_as_people_write_them(written: str, read: str) -> None:
    assert desk.addresses(written) == ([read], [])


@pytest.mark.parametrize(
    "written", ["<script>", "999.1.1.1", "http://", "1.2.3", "a b".replace(" ", "\u00a0") + "!", "-", "fe80::1%eth0"]
)
def test_it_names_what_is_no_address(written: str) -> None:
    found, problems = desk.addresses(written)
    assert found == []
    assert [each.code for each in problems] == ["address-unreadable"] * len(problems)
    assert problems


def test_it_takes_each_address_once_in_order() -> None:
    assert desk.addresses("192.0.2.1, 192.0.2.2；192.0.2.1\n a.example") == (
        ["192.0.2.1", "192.0.2.2", "a.example"],
        [],
    )


@given(st.lists(st.ip_addresses(), max_size=20))
def test_it_reads_back_every_address(addresses: list[ipaddress.IPv4Address | ipaddress.IPv6Address]) -> None:
    found, problems = desk.addresses(" ".join(str(each) for each in addresses))
    assert problems == []
    assert found == list(dict.fromkeys(str(each) for each in addresses))


@given(st.text(max_size=300))
def test_it_never_fails_on_any_text(text: str) -> None:
    found, problems = desk.addresses(text)
    assert all(each == each.lower() for each in found)
    assert all(each.path == "addresses" for each in problems)


@given(st.text(alphabet=string.ascii_lowercase + ".[]:/", max_size=60))
def test_it_defangs_once_whatever_was_written(text: str) -> None:
    shown = desk.defanged(text)
    assert "http" not in shown
    assert desk.defanged(shown) == shown


def test_it_takes_two_hundred_addresses_and_no_more() -> None:
    many = " ".join(f"192.0.{a}.{b}" for a in range(2) for b in range(150))
    assert desk.addresses(many)[1][-1].code == "too-many-addresses"


@pytest.mark.parametrize(
    ("state", "decision", "allowed"),
    [
        ("quarantined", "release", True),
        ("quarantined", "accept", True),
        ("new", "accept", True),
        ("new", "merge", True),
        ("new", "release", False),
        ("accepted", "reject", False),
        ("rejected", "accept", False),
        ("merged", "merge", False),
    ],
)
def test_it_allows_each_decision_in_its_states(state: str, decision: str, allowed: bool) -> None:
    if allowed:
        desk.may_decide(state, decision)
    else:
        with pytest.raises(Conflict):
            desk.may_decide(state, decision)


@pytest.mark.parametrize(
    ("part", "whole", "joins"),
    [
        (Marking(TLP.AMBER), Marking(TLP.AMBER), True),
        (Marking(TLP.GREEN), Marking(TLP.RED), True),
        (Marking(TLP.RED), Marking(TLP.AMBER), False),
        (Marking(TLP.GREEN, Track.NATIONAL_SECURITY), Marking(TLP.RED), False),
    ],
)
def test_it_joins_nothing_to_something_wider(part: Marking, whole: Marking, joins: bool) -> None:
    if joins:
        desk.may_join(part, whole)
    else:
        with pytest.raises(Conflict, match="join-widens"):
            desk.may_join(part, whole)


SEATS = [
    concern.Seat(10, 1, frozenset({"reporter"}), 2),
    concern.Seat(20, 2, frozenset({"reviewer", "reporter"}), 1),
    concern.Seat(30, 3, frozenset({"reporter"}), 1),
    concern.Seat(31, 3, frozenset({"organisation-admin"}), 1),
    concern.Seat(40, 4, frozenset({"organisation-admin"}), 1),
]


def told(case: concern.Case) -> list[tuple[int, int | None, str, list[str]]]:
    return [
        (each.organisation, each.seat, each.template, [why.reason for why in each.why])
        for each in concern.concerned(case, SEATS)
    ]


def test_it_names_the_sector_ministry_as_reviewer_of_a_ci_provider() -> None:
    case = concern.Case(reporter=1, supervisor=2, ministries=(2,), reviewed_by="sector")
    assert told(case) == [
        (2, 20, "review_request", ["reviewing-authority"]),
        (1, 10, "containment_request", ["reporter"]),
    ]


def test_it_names_the_supervisor_as_reviewer_of_an_agency_and_informs_the_ministry() -> None:
    case = concern.Case(reporter=1, supervisor=2, ministries=(3,), reviewed_by="supervisor")
    assert told(case) == [
        (2, 20, "review_request", ["reviewing-authority"]),
        (3, 30, "information", ["sector-ministry"]),
        (1, 10, "containment_request", ["reporter"]),
    ]


def test_it_informs_the_superior_where_the_sector_reviews() -> None:
    case = concern.Case(reporter=1, supervisor=3, ministries=(2,), reviewed_by="sector")
    assert [row[:3] for row in told(case)][1] == (3, 30, "information")


def test_it_warns_each_owner_once_with_every_address() -> None:
    owned = (concern.Owned("192.0.2.1", 3), concern.Owned("a.example", 3), concern.Owned("192.0.2.9", 1))
    case = concern.Case(reporter=1, supervisor=None, ministries=(), reviewed_by="", owned=owned)
    (owner, _) = concern.concerned(case, SEATS)
    assert (owner.organisation, owner.template) == (3, "owner_warning")
    assert [why.address for why in owner.why] == ["192.0.2.1", "a.example"]


def test_it_reaches_an_organisation_without_the_wanted_seat_at_the_seat_it_has() -> None:
    case = concern.Case(reporter=4, supervisor=9, ministries=(), reviewed_by="supervisor")
    assert told(case) == [
        (9, None, "review_request", ["reviewing-authority"]),
        (4, 40, "containment_request", ["reporter"]),
    ]


def test_it_never_tells_the_office_itself() -> None:
    case = concern.Case(reporter=5, supervisor=5, ministries=(), reviewed_by="supervisor", office=5)
    assert told(case) == []


@given(
    reporter=st.one_of(st.none(), st.integers(1, 5)),
    supervisor=st.one_of(st.none(), st.integers(1, 5)),
    ministries=st.lists(st.integers(1, 5), unique=True, max_size=3),
    reviewed_by=st.sampled_from(["supervisor", "sector", ""]),
    owned=st.lists(st.builds(concern.Owned, st.just("192.0.2.1"), st.integers(1, 5)), max_size=4),
)
def test_it_names_every_organisation_at_most_once_and_always_says_why(
    reporter: int | None, supervisor: int | None, ministries: list[int], reviewed_by: str, owned: list[concern.Owned]
) -> None:
    case = concern.Case(reporter, supervisor, tuple(ministries), reviewed_by, tuple(owned))  # type: ignore[arg-type]
    found = concern.concerned(case, SEATS)
    assert len({each.organisation for each in found}) == len(found)
    assert all(each.why for each in found)
    assert concern.concerned(case, SEATS) == found
