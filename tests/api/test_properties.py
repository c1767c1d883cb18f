"""What holds for every body and every cursor, not only for those that somebody thought of."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from django.db import transaction
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.api import described
from tests.api.conftest import REPORT, Make, Program, opened
from tongbao.api.endpoint import Unreadable, WrongType, read, tag_of
from tongbao.assistance.models import Capability, Engagement, HelpRequest, Membership
from tongbao.cooperation.models import Agreement
from tongbao.files import steps as files
from tongbao.incidents import queries
from tongbao.incidents.actions.triage import IncidentDraft
from tongbao.incidents.models import Incident, LogEntry
from tongbao.incidents.rules.intake import Draft
from tongbao.journal.record import verb
from tongbao.kernel import text
from tongbao.kernel.markings import TLP
from tongbao.kernel.refusals import Invalid
from tongbao.lessons.models import Lesson
from tongbao.notices.incoming import placing
from tongbao.notices.models import Receipt
from tongbao.operations.models import Operation, Task, routine
from tongbao.parties.models import Organisation, SharingGroup
from tongbao.policy.actors import ANONYMOUS
from tongbao.release.models import Outgoing
from tongbao.ui import paging

WITH_FIXTURES = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]

# --- cursors ---

TIMES = st.integers(0, 3).map(lambda n: datetime(2026, 11, 23, 4, 0, 0, n, UTC)) | st.datetimes(
    datetime(1970, 1, 2), datetime(5000, 1, 1), timezones=st.just(UTC)
)


@settings(max_examples=40, deadline=None, suppress_health_check=WITH_FIXTURES)
@given(times=st.lists(TIMES, max_size=8), size=st.integers(1, 4), ascending=st.booleans())
def test_it_pages_through_any_times(db: None, times: list[datetime], size: int, ascending: bool) -> None:
    """Whatever the moments, equal or apart: the pages together are the list."""
    Incident.objects.all().delete()
    operation = routine()
    for index, moment in enumerate(times):
        Incident.objects.create(
            operation=operation,
            number=f"N{index}",
            title="t",
            profile="TW-2026",
            aware_at=moment,
            received_at=moment,
            opened_at=moment,
        )
    order = ("opened_at", "id") if ascending else ("-opened_at", "-id")
    rows = Incident.objects.order_by(*order)
    found, after = [], ""
    for _ in range(len(times) + 1):
        page = queries.page(rows, "opened_at", after, size=size, ascending=ascending)
        found += page.rows
        after = page.next
        if not after:
            break
    assert found == list(rows)
    assert not after


@given(st.text() | st.from_regex(r"[0-9٣²]{0,25}\.[0-9٣²]{0,25}"))
def test_it_reads_any_cursor(cursor: str) -> None:
    """A cursor that nobody gave out starts anew; none breaks anything."""
    if (place := paging.position(cursor)) is not None:
        moment, key = place
        assert cursor.isascii()
        assert f"{(moment - paging.EPOCH) // timedelta(microseconds=1)}.{key}".split(".") == [
            part.lstrip("0") or "0" for part in cursor.split(".")
        ]


# --- bodies ---


def asked(raw: bytes, content_type: str = "application/json") -> Any:
    """A request as ``read`` looks at it."""
    return SimpleNamespace(body=raw, content_type=content_type)


SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
JSON: st.SearchStrategy[Any] = SCALARS | st.deferred(
    lambda: st.lists(JSON, max_size=2) | st.dictionaries(st.text(max_size=5), JSON, max_size=2)
)


@given(st.binary(max_size=200) | JSON.map(msgspec.json.encode))
def test_it_reads_any_bytes_or_refuses_them(raw: bytes) -> None:
    """Nothing but a refusal comes out of bytes that are no body; what is read has the declared shape."""
    for kind in (Draft, IncidentDraft):
        with suppress(Invalid, Unreadable):
            assert isinstance(read(asked(raw), kind), kind)


@given(
    st.fixed_dictionaries(
        {"summary": st.text()},
        optional={
            "description": st.text(),
            "level": st.none() | st.integers(),
            "systems": st.text(),
            "contact_safe": st.booleans(),
            "aware_at": st.datetimes(timezones=st.just(UTC) | st.none()).map(lambda moment: moment.isoformat()),
        },
    )
)
def test_it_reads_back_what_was_written(fields: dict[str, Any]) -> None:
    """Every well-formed body is read as it was meant, unless a text in it could not be kept."""
    request = asked(msgspec.json.encode(fields))
    faults = {name: text.fault(value) for name, value in fields.items() if isinstance(value, str)}
    if wrong := {name: code for name, code in faults.items() if code}:
        with pytest.raises(Invalid) as refusal:
            read(request, Draft)
        assert {problem.path: problem.code for problem in refusal.value.problems} == wrong
        return
    draft = read(request, Draft)
    back = msgspec.to_builtins(draft)
    for name, value in fields.items():
        if name == "aware_at":
            assert draft.aware_at == datetime.fromisoformat(value)
        else:
            assert back[name] == value


@given(st.binary(), st.binary())
def test_it_gives_different_bytes_different_tags(one: bytes, other: bytes) -> None:
    assume(one != other)
    assert tag_of(one) != tag_of(other)
    assert tag_of(one).isascii()


# --- every endpoint that takes a body ---

WORDS = st.sampled_from(
    [
        "",
        " ",
        "x",
        "通報",
        "x" * 41,
        "x" * 300,
        "字" * 5000,
        "\0",
        "\x85",
        "\ufeff",
        "\u202e",
        "😀",
        "a\nb",
        "%s%(x)s{}",
    ]
) | st.text(max_size=12)
CODES = st.sampled_from(
    [
        *("TLP:RED", "amber+strict", "information", "review_request", "email", "telephone", "company", "office", "en"),
        *("reporter", "duty-officer", "192.0.2.0/24", "a@b.example", "level-review", "received", "confirm", "GOV"),
    ]
)
NUMBERS = st.sampled_from([0, 1, 2, 3, -1, 99, 100, 32_768, 2**31, 2**63, -(2**63), 10**30]) | st.integers(-5, 5)
MOMENTS = st.sampled_from(
    ["2026-11-23T03:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-11-23T03:00:00", "x"]
)


def values(schema: dict[str, Any], known: list[str]) -> st.SearchStrategy[Any]:
    """Values of about the declared shape: mostly right, often at a limit, with ids that exist among them."""
    if "$ref" in schema:
        return values(described.document()["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]], known)
    if "anyOf" in schema:
        return st.one_of([values(each, known) for each in schema["anyOf"]])
    kind = schema.get("type")
    if kind == "object" and "properties" in schema:
        required = set(schema.get("required", ()))
        parts = {name: values(each, known) for name, each in schema["properties"].items()}
        return st.fixed_dictionaries(
            {name: part for name, part in parts.items() if name in required},
            optional={name: part for name, part in parts.items() if name not in required},
        )
    if kind == "object":
        return st.dictionaries(st.sampled_from(["reason", "address", "x"]), WORDS, max_size=2)
    if kind == "array":
        return st.lists(values(schema["items"], known), max_size=2)
    if kind == "integer":
        return NUMBERS
    if kind == "boolean":
        return st.booleans()
    if kind == "null":
        return st.none()
    return MOMENTS if schema.get("format") == "date-time" else WORDS | CODES | st.sampled_from(known)


TAKING = [
    "accept_submission",
    "acknowledge_findings",
    "add_contact",
    "add_network",
    "add_note",
    "add_operation_task",
    "add_participant",
    "add_supplement",
    "add_task",
    "add_to_takedown",
    "amend_agreement",
    "amend_capability",
    "answer_alert",
    "answer_consent",
    "answer_finding",
    "answer_help",
    "answer_inquiry",
    "answer_receipt",
    "apply_for_membership",
    "approve_draft",
    "archived_hunt",
    "ask",
    "ask_again",
    "ask_consent",
    "ask_exposed",
    "ask_for_help",
    "ask_for_time",
    "ask_takedown",
    "begin_filing",
    "begin_joint",
    "begin_operation",
    "begin_playbook",
    "begin_warning",
    "bulk_incidents",
    "bulk_submissions",
    "change_audience",
    "change_group",
    "change_lesson",
    "change_watch",
    "check_classification",
    "check_takedown",
    "classify_incident",
    "close_help_request",
    "close_incident",
    "confirm_recall",
    "correct_submission",
    "create_group",
    "create_organisation",
    "create_seat",
    "decide_approval",
    "drop_takedown",
    "edit_draft",
    "edit_incident",
    "edit_organisation",
    "enclose_files",
    "end_agreement",
    "end_operation",
    "enrol",
    "enrol_organisation",
    "file_filing",
    "finish_task",
    "fix_findings",
    "follow_warning",
    "give_contact_key",
    "give_opinion",
    "hand_on",
    "join_joint",
    "judge_facts",
    "judge_level",
    "keep_audience",
    "keep_turns",
    "keep_view",
    "leave_alliance",
    "link_incidents",
    "look_exposed",
    "make_agreement",
    "mark_compromised",
    "meet_obligation",
    "merge_findings",
    "merge_incident",
    "merge_submission",
    "name_in_joint",
    "name_reader",
    "name_second",
    "offer_capability",
    "offer_seat",
    "open_case_of_finding",
    "open_incident",
    "open_takedown",
    "place_under_law",
    "plan_watch",
    "propose_network",
    "purge_file",
    "raise_finding",
    "reassign_findings",
    "recall",
    "receive_import",
    "record_decision",
    "record_fact",
    "reject_submission",
    "release_help",
    "release_submission",
    "remove_participant",
    "reopen_incident",
    "report_help",
    "return_draft",
    "review_alone",
    "save_filing",
    "send_alone",
    "set_contact_cases",
    "set_contact_feeds",
    "set_contact_quiet",
    "settle_incoming",
    "settle_inquiry",
    "settle_recall",
    "sign_joint",
    "sign_membership",
    "split_incident",
    "step_aside",
    "submit",
    "take_call",
    "take_over",
    "tell",
    "verify_contact",
    "vet_capability",
    "vet_membership",
    "waive_obligation",
    "withdraw",
    "withdraw_lesson",
    "write_hand_over",
    "write_joint",
    "write_lesson",
    "write_message",
]


FOR_ADMINISTRATORS = {"change_group", "create_group", "purge_file", "receive_import"}


def test_it_knows_every_endpoint_that_takes_a_body(db: None) -> None:
    taking = [name for name, (_, _, declared) in described.operations().items() if "requestBody" in declared]
    assert sorted(taking) == TAKING


@pytest.fixture
def desk(program: Make) -> dict[str, str]:
    """One thing of each kind; the names that stand in the addresses, each with its path."""
    officer = program("officer")
    home = Organisation.objects.get(code="SUNPOWER")
    seat = home.seats.order_by("rank").last()
    assert seat is not None
    case = officer.does(
        "/submissions/{}/accept".format(program("constituent").does("/submissions", REPORT, 201)["id"]),
        {"draft": {"title": "t", "tlp": 2, "level": 3, "owner": home.public_id}},
        201,
    )
    waiting = program("constituent").does("/submissions", REPORT, 201)["id"]
    incident = case["incident"]["id"]
    choice = {"organisation": home.public_id, "seat": seat.public_id, "template": "information", "added": "x"}
    officer.does(f"/incidents/{incident}/notices", {"choices": [choice]}, 201)
    frame = Operation.objects.get().public_id
    officer.does(f"/operations/{frame}/tasks", {"title": "t"}, 201)
    draft = program("constituent").does(f"/incidents/{incident}/filings", {"form": "containment-notice"}, 201)
    (judged,) = program("reviewer").read("/approvals")["items"]
    found = program("reviewer").does(f"/approvals/{judged['id']}/findings", {"passage": "reasons", "text": "x"}, 201)
    (on_duty, *_) = officer.read("/watch/officers")["items"]
    span = {"starts_at": "2026-11-23T08:00:00+08:00", "ends_at": "2026-11-23T20:00:00+08:00"}
    outgoing = Outgoing.objects.get().public_id
    called_back = officer.does(f"/releases/{outgoing}/recall", {"reason": "x"})
    bank = Organisation.objects.get(code="GREENHILL").public_id
    asking = {"kind": "incident", "thing": incident, "originator": home.public_id, "recipient": bank, "why": "x"}
    asked_for = officer.does("/consents", asking, 201)
    kept = {"name_zh": "能源", "name_en": "Energy", "audience": {"sectors": ["energy"]}}
    planned = officer.does("/watch/watches", {"officer": on_duty["id"], **span}, 201)
    return {
        "submissions": waiting,
        "incidents": incident,
        "threads": case["participants"][0]["id"],
        "obligations": next(each["id"] for each in case["obligations"] if each["duty"] == "contain"),
        "receipts": Receipt.objects.get().public_id,
        "operations": frame,
        "tasks": Task.objects.get().public_id,
        "organisations": home.public_id,
        "seats": seat.public_id,
        "contacts": seat.contact_points.get().public_id,
        "groups": SharingGroup.objects.get().public_id,
        "files": _attached(incident),
        "filings": draft["id"],
        "approvals": judged["id"],
        "findings": found["findings"][0]["id"],
        "watches": planned["id"],
        "incoming": placing.take_mail(b"From: a@x.example\n\nx").public_id,
        "alerts": "a" * 20,
        "inquiries": "a" * 20,
        "agreements": Agreement.objects.get(partner__code="FARHILL").public_id,
        "releases": outgoing,
        "recalls": called_back["recalls"][0]["id"],
        "consents": asked_for["id"],
        "warnings": officer.does("/warnings", {"event": "other"}, 201)["id"],
        "audiences": officer.does("/audiences", kept, 201)["id"],
        "notices": Receipt.objects.get().notice.public_id,
        "other": opened(officer),
        "takedowns": officer.does("/takedowns", {"places": "https://x.evil.example/"}, 201)["takedown"]["id"],
        "joint-assessments": _joint(officer, incident),
        "lessons": _lesson(incident),
        **_helping(home, incident),
    }


def _joint(officer: Program, incident: str) -> str:
    begun = officer.does(f"/incidents/{incident}/joint-assessments", {"question": "?"}, 201)
    return str(begun["joint"]["id"])


def _lesson(incident: str) -> str:
    case = Incident.objects.get(public_id=incident)
    return Lesson.objects.create(operation=case.operation, incident=case, reach=TLP.GREEN).public_id


def _helping(home: Organisation, incident: str) -> dict[str, str]:
    """Help on offer that was asked for, and an application; nobody is told."""
    case = Incident.objects.get(public_id=incident)
    offer = Capability.objects.create(organisation=home, kind="ot", summary="x")
    asked = HelpRequest.objects.create(
        operation=case.operation, incident=case, kind="ot", words="x", answer_by=case.opened_at
    )
    part = Engagement.objects.create(operation=case.operation, request=asked, capability=offer, organisation=home)
    applied = Membership.objects.create(organisation=home, statement="x")
    return {
        "capabilities": offer.public_id,
        "help-requests": asked.public_id,
        "engagements": part.public_id,
        "memberships": applied.public_id,
    }


@verb
def _attached(incident: str) -> str:
    """A file that hangs on an entry of the case."""
    entry = LogEntry.objects.filter(incident__public_id=incident).first()
    assert entry is not None
    return files.keep([b"x"], name="x.txt", media_type="", subject=entry, actor=ANONYMOUS).public_id


@pytest.mark.parametrize("part", range(4))
@settings(max_examples=10, deadline=None, derandomize=True, suppress_health_check=WITH_FIXTURES)
@given(data=st.data())
def test_it_breaks_on_no_body(program: Make, desk: dict[str, str], part: int, data: st.DataObject) -> None:
    """Whatever stands in a body: an answer or a refusal as declared, never a fault of ours."""
    for name in TAKING[part::4]:
        method, path, declared = described.operations()[name]
        body = data.draw(values(declared["requestBody"]["content"]["application/json"]["schema"], list(desk.values())))
        before = transaction.savepoint()
        speaker = program("admin" if name in FOR_ADMINISTRATORS else "officer")
        address = address_of(path, desk)
        tag = speaker.get(address.removesuffix("/law")).headers["ETag"] if method == "put" else ""
        response = speaker.ask(method, address, body, if_match=tag)
        assert response.status_code < 500, response.content
        transaction.savepoint_rollback(before)


def address_of(path: str, desk: dict[str, str]) -> str:
    """The path with things that exist in place of its names."""
    address = ""
    for part in path.removeprefix(described.PREFIX).strip("/").split("/"):
        address += "/" + (desk[address.rsplit("/", 1)[-1]] if part.startswith("{") else part)
    return address


@given(st.text(max_size=20))
def test_it_reads_json_only(media_type: str) -> None:
    assume(media_type not in {"", "application/json"})
    with pytest.raises(WrongType) as refusal:
        read(asked(b"{}", media_type), Draft)
    assert len(str(refusal.value.params["given"])) <= 60
