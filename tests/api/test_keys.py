"""Who may come in: keys that hold, keys that do not, keys narrowed to a purpose."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from tests.api import described
from tests.api.conftest import CASE, REPORT, Make, Program, opened, refused
from tests.conftest import Cast
from tongbao.accounts import actions as accounts
from tongbao.accounts.models import ApiToken
from tongbao.incidents.models import Incident
from tongbao.journal.models import JournalEntry
from tongbao.kernel import clock
from tongbao.parties.actions import seats
from tongbao.parties.models import Organisation, Tenure
from tongbao.parties.standing import actor_of
from tongbao.policy.actors import system
from tongbao.policy.can import Can, Role

Key = Callable[..., str]


def test_it_says_whom_a_key_speaks_for(program: Make) -> None:
    me = program("constituent").read("/me")
    assert me["organisation"] == Organisation.objects.get(code="SUNPOWER").public_id
    assert me["roles"] == ["reporter"]
    assert set(me["may"]) == {
        Can.APPROVAL_SUBMIT,
        Can.CONSENT_ANSWER,
        Can.FILING_FILE,
        Can.FINDING_ANSWER,
        Can.HELP_ANSWER,
        Can.JOINT_WRITE,
        Can.OBLIGATION_MEET,
        Can.RECALL_CONFIRM,
        Can.RECEIPT_ANSWER,
        Can.SUBMISSION_CREATE,
        Can.TASK_FINISH,
        Can.THREAD_WRITE,
        Can.TOKEN_ISSUE,
    }


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer tb",
        "Bearer tb_",
        "Bearer tb__",
        "Bearer tb_{id}_",
        "Bearer tb_{id}",
        "Bearer xx_{id}_{secret}",
        "Bearer tb_{id}_{secret}x",
        "Bearer tb_{id}_{other}",
        "Bearer tb_{id}_{secret} {secret}",
        "Bearer  tb_{id}_{secret}",
        "Bearer tb_{absent}_{secret}",
        "Bearer tb_é_é",
        "Bearer tb_{id}_密",
        "Bearer tb_\x00_\x00",
        "Basic tb_{id}_{secret}",
        "tb_{id}_{secret}",
        "Bearer " + "x" * 100_000,
    ],
)
def test_it_turns_a_wrong_key_away(key: Key, header: str) -> None:
    bearer, other = key("officer"), key("handler")
    _, public_id, secret = bearer.split("_", 2)
    foreign = other.split("_", 2)[2]
    sent = header.format(id=public_id, secret=secret, other=foreign, absent="a" * 20)
    response = Program("").get("/me", authorization=sent)
    refused(response, 401, "sign-in-needed")
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="tongbao"'


def test_it_takes_the_scheme_in_any_case(key: Key) -> None:
    assert Program("").get("/me", authorization=f"bEARER {key('officer')}").status_code == 200


def test_it_does_not_take_a_session_for_a_key(cast: Cast, noon: datetime) -> None:
    """A browser's cookie goes along with every request that a foreign page makes; a key does not."""
    browser = cast.browser("constituent")
    for method, path in (("GET", "/me"), ("POST", "/incidents")):
        response = browser.generic(method, described.PREFIX + path, b"{}", content_type="application/json")
        refused(response, 401, "sign-in-needed")


@pytest.mark.once
def test_it_asks_for_a_key_at_every_endpoint(noon: datetime, db: None) -> None:
    """All but the description itself, and before anything else is looked at."""
    nobody = Program("")
    for method, path, _ in described.operations().values():
        address = path.removeprefix(described.PREFIX).replace("{", "").replace("}", "")
        refused(nobody.ask(method, address, raw=b"not json"), 401, "sign-in-needed")


def test_it_ends_a_key_at_its_hour(key: Key, noon: datetime) -> None:
    program = Program(key("officer", days=1))
    with clock.at(noon + timedelta(days=1) - timedelta(microseconds=1)):
        assert program.get("/me").status_code == 200
    with clock.at(noon + timedelta(days=1)):
        refused(program.get("/me"), 401, "sign-in-needed")


def test_it_ends_a_key_that_its_owner_revokes(key: Key, cast: Cast) -> None:
    program, another = Program(key("officer")), Program(key("officer"))
    token = ApiToken.objects.get(public_id=program.bearer.split("_")[1])
    accounts.revoke_token(token.public_id, actor=cast.officer)
    refused(program.get("/me"), 401, "sign-in-needed")
    assert another.get("/me").status_code == 200


def test_it_ends_a_leavers_keys_at_once(program: Make, cast: Cast) -> None:
    leaver, colleague = program("officer"), program("handler")
    (tenure,) = Tenure.objects.filter(person__user=cast.country.people["officer"])
    seats.end_tenure(tenure.public_id, actor=system("test"))
    refused(leaver.get("/me"), 401, "sign-in-needed")
    assert colleague.get("/me").status_code == 200


def test_it_takes_a_keys_power_with_the_seat(program: Make, cast: Cast) -> None:
    """Somebody with a seat elsewhere keeps the account; a key made for the office stands for nothing any more."""
    officer, case = program("officer"), opened(program("handler"))
    (left,) = Tenure.objects.filter(person__user=cast.country.people["officer"])
    offer, secret = seats.offer_seat(
        Organisation.objects.get(code="HARBOUR").seats.get().public_id,
        name="林值勤",
        email="lin@nco.example",
        actor=system("test"),
    )
    seats.accept_seat(secret, actor=cast.officer)
    seats.end_tenure(left.public_id, actor=system("test"))
    me = officer.read("/me")
    assert (me["roles"], me["organisation"]) == ([], None)
    now = actor_of(cast.country.people["officer"])
    assert (now.roles, now.organisation) == ({Role.REPORTER}, offer.seat.organisation_id)
    refused(officer.get(f"/incidents/{case}"), 404, "not-found")


