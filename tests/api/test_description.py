"""The published description: valid, complete, and true of every answer that the stories have met."""

import ast
import importlib
import json
import pkgutil
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.api import (
    described,
    test_archive,
    test_bulk,
    test_coordination,
    test_desk,
    test_directory,
    test_enclosed,
    test_exposure,
    test_feeds,
    test_files,
    test_forms,
    test_helping,
    test_imports,
    test_incoming,
    test_joint,
    test_law,
    test_lessons,
    test_operations,
    test_sharing,
    test_story,
    test_takedown,
    test_telling,
    test_views,
    test_warnings,
    test_watching,
)
from tests.api.conftest import Make, Program
from tests.conftest import Cast
from tests.journal.test_verbs import verbs
from tests.leaks.sweep import undone
from tongbao import __version__
from tongbao.api import endpoint, routes
from tongbao.api.app import api

pytestmark = [pytest.mark.django_db, pytest.mark.once]  # its stories are told one by one on both databases


def test_it_is_valid() -> None:
    document = described.document()
    assert document["openapi"].startswith("3.1.")
    assert [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()] == []
    assert (document["info"]["title"], document["info"]["version"]) == ("Tongbao", __version__)
    assert document["components"]["securitySchemes"] == {"Key": {"type": "http", "scheme": "bearer"}}


def test_it_is_there_for_everyone() -> None:
    """A program's author reads it before there is a key."""
    response = Program("").ask("get", "/openapi.json")
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("application/json")


ELSEWHERE = {
    "accept_seat": "somebody without an account accepts",
    "answer_by_link": "a link in a mail answers",
    "begun": "a report by mail; mails come by mail",
    "continued": "a later mail on a report; mails come by mail",
    "come_back": "a partner's bundle on a case of ours, taken in as a file",
    "note_arrival": "a partner's bundle, taken in as a file",
    "correct_by_receipt": "whoever holds a receipt corrects; a program has a key",
    "withdraw_by_receipt": "whoever holds a receipt closes the own report",
    "message_by_receipt": "whoever holds a receipt writes; a program has a key",
    "take": "POST /submissions, once more when two arrive together",
    "issue_token": "a person gives a program its key",
    "revoke_token": "a person takes it away",
    "note_sign_in": "signing in",
    "note_change": "signing in",
    "note_read": "GET /files/{public_id} notes it",
    "settle_clean": "the worker cleans files",
    "unlink_purged": "the worker",
    "collect_orphan": "the worker",
    "hear_answer": "the worker hears answers",
    "inform_participants": "the worker tells them what happened",
    "hear_decision": "the worker hears decisions",
    "hear_extension": "the worker hears decisions",
    "hear_level": "the worker hears decisions",
    "hear_judgement": "the worker hears decisions",
    "_take_effect": "the worker hears decisions",
    "reevaluate_cases": "tongbao profile reevaluate, and the worker when an organisation has become something else",
    "reevaluate_reports": "tongbao profile reevaluate",
    "write_seal": "the worker seals the journal",
    "note_opened": "GET /incidents/{public_id} notes it",
    "settle": "the worker",
    "raise_alert": "the worker watches",
    "climb": "the worker watches",
    "_batch": "the worker goes a step further where an organisation keeps silent",
    "close_alert": "the worker watches",
    "make_feed": "a person gives a calendar program its link; other programs read GET /watch/calendar",
    "revoke_feed": "a person takes it away",
    "revoke_feeds_of": "the worker, when an account is closed",
    "note_export": "a page hands the ledger out as a file; a program reads GET /releases",
    "_claim": "the worker sends notices",
    "hear": "gateways report",
    "_later": "the worker, when a report came early",
    "take_mail": "the worker reads the mailbox",
    "take_sms": "gateways hand replies in",
    "remind_takedown": "the worker reminds",
    "want_import": "POST /case-imports/{id}/apply, for a file with many cases",
    "stop_import": "the worker gives an import up",
    "take_over": "POST /case-imports/{id}/apply, once for each case of the file",
    "finish_import": "POST /case-imports/{id}/apply, at the end",
    "take_one": "the worker asks partners' feeds; tongbao cap import",
    "_placed": "the worker reads feeds",
    "_drop": "the worker keeps the archive",
    "_settle": "the worker keeps the archive",
    "_finish": "the worker reads feeds",
    "_end": "the worker reads feeds",
    "_tell": "the worker tells owners of findings",
    "_note": "the journal itself notes a refusal",
}
"""Verbs without an endpoint, and why."""


