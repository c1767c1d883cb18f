"""What is sent: JSON of the right shape is taken, everything else is refused with its place and nothing is kept."""

import json
from datetime import datetime
from typing import Any
from urllib.parse import quote

import pytest

from tests.api import described
from tests.api.conftest import CASE, REPORT, Make, Program, opened, places, refused
from tongbao.incidents.models import Incident, LogEntry, Submission
from tongbao.parties.models import Organisation

MIB = 1024 * 1024


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"null",
        b"[]",
        b'"text"',
        b"{",
        b'{"summary": "x"',
        b'{"summary": "x"} trailing',
        b"{'summary': 'x'}",
        b'{"summary": NaN}',
        b'{"summary": "x", "level": NaN}',
        b'{"summary": "x", "level": Infinity}',
        b'{"summary": "x", "level": 1e999}',
        b'{"summary": "x", "level": 1.5}',
        b'{"summary": "x", "level": "3"}',
        b'{"summary": "x", "level": true}',
        b'{"summary": 5}',
        b'{"summary": null}',
        b'{"summary": "\\ud800"}',
        b'{"summary": "\\udc00\\ud800"}',
        b'{"summary": "\xff\xfe"}',
        b'{"summary": "\xed\xa0\x80"}',
        '{"summary": "通報"}'.encode("utf-16"),
        '{"summary": "通報"}'.encode("big5"),
        b'{"summary": ' + b"[" * 100_000,
        b'{"summary": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"a":' * 100_000,
        b"[" * 500_000,
        b'{"summary": "x", "unknown": 1}',
        b'{"summary": "x", "Level": 3}',
    ],
)
def test_it_refuses_what_is_no_report(constituent: Program, raw: bytes) -> None:
    response = constituent.ask("post", "/submissions", raw=raw)
    assert response.status_code in {400, 422}, response.content
    assert response.json()["type"] in {"urn:tongbao:refusal:unreadable", "urn:tongbao:refusal:invalid"}
    assert not Submission.objects.exists()


@pytest.mark.parametrize(
    ("changes", "place", "code"),
    [
        ({"summary": ""}, "summary", "required"),
        ({"summary": " \n "}, "summary", "required"),
        ({"summary": "x" * 201}, "summary", "too-long"),
        ({"description": "x" * 20_001}, "description", "too-long"),
        ({"summary": "a\0b"}, "summary", "text-control"),
        ({"description": "a\x1bb"}, "description", "text-control"),
        ({"systems": "a\x9fb"}, "systems", "text-control"),
        ({"measures": "a\ufffdb"}, "measures", "text-encoding"),
        ({"type": "no-such-type"}, "type", "choice-unknown"),
        ({"level": 5}, "level", "choice-unknown"),
        ({"level": -1}, "level", "choice-unknown"),
        ({"level": 10**30}, "level", "choice-unknown"),
        ({"contact_email": "nobody"}, "contact_email", "email-unreadable"),
        ({"addresses": "not an address!"}, "addresses", "address-unreadable"),
        ({"aware_at": "2026-11-23T12:06:00+08:00"}, "aware_at", "time-in-future"),
        ({"aware_at": "9999-12-31T23:59:59-23:59"}, "aware_at", "time-in-future"),
        ({"aware_at": "2026-11-23T11:00:00"}, "aware_at", "time-without-zone"),
        ({"aware_at": "1999-12-31T23:59:59Z"}, "aware_at", "time-too-old"),
        ({"aware_at": "0001-01-01T00:00:00+23:59"}, "aware_at", "time-too-old"),
        ({"aware_at": "2026-02-30T00:00:00Z"}, "aware_at", "shape"),
        ({"aware_at": "yesterday"}, "aware_at", "shape"),
        ({"aware_at": 1795406400}, "aware_at", "shape"),
        ({"occurred_at": "2026-11-23T11:45:00+08:00"}, "aware_at", "aware-before-occurred"),
        ({"contact_safe": "yes"}, "contact_safe", "shape"),
        ({"unknown": 1}, "body", "shape"),
    ],
)
def test_it_says_what_is_wrong_with_a_report(
    constituent: Program, changes: dict[str, Any], place: str, code: str
) -> None:
    assert places(constituent.post("/submissions", REPORT | changes))[place] == code
    assert not Submission.objects.exists()


def test_it_names_every_fault_at_once_and_in_both_languages(program: Make) -> None:
    wrong = REPORT | {"summary": "", "level": 9, "contact_email": "x"}
    english = refused(program("constituent").post("/submissions", wrong), 422, "invalid")
    chinese = refused(program("constituent", language="zh-TW").post("/submissions", wrong), 422, "invalid")
    assert [each["path"] for each in english["problems"]] == ["summary", "level", "contact_email"]
    assert english["problems"][0]["message"] == "This is needed."
    assert [each["code"] for each in chinese["problems"]] == [each["code"] for each in english["problems"]]
    assert not any(each["message"].isascii() for each in chinese["problems"])
    assert chinese["title"] != english["title"]


