"""The directory from CSV: a dry run that shows every row's fate, then the same and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import Cast
from tongbao.kernel.refusals import Conflict, Forbidden, Invalid, TooLarge
from tongbao.parties import rules
from tongbao.parties.actions import imports
from tongbao.parties.models import ContactPoint, Network, Organisation
from tongbao.parties.rules import Known

pytestmark = pytest.mark.usefixtures("noon")

HEAD = "code,name_zh,name_en,kind,entity_type,sector,supervisor_code,network,contact_email,contact_telephone\n"
GOOD = (
    HEAD
    + "WATER1,清水自來水公司,Clear Water,ci-provider,SNGA.CIP,water,MOW,"
    + "192.0.2.64/27,duty@water.example,+886 2 1234 5678\n"
    + "MOW,水利部,Ministry of Water,ministry,,water,,,,\n"
)
KNOWN = Known({}, frozenset({"ministry", "company"}), frozenset({"GOV"}), frozenset({"water"}))


def fates(cast: Cast, text: str) -> list[tuple[str, str, list[str]]]:
    kept = imports.receive_import(text.encode(), name="國家名冊.csv", actor=cast.admin)
    rows, faults = imports.dry_run(kept, cast.admin)
    assert faults == []
    return [(row.values["code"], row.fate, [problem.code for problem in row.problems]) for row in rows]


def test_it_shows_what_would_happen_and_changes_nothing(cast: Cast) -> None:
    before = Organisation.objects.count()
    assert fates(cast, GOOD) == [("WATER1", "create", []), ("MOW", "create", [])]
    assert Organisation.objects.count() == before


def test_it_does_what_it_showed_once(cast: Cast) -> None:
    kept = imports.receive_import(GOOD.encode(), name="a.csv", actor=cast.admin)
    assert imports.apply_import(kept.public_id, actor=cast.admin) == {"create": 2, "update": 0, "same": 0, "refuse": 0}
    water = Organisation.objects.get(code="WATER1")
    assert water.supervisor == Organisation.objects.get(code="MOW"), "named before its own line"
    assert Network.objects.get(organisation=water).value == "192.0.2.64/27"
    assert set(ContactPoint.objects.filter(seat__organisation=water).values_list("kind", "verified_at")) == {
        ("email", None),
        ("telephone", None),
    }
    with pytest.raises(Conflict, match="import-applied"):
        imports.apply_import(kept.public_id, actor=cast.admin)
    assert fates(cast, GOOD) == [("WATER1", "same", []), ("MOW", "same", [])]


def test_it_shows_which_columns_change(cast: Cast) -> None:
    text = "code,name_zh,name_en,kind\nSUNPOWER,日光電力股份有限公司,Sunlight Power Company,ci-provider\n"
    kept = imports.receive_import(text.encode(), name="a.csv", actor=cast.admin)
    (row,), _ = imports.dry_run(kept, cast.admin)
    assert (row.fate, row.changes) == ("update", ("name_zh",))


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (",甲,A,company,,,,,,", "required"),
        ("A1,甲,A,gang,,,,,,", "choice-unknown"),
        ("A1,甲,A,company,XX,,,,,", "choice-unknown"),
        ("A1,甲,A,company,,war,,,,", "choice-unknown"),
        ("A1,甲,A,company,,,NOBODY,,,", "supervisor-unknown"),
        ("A1,甲,A,company,,,A1,,,", "supervision-loops"),
        ("A1,甲,A,company,,,,999.9.9.9/8,,", "network-unreadable"),
        ("A1,甲,A,company,,,,,nobody,", "email-unreadable"),
        ("A1,甲,A,company,,,,,,call me", "telephone-unreadable"),
        ("A1,甲,A,company,,,,,,,surplus", "too-many-cells"),
        ("A1,甲,A,company,,,NSB-D,,,", "supervisor-unknown"),
    ],
)
def test_it_refuses_a_line_and_says_why(line: str, code: str, cast: Cast) -> None:
    ((_, fate, problems),) = fates(cast, HEAD + line + "\n")
    assert fate == "refuse"
    assert code in problems


def test_it_refuses_what_hangs_on_a_refused_line(cast: Cast) -> None:
    text = HEAD + "TOP,甲,A,gang,,,,,,\nMID,乙,B,company,,,TOP,,,\nLOW,丙,C,company,,,MID,,,\n"
    assert [(fate, codes[0]) for _, fate, codes in fates(cast, text)] == [
        ("refuse", "choice-unknown"),
        ("refuse", "supervisor-refused"),
        ("refuse", "supervisor-refused"),
    ]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("甲".encode("big5"), "text-encoding"),
        (b"a\x00b", "text-control"),
    ],
)
def test_it_refuses_a_file_that_is_not_plain_utf8(content: bytes, code: str, cast: Cast) -> None:
    with pytest.raises(Invalid) as refused:
        imports.receive_import(content, name="a.csv", actor=cast.admin)
    assert refused.value.problems[0].code == code


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("", {"column-missing"}),
        ("code,name_zh\nA,甲\n", {"column-missing"}),
        ("code,name_zh,name_en,kind,colour\nA,甲,A,company,red\n", {"column-unknown"}),
        ('code,name_zh,name_en,kind\nA,"甲,A,company\n', {"csv-unreadable"}),
        ("code,name_zh,name_en,kind\n" + "A,甲,A,company\n" * 5001, {"too-many-rows"}),
    ],
)
def test_it_judges_no_line_of_a_file_that_is_wrong_as_a_whole(text: str, codes: set[str]) -> None:
    rows, faults = rules.read_import(text, KNOWN)
    assert rows == []
    assert {fault.code for fault in faults} == codes


def test_it_takes_a_byte_order_mark_and_excels_line_ends(cast: Cast) -> None:
    assert fates(cast, "\ufeff" + GOOD.replace("\n", "\r\n"))[0][1] == "create"


def test_it_takes_no_file_over_two_megabytes(cast: Cast) -> None:
    with pytest.raises(TooLarge):
        imports.receive_import(b"x" * (imports.MOST_BYTES + 1), name="a.csv", actor=cast.admin)


@pytest.mark.parametrize("who", ["officer", "org_admin", "auditor"])
def test_it_lets_only_the_administrator_import(who: str, cast: Cast) -> None:
    with pytest.raises(Forbidden):
        imports.receive_import(GOOD.encode(), name="a.csv", actor=getattr(cast, who))


@given(st.text(max_size=400))
def test_it_never_fails_on_any_file(text: str) -> None:
    rows, faults = rules.read_import("code,name_zh,name_en,kind\n" + text, KNOWN)
    assert isinstance(rows, list)
    assert isinstance(faults, list)


@given(
    st.lists(
        st.tuples(st.sampled_from("ABCDEF"), st.sampled_from(["", *"ABCDEF"]), st.sampled_from(["company", "gang"])),
        max_size=8,
    )
)
def test_it_accepts_no_line_whose_supervisor_would_not_exist(lines: list[tuple[str, str, str]]) -> None:
    text = "code,name_zh,name_en,kind,supervisor_code\n" + "".join(f"{c},甲,A,{k},{s}\n" for c, s, k in lines)
    rows, _ = rules.read_import(text, KNOWN)
    accepted = {row.values["code"] for row in rows if row.fate != "refuse"}
    named = {row.values["supervisor_code"] for row in rows if row.fate != "refuse"} - {""}
    assert named <= accepted