def test_it_offers_every_verb() -> None:
    """What a page does, a program does too."""
    used = set()
    for module in pkgutil.iter_modules(routes.__path__, f"{routes.__name__}."):
        names = vars(importlib.import_module(module.name))
        source = ast.parse(Path(str(names["__file__"])).read_text(encoding="utf-8"))
        for node in ast.walk(source):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                used.add(getattr(names.get(node.value.id), node.attr, None))
            elif isinstance(node, ast.Name):
                used.add(names.get(node.id))
    missing = {place.rpartition(".")[2] for place, verb in verbs().items() if verb not in used}
    assert missing == set(ELSEWHERE)


def test_it_describes_every_endpoint() -> None:
    """What the address book serves is what is described, each under one name of its own."""
    served = {
        (method.lower(), f"{described.PREFIX}{path}")
        for router in api._get_bound_routers()
        for path, view in router.path_operations.items()
        for operation in view.operations
        for method in operation.methods
    }
    found = described.operations()
    assert {(method, path) for method, path, _ in found.values()} == served
    assert sum(len(methods) for methods in described.document()["paths"].values()) == len(found)


def test_it_says_of_every_endpoint_what_goes_in_and_out() -> None:
    for name, (method, path, declared) in described.operations().items():
        assert declared["summary"].endswith("."), name
        assert declared["security"] == [{"Key": []}], name
        given = {each["name"] for each in declared["parameters"] if each["in"] == "path"}
        assert given == set(re.findall(r"{(\w+)}", path)), name
        names = [(each["in"], each["name"]) for each in declared["parameters"]]
        assert len(names) == len(set(names)), name
        assert ("requestBody" in declared) <= (method in {"post", "put"}), name
        for status, answer in declared["responses"].items():
            assert answer["description"], name
            assert ("content" in answer) is (status != "304"), (name, status)
        good = [status for status in declared["responses"] if status not in {"default", "304"}]
        assert good, name
        assert ("304" in declared["responses"]) is (method == "get"), name
        assert (method == "put") is (("header", "If-Match") in names), name


def test_it_says_of_every_list_how_it_goes_on() -> None:
    """A list either has pages or is whole; a limit is declared where it is kept."""
    for name, (method, _, declared) in described.operations().items():
        if method != "get" or "200" not in declared["responses"]:
            continue
        query = {each["name"] for each in declared["parameters"] if each["in"] == "query"}
        assert ("after" in query) is ("limit" in query), name


def test_it_uses_every_schema_and_explains_it() -> None:
    document = described.document()
    schemas = document["components"]["schemas"]
    used = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document)))
    assert used == set(schemas)
    for kind in endpoint.TYPES:
        assert kind.__name__ in schemas
    for name, schema in schemas.items():
        assert schema.get("type") == "object" or "enum" in schema, name
        if name.endswith(("Body", "Draft")) or name in {"TellChoice", "TellDropped"}:
            assert schema.get("additionalProperties") is False, f"{name} takes unknown fields"