@pytest.mark.parametrize(
    ("language", "content_language", "chinese"),
    [
        ("en", "en", False),
        ("zh-Hant", "zh-hant", True),
        ("zh-TW,zh;q=0.9,en;q=0.8", "zh-hant", True),
        ("de", "en", False),
    ],
)
def test_it_answers_in_the_language_asked_for(
    program: Make, language: str, content_language: str, chinese: bool
) -> None:
    response = program("officer", language=language).get(f"/incidents/{'a' * 20}")
    document = refused(response, 404, "not-found")
    assert document["title"].isascii() is not chinese
    assert response.headers["Content-Language"] == content_language
    assert "Accept-Language" in response.headers["Vary"]


@pytest.mark.parametrize("size", [MIB + 1, 3 * MIB])
def test_it_refuses_a_body_that_is_too_large(constituent: Program, size: int) -> None:
    document = refused(constituent.ask("post", "/submissions", raw=b" " * size), 413, "too-large")
    assert set(document) == {"type", "title", "status"}


def test_it_takes_a_body_of_the_largest_size(constituent: Program) -> None:
    raw = json.dumps(REPORT).encode()
    taken = constituent.ask("post", "/submissions", raw=raw + b" " * (MIB - len(raw)))
    assert taken.status_code == 201


@pytest.mark.parametrize(
    ("media_type", "taken"),
    [
        ("application/json", True),
        ("application/json; charset=utf-8", True),
        ("Application/JSON", True),
        ("", True),
        ("text/plain", False),
        ("application/x-www-form-urlencoded", False),
        ("multipart/form-data; boundary=x", False),
        ("application/xml", False),
        ("application/problem+json", False),
    ],
)
def test_it_takes_json_only(officer: Program, media_type: str, taken: bool) -> None:
    """A form is taken only where files may come beside the body: test_files.py."""
    response = officer.ask("post", "/incidents", CASE, content_type=media_type)
    if taken:
        assert response.status_code == 201, response.content
    else:
        document = refused(response, 415, "media-type")
        assert media_type.partition(";")[0] in document["title"]


def test_it_names_the_place_inside_a_list(officer: Program) -> None:
    case = opened(officer)
    home = Organisation.objects.get(code="MOI").public_id
    choice = {"organisation": home, "template": "information", "why": [{"reason": "added"}, {"reason": "x\0"}]}
    wrong = officer.post(f"/incidents/{case}/notices", {"choices": [choice | {"why": []}, choice], "extra_zh": "\x07"})
    assert places(wrong) == {"choices[1].why[1].reason": "text-control", "extra_zh": "text-control"}
    assert places(officer.post(f"/incidents/{case}/notices", {"choices": [choice | {"seat": 5}]})) == {
        "choices[0].seat": "shape"
    }


DRAFTS = [
    ({"title": ""}, {"title": "required"}),
    ({"title": "x" * 201}, {"title": "too-long"}),
    ({"summary": "x" * 20_001}, {"summary": "too-long"}),
    ({"type": "x"}, {"type": "choice-unknown"}),
    ({"level": 0}, {"level": "choice-unknown"}),
    ({"level": 10**30}, {"level": "choice-unknown"}),
    ({"tlp": 5}, {"tlp": "choice-unknown"}),
    ({"tlp": -1}, {"tlp": "choice-unknown"}),
    ({"track": 1}, {"track": "choice-unknown"}),
    ({"owner": "a" * 20}, {"owner": "organisation-unknown"}),
    ({"addresses": "???"}, {"addresses": "address-unreadable"}),
    ({"addresses": " ".join(f"192.0.2.{n}" for n in range(201))}, {"addresses": "too-many-addresses"}),
    ({"aware_at": "2026-11-23T12:06:00+08:00"}, {"aware_at": "time-in-future"}),
    ({"aware_at": "2026-11-23T11:00:00"}, {"aware_at": "time-without-zone"}),
    ({"aware_at": "1999-12-31T23:59:59Z"}, {"aware_at": "time-too-old"}),
    ({"aware_at": "0001-01-01T00:00:00+23:59"}, {"aware_at": "time-too-old"}),
    ({"aware_at": "9999-12-31T23:59:59-23:59"}, {"aware_at": "time-in-future"}),
    ({"number": "TB-1"}, {"body": "shape"}),
    ({"title": "", "tlp": 9}, {"title": "required", "tlp": "choice-unknown"}),
]


@pytest.mark.parametrize(("changes", "wrong"), DRAFTS)
def test_it_says_what_is_wrong_with_a_case(officer: Program, changes: dict[str, Any], wrong: dict[str, str]) -> None:
    assert places(officer.post("/incidents", CASE | changes)) == wrong
    assert not Incident.objects.exists()
    case = f"/incidents/{opened(officer)}"
    tag = officer.get(case).headers["ETag"]
    assert set(places(officer.put(case, CASE | changes, if_match=tag))) == set(wrong)
    assert officer.get(case).headers["ETag"] == tag


