"""Reading lists page by page and things that may have changed: nothing missed, nothing twice, nothing sent in vain."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest

from tests.api.conftest import CASE, REPORT, Make, Program, next_of, opened, refused
from tongbao.incidents.models import Incident
from tongbao.kernel import clock
from tongbao.operations.models import Operation
from tongbao.parties.models import Organisation

MOMENTS = [0, 0, 0, 1, 1, 333_333, 999_999, 1_000_000, 1_000_000]
"""Microseconds after noon: several things happen in the same moment, others in neighbouring ones."""


def fill_submissions(program: Make) -> None:
    constituent = program("constituent")
    for _ in moments():
        constituent.does("/submissions", REPORT, 201)


def fill_incidents(program: Make) -> None:
    officer = program("officer")
    for _ in moments():
        opened(officer)


def fill_obligations(program: Make) -> None:
    """Duties of several reports that were noticed in the same moments."""
    fill_submissions(program)


def fill_notices(program: Make) -> None:
    officer = program("officer")
    case, home = opened(officer), Organisation.objects.get(code="SUNPOWER").public_id
    for _ in moments():
        choice = {"organisation": home, "template": "information", "added": "they asked"}
        officer.does(f"/incidents/{case}/notices", {"choices": [choice]}, 201)


def fill_log(program: Make) -> None:
    officer = program("officer")
    case = opened(officer, title="the one with a log")
    for _ in moments():
        officer.does(f"/incidents/{case}/notes", {"text": "note"}, 201)


def fill_operations(program: Make) -> None:
    numbers = count()
    for moment in moments():
        Operation.objects.create(code=f"D{next(numbers)}", kind=Operation.Kind.DRILL, mode="exercise", starts_at=moment)


def fill_nothing(program: Make) -> None:
    """What the country holds is enough."""


def fill_journal(program: Make) -> None:
    """The country's own building has left more than a page."""


def moments() -> Iterator[datetime]:
    begin = clock.now()
    for microseconds in MOMENTS:
        with clock.at(begin + timedelta(microseconds=microseconds)):
            yield clock.now()


LISTS: list[tuple[str, str, Callable[[Make], None]]] = [
    ("officer", "/submissions", fill_submissions),
    ("officer", "/incidents", fill_incidents),
    ("officer", "/incidents?state=open&level=3", fill_incidents),
    ("officer", "/obligations", fill_obligations),
    ("officer", "/notices", fill_notices),
    ("constituent", "/receipts", fill_notices),
    ("officer", "/incidents/{case}/log", fill_log),
    ("officer", "/operations", fill_operations),
    ("officer", "/organisations", fill_nothing),
    ("auditor", "/journal", fill_journal),
]


@pytest.mark.parametrize(("who", "path", "fill"), LISTS, ids=[path for _, path, _ in LISTS])
def test_it_walks_every_page(program: Make, noon: datetime, who: str, path: str, fill: Callable[[Make], None]) -> None:
    fill(program)
    case = Incident.objects.filter(title="the one with a log").first()
    address = path.format(case=case.public_id if case else "")
    reader = program(who)
    with clock.at(noon + timedelta(hours=1)):
        whole = reader.read(f"{address}{'&' if '?' in address else '?'}limit=200")
        assert whole["next"] is None
        items = whole["items"]
        assert len(items) >= 8
        key = "seq" if who == "auditor" else "id"
        assert len({each[key] for each in items}) == len(items)
        for limit in (1, 3, len(items) - 1, len(items)) if len(items) < 40 else (49,):
            assert [each[key] for each in reader.walk(address, limit)] == [each[key] for each in items]


def test_it_says_where_the_next_page_is(officer: Program) -> None:
    """The address carries every filter along; the last page has none."""
    for _ in range(3):
        opened(officer)
    first = officer.get("/incidents?state=open&limit=2")
    address = next_of(first)
    assert address is not None
    assert "state=open" in address
    assert "limit=2" in address
    assert f"after={first.json()['next']}" in address
    last = officer.get(address)
    assert (len(last.json()["items"]), last.json()["next"], "Link" in last.headers) == (1, None, False)
    assert officer.read("/incidents?state=closed")["items"] == []


def test_it_does_not_shift_pages_when_something_new_comes(officer: Program, noon: datetime) -> None:
    """What arrives at the front while a program walks does not push anything past it."""
    cases = [opened(officer) for _ in range(4)]
    first = officer.get("/incidents?limit=2")
    with clock.at(noon + timedelta(seconds=1)):
        opened(officer)
        rest = officer.read(next_of(first) or "")
    assert [each["id"] for each in first.json()["items"] + rest["items"]] == cases[::-1]