def test_it_is_true_of_every_endpoint(
    program: Make, cast: Cast, noon: datetime, at: Any, tmp_path: Path, settings: Any
) -> None:
    """The stories of this folder together call everything; each answer was compared as it came."""
    with undone():  # stories that count all there is
        test_archive.test_it_answers_programs(cast, program, noon, settings, tmp_path)
    with undone():
        test_exposure.test_it_answers_and_asks_by_program(program, cast, noon)
        test_joint.test_it_assesses_together_by_program(program, cast, noon)
    with undone():
        test_takedown.test_it_takes_a_site_down_by_program(program, cast, noon)
        test_views.test_it_keeps_views_by_program(program, cast, noon)
    with undone():
        test_bulk.test_it_decides_on_many_reports_by_program(program, cast, noon)
        test_bulk.test_it_writes_in_many_cases_by_program(program, cast, noon)
    with undone():
        test_desk.test_it_lists_all_of_what_the_board_shows_the_first_of(program, noon)
    test_story.test_it_carries_a_report_to_a_closed_case(noon, program)
    test_desk.test_it_decides_on_submissions(program)
    test_desk.test_it_works_on_a_case(program, noon)
    test_desk.test_it_lets_organisations_take_part_and_leave(program)
    test_desk.test_it_keeps_obligations(program, noon)
    test_desk.test_it_writes_in_the_right_thread(program)
    test_telling.test_it_grades_an_answer_by_who_gave_it(program)
    test_warnings.test_it_warns_corrects_and_cancels(program, noon)
    test_warnings.test_it_reads_its_own_as_messages(program)
    test_warnings.test_it_drops_returns_and_sends_alone(program)
    test_warnings.test_it_keeps_recipients_under_a_name(program)
    test_warnings.test_it_keeps_turns(program)
    test_directory.test_it_keeps_an_organisation(program, noon)
    test_directory.test_it_lets_an_organisation_keep_itself(program)
    test_directory.test_it_offers_a_seat_and_ends_a_tenure(program, noon)
    test_directory.test_it_keeps_sharing_groups(program)
    test_directory.test_it_imports_a_directory_file(program)
    test_operations.test_it_says_how_the_product_is(program, noon)
    test_operations.test_it_takes_up_what_a_handler_failed_on(program, noon)
    test_operations.test_it_keeps_shifts(program)
    test_operations.test_it_hands_out_files(program, tmp_path, settings)
    test_operations.test_it_takes_a_wrongly_classified_file_away(program, tmp_path, settings)
    test_enclosed.test_a_program_encloses_and_reads_them(program, cast)
    test_warnings.test_it_takes_over_by_telephone_and_names_a_second_person(program)
    test_warnings.test_it_reads_what_partners_sent(program)
    test_operations.test_it_keeps_the_record_of_an_operation(program, noon)
    test_warnings.test_it_tests_the_chain_of_command(program)
    test_sharing.test_it_begins_an_operation_and_enrols(program, noon)
    test_sharing.test_it_keeps_agreements(program, noon)
    test_sharing.test_it_reads_the_ledger_and_calls_back(program, noon)
    test_sharing.test_it_asks_for_consent(program, noon)
    test_files.test_it_takes_files_with_notes_and_messages(program)
    test_watching.test_it_plans_changes_and_removes_watches(program)
    test_watching.test_it_hands_the_desk_over(program)
    test_watching.test_it_answers_alerts(program, at)
    test_watching.test_it_reads_the_calendar_of_whoever_asks(program)
    test_watching.test_it_reads_the_statistics_over_what_the_asker_may_see(program)
    test_law.test_it_judges_facts_by_the_law(program)
    test_law.test_it_classifies_and_judges_a_level(program)
    test_law.test_it_says_what_would_follow_before_it_is_recorded(program)
    test_law.test_it_says_how_the_law_stands_to_an_organisation(program)
    test_law.test_it_files_a_report_and_has_it_judged(program, noon)
    test_law.test_it_asks_for_more_time(program)
    test_law.test_it_proposes_a_network(program)
    test_forms.test_it_hands_in_a_report_and_has_it_judged(program, noon)
    test_forms.test_it_asks_for_time_and_for_networks(program, noon)
    test_forms.test_it_gives_out_public_notices_without_what_is_withheld(program, noon)
    test_incoming.test_it_settles_what_could_not_be_placed(program, noon)
    test_incoming.test_it_gives_a_contact_point_its_key(program, noon)
    test_incoming.test_it_sets_the_quiet_hours_of_a_contact_point(program, noon)
    test_incoming.test_it_says_what_of_feeds_is_told_at_a_contact_point(program, noon)
    test_incoming.test_it_says_what_of_cases_a_machine_is_told(program, noon)
    test_feeds.test_it_pushes_files_and_settles_what_was_found(program, noon)
    test_helping.test_it_plays_a_request_from_the_offer_to_the_release(program, cast, noon)
    test_helping.test_it_takes_a_company_into_the_alliance(program, cast, noon)
    test_coordination.test_it_takes_a_call_that_the_organisation_completes(program)
    test_coordination.test_it_puts_a_case_on_paper(program)
    test_coordination.test_it_asks_splits_and_hands_on(program, noon)
    test_imports.test_it_takes_cases_over_by_program(program, noon)
    test_lessons.test_it_publishes_a_lesson_by_program(program, cast, noon)
    reader = program("auditor")
    for path in ("/journal", "/me", "/notices", "/receipts", "/obligations", "/incidents", "/operations", "/groups"):
        reader.read(path)
    for path in ("/board", "/search?q=x"):
        program("officer").read(path)
    well = {name for name, status in program.visited if status < 300}
    called = {name for name, _ in program.visited}
    missing = set(described.operations()) - well
    assert missing <= set(), f"never answered well: {sorted(missing)}; called: {len(called)}"