@pytest.mark.parametrize("path", ["notes", "tasks", "close", "reopen", "link", "merge", "readers", "concerned", "log"])
def test_it_refuses_the_wrong_method_everywhere(officer: Program, path: str) -> None:
    case = opened(officer)
    reads = path in {"concerned", "log"}
    response = officer.ask("delete", f"/incidents/{case}/{path}")
    document = refused(response, 405, "method-not-allowed")
    assert response.headers["Allow"] == ("GET" if reads else "POST")
    assert "DELETE" in document["title"]
    other = officer.ask("post" if reads else "get", f"/incidents/{case}/{path}")
    refused(other, 405, "method-not-allowed")


def test_it_says_which_methods_an_address_takes(officer: Program) -> None:
    response = officer.ask("patch", f"/incidents/{'a' * 20}")
    assert response.headers["Allow"] == "GET, PUT"
    for method in ("options", "trace", "foo", "x" * 500):
        refused(officer.ask(method, "/me"), 405, "method-not-allowed")


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/nowhere",
        "/incidents/",
        "/incidents/a/b/c",
        "/me/",
        "/openapi.yaml",
        "/docs",
        "/INCIDENTS",
        "/incidents/%00",
    ],
)
def test_it_knows_no_other_address(officer: Program, path: str) -> None:
    refused(officer.get(path), 404, "not-found")
    refused(officer.post(path, {}), 404, "not-found")


def test_it_answers_head_like_get_without_the_body(officer: Program, noon: datetime) -> None:
    case = opened(officer)
    for path in ("/me", "/incidents", f"/incidents/{case}", "/openapi.json"):
        whole, head = officer.get(path), officer.ask("head", path)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["Content-Length"] == str(len(whole.content))
        for name in ("ETag", "Content-Type", "Link"):
            assert head.headers.get(name) == whole.headers.get(name)
    missing = officer.ask("head", f"/incidents/{'a' * 20}")
    assert (missing.status_code, missing.content) == (404, b"")
    assert officer.ask("head", "/shift/start").status_code == 405


@pytest.mark.parametrize(
    ("path", "parameters"),
    [
        ("/incidents", ("state", "level", "owner", "since", "q", "after", "limit", "nonsense")),
        ("/submissions", ("state", "after", "limit")),
        ("/obligations", ("standing", "regime", "duty", "ministry", "after", "limit")),
        ("/notices", ("after", "limit")),
        ("/receipts", ("open", "after", "limit")),
        ("/operations", ("after", "limit")),
        ("/organisations", ("q", "after", "limit")),
        ("/groups", ("limit",)),
    ],
)
def test_it_withstands_any_query(officer: Program, path: str, parameters: tuple[str, ...]) -> None:
    wild = [
        "",
        "-1",
        "0",
        "²",
        "1.1",
        "²." + "1",
        "9" * 19 + ".1",
        "9" * 17 + "." + "9" * 18,
        "1." + "9" * 25,
        "x" * 5000,
    ]
    wild += [
        "2026-02-31T00:00:00",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "2026-11-23",
        "'\"*()^:",
        "%",
    ]
    wild += ["通報", "a.b", "\u202e", "😀", "NULL", "0x10", "1e9", "--", "%E4%B8", "%FF", "+"]
    for value in wild:
        given = value if value.startswith("%") else quote(value, safe="")
        for names in ([each for each in parameters if each != "q"], [each for each in parameters if each == "q"]):
            response = officer.get(f"{path}?{'&'.join(f'{name}={given}' for name in names)}")
            assert response.status_code == 200, (names, value, response.content)
    for value in ("%00", "a%00b", "%1B"):
        for name in parameters:
            refused(officer.get(f"{path}?{name}={value}"), 400, "bad-request")
    many = "&".join(f"a{n}=1" for n in range(400))
    refused(officer.get(f"{path}?{many}"), 400, "bad-request")


def test_it_keeps_nothing_of_a_refused_note(officer: Program) -> None:
    case = opened(officer)
    before = LogEntry.objects.count()
    for body, place, code in (
        ({"text": ""}, "text", "required"),
        ({"text": "x" * 20_001}, "text", "too-long"),
        ({"text": "x", "tlp": "TLP:PINK"}, "tlp", "choice-unknown"),
        ({"text": "x", "tlp": ""}, "tlp", "choice-unknown"),
        ({"text": "\x00"}, "text", "text-control"),
    ):
        assert places(officer.post(f"/incidents/{case}/notes", body)) == {place: code}
    assert LogEntry.objects.count() == before


def test_it_declares_every_refusal_as_a_problem_document() -> None:
    for name, (_, _, declared) in described.operations().items():
        content = declared["responses"]["default"]["content"]
        assert list(content) == ["application/problem+json"], name
