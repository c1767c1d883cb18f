"""Cases of other products: what is read, what is refused and where."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.standards.exports import HIVE, IRIS, TICKET, exported
from tongbao.kernel.markings import TLP
from tongbao.kernel.refusals import Invalid
from tongbao.standards import casefiles
from tongbao.standards.casefiles import ForeignCase, Named, Product


def one(product: Product, raw: dict[str, Any]) -> ForeignCase:
    (found,) = casefiles.read(product, msgspec.json.encode(raw))
    return found


def faults(product: Product, raw: dict[str, Any]) -> dict[str, str]:
    return {each.path: each.code for each in one(product, raw).problems}


def test_it_reads_a_ticket_of_rtir() -> None:
    case = one("rtir", TICKET)
    assert (case.ref, case.number, case.title) == ("4711", "#4711", "Phishing page of a bank")
    assert case.summary.startswith("A copy of the sign-in page.")
    assert "Requestor: citizen@mail.example" in case.summary
    assert (case.closed, case.false_alarm, case.type, case.tlp) == (True, False, "fraud/phishing", None)
    assert case.opened_at == datetime(2024, 3, 1, 2, tzinfo=UTC)
    assert case.closed_at == datetime(2024, 3, 4, 8, 30, tzinfo=UTC)
    assert case.outcome == "resolved\n\nsuccessfully resolved"
    assert [each.text for each in case.pieces] == ["請看這個網址\n\n[shot.png]", "Status: open → resolved"]
    assert case.pieces[0].by == "citizen@mail.example"
    assert {each.value for each in case.named} == {"203.0.113.80", "login.bank-secure.example"}
    assert case.problems == ()


def test_it_reads_older_tickets_and_contents_that_are_not_encoded() -> None:
    said = [{"Type": "Comment", "Creator": "ana", "Content": "Called 你好", "Created": "2024-03-01T03:00:00Z"}]
    older = {"CustomFields": {"IP": ["192.0.2.1"], "7": []}, "Queue": "Incident Reports", "History": said}
    case = one("rtir", {**{key: TICKET[key] for key in ("id", "Subject", "Created")}, **older, "Status": "rejected"})
    assert (case.closed, case.false_alarm, case.named) == (True, True, (Named("192.0.2.1"),))
    assert [(each.by, each.text) for each in case.pieces] == [("ana", "Called 你好")]


def test_it_leaves_merged_and_deleted_ones_out() -> None:
    merged = TICKET | {"EffectiveId": {"id": "4700"}}
    assert faults("rtir", merged) == {"[0].EffectiveId": "import-merged"}
    assert faults("rtir", TICKET | {"Status": "deleted"}) == {"[0].Status": "import-deleted"}
    assert faults("thehive", HIVE | {"status": "Deleted"}) == {"[0].status": "import-deleted"}


def test_it_reads_a_case_of_thehive() -> None:
    case = one("thehive", HIVE)
    assert (case.ref, case.number, case.closed, case.tlp) == ("~81924", "#12", False, TLP.AMBER_STRICT)
    assert case.opened_at == datetime(2024, 3, 1, 2, tzinfo=UTC)
    assert case.outcome == ""
    assert Named("c2.evil-host.example", TLP.RED) in case.named
    assert {each.value for each in case.named} >= {"198.51.100.7", "a" * 64, "b" * 32}
    assert [each.text for each in case.pieces] == ["Call the vendor", "☑ Isolate", "Done at the switch", "☐ Restore"]
    beside = {"case": {key: value for key, value in HIVE.items() if key != "tasks"}, "tasks": HIVE["tasks"]}
    assert one("thehive", beside).pieces == case.pieces


@pytest.mark.parametrize(
    ("given", "tlp"),
    [({"tlp": 0}, TLP.CLEAR), ({"tlp": 3}, TLP.RED), ({"tlp": 3, "tlpLabel": "AMBER+STRICT"}, TLP.AMBER_STRICT)],
)
def test_it_takes_the_narrower_of_two_readings_of_a_marking(given: dict[str, Any], tlp: TLP) -> None:
    bare = {key: value for key, value in HIVE.items() if key not in {"tlp", "tlpLabel"}}
    assert one("thehive", bare | given).tlp == tlp
    assert one("thehive", bare).tlp is None
    assert faults("thehive", bare | {"tlp": 9}) == {"[0].tlp": "choice-unknown"}


@pytest.mark.parametrize("status", ["FalsePositive", "Resolved", "Duplicated"])
def test_it_knows_when_a_case_of_thehive_is_over(status: str) -> None:
    case = one("thehive", HIVE | {"status": status, "stage": "Closed", "endDate": 1709300000000})
    assert (case.closed, case.false_alarm) == (True, status == "FalsePositive")


def test_it_reads_a_case_of_iris() -> None:
    case = one("dfir-iris", IRIS)
    assert (case.ref, case.title, case.closed) == ("7", "Web shell on a portal", True)
    assert case.closed_at == datetime(2024, 5, 10, tzinfo=UTC)
    assert case.summary == "Found by the owner\n\nSOC: SOC-9\nCustomer: Harbour City"
    assert case.systems == ("WEB-01",)
    assert [each.text.splitlines()[0] for each in case.pieces] == [
        "Upload",
        "Idea",
        "☑ Patch",
        f"[access.log] {'c' * 64}",
    ]
    assert [each.value for each in case.named] == ["hxxp://shell.evil-host[.]example/a.php", "203.0.113.9"]


def test_it_reads_one_case_a_list_and_a_listing() -> None:
    listing = msgspec.json.encode({"items": [TICKET, TICKET], "total": 2})
    assert len(casefiles.read("rtir", listing)) == 2
    assert len(casefiles.read("rtir", b"\xef\xbb\xbf" + exported(TICKET))) == 1


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "json-unreadable"),
        (b"{", "json-unreadable"),
        (b"\xff", "json-unreadable"),
        (b"[" * 100_000, "json-unreadable"),
        (b"[]", "shape"),
        (b"[3]", "shape"),
        (b'"x"', "shape"),
        (b"[" + b",".join([b"{}"] * 5001) + b"]", "too-many"),
    ],
)
def test_it_refuses_what_is_no_such_file(content: bytes, code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        casefiles.read("thehive", content)
    assert [each.code for each in refusal.value.problems] == [code]


def test_it_names_the_place_of_what_it_cannot_read() -> None:
    wrong = {"Created": "yesterday", "Subject": ["x"], "Transactions": [{"Type": "Comment", "Created": {}}, 4]}
    assert faults("rtir", TICKET | wrong) == {
        "[0].Created": "time-unreadable",
        "[0].Subject": "shape",
        "[0].Transactions[0].Created": "time-unreadable",
        "[0].Transactions[1]": "shape",
    }
    assert faults("thehive", HIVE | {"observables": {"a": 1}, "startDate": 10**30}) == {
        "[0].observables": "shape",
        "[0].startDate": "time-unreadable",
    }


KEYS = [*TICKET, *HIVE, *IRIS["data"]]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**62), 2**62) | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(KEYS), JSON, max_size=8))
def test_it_answers_or_names_places_whatever_comes(changes: dict[str, Any]) -> None:
    for product, sample in (("rtir", TICKET), ("thehive", HIVE), ("dfir-iris", IRIS["data"])):
        case = one(product, sample | changes)  # type: ignore[arg-type]
        assert all(each.path.startswith("[0]") for each in case.problems)