@pytest.mark.parametrize(
    ("asked", "given"),
    [("", 50), ("1", 1), ("0", 1), ("200", 200), ("201", 200), ("999999999", 200), ("-5", 50), ("ten", 50), ("٣", 50)],
)
def test_it_keeps_pages_within_limits(program: Make, asked: str, given: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """At most two hundred at once; what is no number means the usual fifty."""
    sizes: list[int] = []
    from tongbao.incidents import queries

    newest = queries.newest

    def noting(*args: Any, size: int, **kwargs: Any) -> queries.Page:
        sizes.append(size)
        return newest(*args, size=size, **kwargs)

    monkeypatch.setattr(queries, "newest", noting)
    program("officer").read(f"/incidents?limit={asked}")
    assert sizes == [given]


def test_it_finds_cases_by_words(program: Make, officer: Program) -> None:
    opened(officer, title="電力公司勒索軟體事件", summary="only handlers read this")
    opened(officer, title="Phishing at the bank")
    assert [each["title"] for each in officer.read("/incidents?q=勒索")["items"]] == ["電力公司勒索軟體事件"]
    assert [each["title"] for each in officer.read("/incidents?q=phish")["items"]] == ["Phishing at the bank"]
    assert len(officer.read("/incidents?q=handlers")["items"]) == 1
    assert officer.read("/incidents?q=勒索+bank")["items"] == []
    assert program("constituent").read("/incidents?q=勒索")["items"] == []


def test_it_sends_what_has_not_changed_only_once(officer: Program) -> None:
    case = f"/incidents/{opened(officer)}"
    for path in (case, "/incidents", "/me", f"{case}/log"):
        first = officer.get(path)
        tag = first.headers["ETag"]
        assert tag.startswith('"')
        for header in (tag, f'"other", {tag}', f"W/{tag}"):
            again = officer.get(path, if_none_match=header)
            assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
        for header in ('"other"', tag.strip('"'), "", tag[:-2] + '"'):
            assert officer.get(path, if_none_match=header).content == first.content
    tag = officer.get(case).headers["ETag"]
    edited(officer, case, title="Another title")
    assert officer.get(case, if_none_match=tag).status_code == 200


def test_it_changes_nothing_that_the_program_has_not_read(officer: Program, program: Make) -> None:
    case = f"/incidents/{opened(officer)}"
    tag = officer.get(case).headers["ETag"]
    for header in ({}, {"if_match": ""}, {"if_match": '"other"'}, {"if_match": "*"}, {"if_match": tag.strip('"')}):
        refused(officer.put(case, CASE | {"title": "Mine"}, **header), 412, "precondition")
    assert officer.read(case)["incident"]["title"] == CASE["title"]
    changed = edited(program("handler"), case, title="Theirs")
    refused(officer.put(case, CASE | {"title": "Mine"}, if_match=tag), 412, "precondition")
    assert officer.read(case)["incident"]["title"] == "Theirs"
    assert officer.get(case).headers["ETag"] == changed.headers["ETag"]
    edited(officer, case, title="Mine")
    assert officer.read(case)["incident"]["version"] == 3


def test_it_takes_the_tag_of_a_compressed_answer(officer: Program) -> None:
    """Most programs ask for compression, and then hold a weak tag for the same bytes."""
    case = f"/incidents/{opened(officer, summary='a long story ' * 40)}"
    packed = officer.client.get(
        f"/api{case}", headers={"authorization": f"Bearer {officer.bearer}", "accept-encoding": "gzip"}
    )
    assert packed.headers["Content-Encoding"] == "gzip"
    tag = packed.headers["ETag"]
    assert tag.startswith("W/")
    assert officer.get(case, if_none_match=tag).status_code == 304
    assert officer.put(case, CASE | {"title": "Mine"}, if_match=tag).status_code == 200


def test_it_guards_an_organisation_the_same_way(officer: Program) -> None:
    home = Organisation.objects.get(code="GREENHILL")
    path = f"/organisations/{home.public_id}"
    draft = {"code": home.code, "name_zh": home.name_zh, "name_en": "Greener Hill", "kind": home.kind}
    refused(officer.put(path, draft), 412, "precondition")
    tag = officer.get(path).headers["ETag"]
    done = officer.put(path, draft, if_match=tag)
    assert done.json()["organisation"]["name_en"] == "Greener Hill"
    refused(officer.put(path, draft, if_match=tag), 412, "precondition")


def edited(program: Program, case: str, **changes: Any) -> Any:
    """The case changed by somebody who has just read it."""
    done = program.put(case, CASE | changes, if_match=program.get(case).headers["ETag"])
    assert done.status_code == 200, done.content
    return done