def test_it_notes_the_use_of_a_key_now_and_then(key: Key, noon: datetime) -> None:
    program = Program(key("officer"))
    token = ApiToken.objects.filter(public_id=program.bearer.split("_")[1])
    for minutes, noted in ((0, 0), (4, 0), (6, 6), (10, 6)):
        with clock.at(noon + timedelta(minutes=minutes)):
            program.read("/me")
            assert token.get().last_used_at == noon + timedelta(minutes=noted)


def test_it_narrows_a_key_to_its_purpose(program: Make) -> None:
    case = opened(program("officer"))
    narrow = program("officer", scopes=[Can.SUBMISSION_CREATE])
    assert narrow.read("/me")["may"] == [Can.SUBMISSION_CREATE]
    assert narrow.does("/submissions", REPORT, 201)["state"] == "new"
    for path in ("/incidents", "/submissions"):
        assert narrow.read(path)["items"] == []
    refused(narrow.get(f"/incidents/{case}"), 404, "not-found")
    for path in ("/notices", "/operations", "/journal", "/health", f"/incidents/{case}/concerned"):
        refused(narrow.get(path), 403, "forbidden")
    assert [each["code"] for each in narrow.read("/organisations")["items"]] == ["NCO"]


@pytest.mark.parametrize(
    ("who", "scope", "path", "body"),
    [
        ("officer", Can.INCIDENT_OPEN, "/incidents", CASE),
        (
            "officer",
            Can.ORGANISATION_ENROL,
            "/organisations",
            {"code": "NEW", "name_zh": "新", "name_en": "New", "kind": "company"},
        ),
        ("admin", Can.GROUP_MANAGE, "/groups", {"name_zh": "群", "name_en": "Group", "members": []}),
    ],
)
def test_it_makes_nothing_that_the_key_could_not_see(
    program: Make, who: str, scope: Can, path: str, body: dict[str, object]
) -> None:
    """Not even with an answer that nothing is there, for then the program would make it again."""
    scopes = [scope, Can.ORGANISATION_EDIT] if path == "/organisations" else [scope]
    before = Incident.objects.count(), Organisation.objects.count()
    refused(program(who, scopes=scopes).post(path, body), 403, "forbidden")
    assert (Incident.objects.count(), Organisation.objects.count()) == before


def test_it_refuses_and_notes_what_a_role_does_not_allow(program: Make) -> None:
    case = opened(program("officer"))
    liaison = program("liaison")
    document = refused(liaison.post(f"/incidents/{case}/close", {"outcome": "x"}), 403, "forbidden")
    assert "role does not allow" in document["title"]
    entry = JournalEntry.objects.order_by("-seq").first()
    assert entry is not None
    assert (entry.event, entry.actor.partition(":")[0], entry.subject_id) == ("access.refused", "token", case)
    refused(program("constituent").get("/notices"), 403, "forbidden")
    refused(program("admin").get(f"/incidents/{case}"), 404, "not-found")


def test_it_gives_the_same_bytes_for_hidden_and_absent(program: Make, officer: Program) -> None:
    """Whatever is asked of it: an identifier cannot be tried out."""
    stranger, red = program("stranger"), opened(officer, tlp=4)
    taken = program("constituent").does("/submissions", REPORT, 201)["id"]
    hidden = {
        f"/incidents/{red}": "get",
        f"/incidents/{red}/log": "get",
        f"/submissions/{taken}": "get",
        f"/organisations/{Organisation.objects.get(code='MOI').public_id}": "get",
        f"/incidents/{red}/close": "post",
        f"/incidents/{red}/notes": "post",
        f"/submissions/{taken}/reject": "post",
    }
    bodies = {"close": {"outcome": "x"}, "notes": {"text": "x"}, "reject": {"reason": "x"}}
    for path, method in hidden.items():
        body = bodies.get(path.rsplit("/", 1)[-1])
        identifier = path.split("/")[2]
        seen = stranger.ask(method, path, body)
        absent = stranger.ask(method, path.replace(identifier, "a" * 20), body)
        refused(seen, 404, "not-found")
        assert seen.content == absent.content
        assert sorted(seen.headers.items()) == sorted(absent.headers.items())
    nowhere = stranger.get("/nowhere")
    assert nowhere.content == seen.content


def test_it_keeps_a_red_case_from_those_not_named(program: Make, officer: Program) -> None:
    red, handler = opened(officer, tlp=4), program("handler")
    assert officer.read(f"/incidents/{red}")["why"] == "named"
    refused(handler.get(f"/incidents/{red}"), 404, "not-found")
    officer.does(f"/incidents/{red}/readers", {"email": "wang@nco.example"})
    assert handler.read(f"/incidents/{red}")["why"] == "named"
    (listed,) = handler.read("/incidents")["items"]
    assert (listed["title"], listed["tlp"]) == (None, "TLP:RED")
    assert JournalEntry.objects.filter(event="access.read", subject_id=red).exists()
