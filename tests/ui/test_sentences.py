"""Sentences: every code that people may see has its words, and no words are kept for a code that nothing uses."""

import ast
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

import tongbao
from tongbao.approvals.models import Approval, Finding, Opinion
from tongbao.approvals.rules import OUTCOMES
from tongbao.assistance import rules as helping
from tongbao.cooperation.rules import Category, Standing, Topic
from tongbao.engines.observables import Kind as ObservableKind
from tongbao.engines.observables import known
from tongbao.exposure import rules as exposure
from tongbao.files.rules import CleanState
from tongbao.incidents import bulk, importing
from tongbao.incidents.assessment import Consequence
from tongbao.incidents.models import (
    Classification,
    Filing,
    Incident,
    LogEntry,
    Obligation,
    Participant,
    Submission,
    Supplement,
    Transfer,
)
from tongbao.incidents.rules import concern
from tongbao.incidents.rules.intake import Entrance
from tongbao.jobs import health
from tongbao.joint import rules as joint
from tongbao.journal.events import Event
from tongbao.kernel.markings import Track
from tongbao.kernel.refusals import Invalid, Problem, Refusal
from tongbao.lessons import rules as lessons
from tongbao.notices import feeding, proof, settling, templates
from tongbao.notices.channels import registry
from tongbao.notices.models import Delivery, Incoming, PartnerAlert
from tongbao.notices.models import Draft as WarningDraft
from tongbao.notices.queries import STAGES
from tongbao.notices.rules import Grade
from tongbao.notices.rules.content import Kind as WarningKind
from tongbao.notices.rules.content import ToldFor
from tongbao.notices.rules.escalation import Move
from tongbao.observations.enclosing import SEVERITIES
from tongbao.observations.models import FeedRun
from tongbao.observations.rules import life
from tongbao.operations import rules as operations
from tongbao.operations.models import Operation
from tongbao.parties.models import ContactPoint, Organisation, Turn
from tongbao.parties.rules import CASE_EVENTS, ImportRow
from tongbao.policy.actors import Kind
from tongbao.policy.can import Can, Role
from tongbao.policy.rules import Why
from tongbao.profiles import load
from tongbao.profiles.difference import Difference
from tongbao.profiles.model import Confidence, Profile, Source
from tongbao.records.board import Waiting
from tongbao.release.models import Consent, Recall
from tongbao.release.rules import Reason, Verdict
from tongbao.standards.cap import model as cap
from tongbao.standards.cap.findings import CODES
from tongbao.takedown import rules as takedown
from tongbao.takedown.models import TakedownStep
from tongbao.ui import sentences
from tongbao.ui.sentences import EVENTS, PERMISSIONS, PROBLEMS, REFUSALS, STATES, VOCABULARIES
from tongbao.ui.sentences.cap import FINDINGS
from tongbao.watching.models import Alert
from tongbao.watching.totals import TABLES

PACKAGE = Path(tongbao.__file__).parent
CODE = re.compile(r"[a-z]+(-[a-z]+)*")

PASSED_ON = {"file-too-large"}
"""Refusals that are also said at a field: of an upload, by files/uploads.py."""

WAITING = {"scope-missing"}
"""Sentences for what is still to come: a program is told that its key does not allow a step."""


@cache
def modules() -> dict[str, ast.Module]:
    """The product's code by path, without the sentences themselves."""
    paths = (path for path in PACKAGE.rglob("*.py") if not {"migrations", "sentences"} & set(path.parts))
    return {str(path.relative_to(PACKAGE)): ast.parse(path.read_text(encoding="utf-8")) for path in paths}


def name_of(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def calls(*names: str, under: str = "") -> Iterator[ast.Call]:
    """Every call of one of ``names`` in modules with ``under`` in their path."""
    for path, tree in modules().items():
        nodes = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
        yield from (node for node in nodes if name_of(node.func) in names and under in path)


def texts(node: ast.AST) -> set[str]:
    """The texts that an argument may be: itself, or either side of a condition."""
    if isinstance(node, ast.IfExp):
        return texts(node.body) | texts(node.orelse)
    return {node.value} if isinstance(node, ast.Constant) and isinstance(node.value, str) else set()


def arguments(found: Iterator[ast.Call], place: int) -> set[str]:
    return {text for call in found if len(call.args) > place for text in texts(call.args[place])}


def returned(path: str, function: str) -> set[str]:
    """The texts that a function returns."""
    (definition,) = (
        node for node in modules()[path].body if isinstance(node, ast.FunctionDef) and node.name == function
    )
    nodes = (node for node in ast.walk(definition) if isinstance(node, ast.Return) and node.value)
    return {text for node in nodes for text in texts(node.value)} - {""}


@cache
def refusing() -> frozenset[str]:
    """The names of the refusals: the base and whatever derives from it. A first argument names the sentence."""
    classes = [node for tree in modules().values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    found = {"Refusal"}
    while more := {node.name for node in classes if found & set(map(name_of, node.bases))} - found:
        found |= more
    return frozenset(found)


@cache
def refusals() -> set[str]:
    """Codes of refusals: raised by name, built into the tree, and those of the network and the mail server."""
    tree = modules()["kernel/refusals.py"]
    own = arguments(calls("__init__", under="kernel/refusals.py"), 0)
    signatures = (node for node in ast.walk(tree) if isinstance(node, ast.arguments))
    defaults = {text for each in signatures for default in each.defaults for text in texts(default)}
    of_net = (node for path, tree in modules().items() if path.startswith("net/") for node in ast.walk(tree))
    net = {text for node in of_net for text in texts(node) if re.fullmatch(r"(mail|outbound)-[a-z-]+", text)}
    return arguments(calls(*refusing()), 0) | own | defaults | net


@cache
def problems() -> set[str]:
    """Codes of problems: built as such, and those that a rule raises as ValueError for a verb to place."""
    raised = arguments(calls("ValueError", under="rules"), 0) | arguments(calls("ValueError", under="openpgp"), 0)
    rules = {code for code in raised if CODE.fullmatch(code)}
    of_text = returned("kernel/text.py", "fault")
    of_time = returned("incidents/rules/intake.py", "time_fault")
    of_help = returned("assistance/rules.py", "unable")
    return arguments(calls("Problem", "one"), 1) | rules | of_text | of_time | of_help | PASSED_ON


def subjects() -> set[str]:
    """Kinds of things that entries are about: what models say of themselves, and pairs written out."""
    return {
        text
        for tree in modules().values()
        for node in ast.walk(tree)
        if _says_subject(node)
        for pair in ast.walk(node)
        if isinstance(pair, ast.Tuple) and pair.elts
        for text in texts(pair.elts[0])
    }


def _says_subject(node: ast.AST) -> bool:
    """Whether this is a model's ``subject``, an argument of that name or a variable of that name."""
    if isinstance(node, ast.Assign):
        return [name_of(target) for target in node.targets] == ["subject"]
    return (isinstance(node, ast.FunctionDef) and node.name == "subject") or (
        isinstance(node, ast.keyword) and node.arg == "subject"
    )


def parts() -> list[health.Part]:
    """Every part of the product, all of them unwell."""
    now = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
    away = health.Sign("archive", now, good=False)
    return health.judge([away], now=now, silence=timedelta(0), oldest_mail=now - timedelta(hours=1), parked=1)


def signs() -> set[str]:
    """Kinds of signs of life: of the worker's parts, read from the code, and of each channel."""
    code = [path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py")]
    beaten = {kind for text in code for kind in re.findall(r'Heartbeat\.beat\(f?"([a-z]+)', text)}
    return beaten | {settling.sign(kind) for kind in registry.KINDS}


def evidence() -> set[str]:
    """Kinds of evidence: what a law asks for, and what an answer or a page gives."""
    asked = {kind for profile in load.known() for duty in profile.all_duties for kind in duty.met_by}
    given = {answer.evidence for template in templates.shipped().values() for answer in template.answers}
    return (asked | given) - {""}


def channels() -> set[str]:
    """The channels that deliveries are made for."""
    named = (each for call in calls("Delivery") for each in call.keywords if each.arg == "channel")
    return {text for each in named for text in texts(each.value)}


def unplaced() -> set[str]:
    """Why a message that came in is no answer."""
    judged = {"loop", *arguments(calls("Judged"), 1)} - {""}
    automatic = returned("standards/mail.py", "automatic")
    return judged | automatic | returned("notices/incoming/placing.py", "_why")


def actors() -> set[str]:
    """Who may stand in the journal: every kind, and what a reference made by hand starts with."""
    made = (call.args[1] for call in calls("Actor") if len(call.args) > 1)
    starts = (node.values[0] for node in made if isinstance(node, ast.JoinedStr))
    return {*Kind} | {text.partition(":")[0] for node in starts for text in texts(node)}


REFUSED_LINES = """address archive-bomb archive-damaged cell columns columns-missing csv empty encoding given-up json
line-too-long mail-too-large mail-without-table nul-byte report-unknown unreadable"""
"""How the reasons begin that the engine of feeds and its worker give."""


@cache
def vocabularies() -> dict[str, set[str]]:
    """Every small vocabulary with the codes that are in use."""
    asked_to_take_down = {answer.code for answer in templates.shipped()["takedown_request"].answers}
    return {
        "actor": actors(),
        "alert": set(Alert.Reason.values),
        "alert_closed": set(Alert.Closed.values),
        "alike": {"owner", "time"},
        "cap_category": set(cap.Category),
        "cap_status": {"Actual", "Exercise", "Test"},
        "door_of_feeds": set(FeedRun.Door.values),
        "refused_line": {*REFUSED_LINES.split(), *arguments(calls("StoreAway"), 0)},
        "stage_of_feeds": {"findings", "reading"},
        "severity_of_feeds": {str(number) for number in range(len(SEVERITIES))},
        "verdict_of_owner": set(life.Verdict),
        "category": set(Category),
        "certainty": set(cap.Certainty),
        "channel": {*registry.KINDS, *channels(), feeding.CHANNEL},
        "classified": set(Classification.By.values),
        "clean": set(CleanState),
        "consent": set(Consent.Answer.values),
        "case_event": set(CASE_EVENTS),
        "contact": set(ContactPoint.Kind.values),
        "count": {"coordinated", "incidents", "submissions"},
        "count_by": {"door", "entrance", "finding", "state", "type"},
        "counted_by": set(TABLES),
        "door": set(Submission.Door.values),
        "entry": set(LogEntry.Kind.values),
        "entrance": set(Entrance),
        "evidence": evidence(),
        "fate": set(get_args(get_type_hints(ImportRow)["fate"])),
        "finding": set(Incident.Finding.values),
        "grade": set(Grade),
        "known_good": {*known._known().domains, *known._known().networks, *known._known().hashes},
        "kind_of_warning": set(WarningKind),
        "move": set(Move),
        "observable": set(get_args(ObservableKind)),
        "operation": set(Operation.Kind.values),
        "operation_kind": set(operations.MODES),
        "opinion": set(Opinion.View.values),
        "organisation": set(Organisation.Kind.values),
        "outcome": set(OUTCOMES),
        "part": {*(part.name for part in parts()), *signs()},
        "participant": set(Participant.Role.values),
        "read": set(get_args(get_type_hints(Source)["read"])),
        "proof": set(proof.WHAT),
        "reason": {*get_args(concern.Reason), "added", "capability", "exposure", "takedown", *ToldFor},
        "release_reason": set(Reason),
        "role": set(Role),
        "section": set(Profile.__struct_fields__) - {"id", "version", "inherited", "supersedes"},
        "set_aside": returned("incidents/rules/intake.py", "set_aside"),
        "severity": set(cap.Severity),
        "stage": set(Alert.Stage.values),
        "subject": subjects(),
        "supplement": set(Supplement.Kind.values),
        "bulk": {act for acts in bulk.ACTS.values() for act in acts},
        "exposure_sign": set(exposure.Sign),
        "takedown_kind": set(takedown.Kind),
        "takedown_part": set(takedown.Part),
        "takedown_result": {*takedown.Verdict, *asked_to_take_down, "sent", "withheld"},
        "takedown_step": set(TakedownStep.Kind.values),
        "import_stopped": set(importing.STOPS),
        "takedown_verdict": set(takedown.Verdict),
        "topic": set(Topic),
        "track": {str(track) for track in Track},
        "transfer": set(Transfer.Direction.values),
        "turn": set(Turn.Kind.values),
        "urgency": set(cap.Urgency),
        "way_out": {"api", "export", "feed", "portal"},
        "unplaced": unplaced(),
        "waiting": set(Waiting),
        "why": set(Why),
    }


@cache
def states() -> dict[str, set[str]]:
    """Every kind of state with its codes: of the models, of the rules, and those that only pages name."""
    found = {
        "agreement": set(Standing),
        "capability": set(helping.Vetting),
        "engagement": set(helping.Step),
        "joint": set(joint.Standing),
        "lesson": set(lessons.State),
        "membership": set(helping.Membership),
        "takedown": {*takedown.State, "live"},
        "alert": {"answered", "closed", "open"},
        "approval": set(Approval.State.values),
        "feed-finding": set(life.State),
        "feed-run": {"waiting", "running", *FeedRun.Verdict.values},
        "confidence": set(get_args(Confidence)),
        "consent": {*Consent.Answer.values, "waiting"},
        "consequence": set(get_args(get_type_hints(Consequence)["change"])),
        "delivery": set(Delivery.State.values),
        "draft": set(WarningDraft.State.values),
        "partner_alert": set(PartnerAlert.State.values),
        "stage": set(STAGES),
        "fate": set(get_args(get_type_hints(ImportRow)["fate"])),
        "difference": set(get_args(get_type_hints(Difference)["kind"])),
        "filing": set(Filing.State.values),
        "finding": set(Finding.State.values),
        "incident": set(Incident.State.values),
        "incoming": set(Incoming.State.values),
        "inquiry": {"answered", "late", "open", "overdue"},
        "obligation": {*Obligation.State.values, *returned("incidents/rules/duties.py", "standing")},
        "recall": set(Recall.State.values),
        "release": set(Verdict),
        "part": {part.why for part in parts()},
        "submission": set(Submission.State.values),
    }
    for path in PACKAGE.rglob("*.html"):
        page = path.read_text(encoding="utf-8")
        for kind, code in re.findall(r'\{% state "(\w+)" "([\w-]+)" %\}', page):
            found.setdefault(kind, set()).add(code)
        for kind, codes in re.findall(r'\{% state "(\w+)" [^%]*\|yesno:"([\w,-]+)" %\}', page):
            found.setdefault(kind, set()).update(codes.split(","))
    return found


def test_it_has_a_sentence_for_every_refusal():
    assert refusals() - set(REFUSALS) == set()


def test_it_keeps_no_sentence_for_a_refusal_that_nothing_raises():
    assert set(REFUSALS) - refusals() - WAITING == set()


def test_it_has_a_sentence_for_every_problem():
    assert problems() - set(PROBLEMS) == set()


def test_it_keeps_no_sentence_for_a_problem_that_nothing_finds():
    assert set(PROBLEMS) - problems() == set()


def test_it_has_a_sentence_for_everything_that_is_found_in_a_cap_message_and_no_other():
    assert set(FINDINGS) == set(CODES)


def test_it_has_a_sentence_for_every_event_of_the_journal_and_for_no_other():
    assert set(EVENTS) == set(Event)


def test_it_has_words_for_every_permission_and_for_no_other():
    assert set(PERMISSIONS) == set(Can)


@pytest.mark.parametrize("vocabulary", sorted(VOCABULARIES))
def test_it_has_words_for_every_code_of_a_vocabulary_and_for_no_other(vocabulary: str):
    assert set(VOCABULARIES[vocabulary]) == vocabularies()[vocabulary]


@pytest.mark.parametrize("kind", sorted(STATES))
def test_it_has_a_word_and_a_tone_for_every_state_and_for_no_other(kind: str):
    assert set(STATES[kind]) == states()[kind]
    assert {tone for _, tone in STATES[kind].values()} <= {"attention", "calm", "done", "off", "urgent"}


def test_it_has_words_for_every_vocabulary_that_a_page_or_a_form_asks_for():
    asked = arguments(calls("word"), 0)
    for path in PACKAGE.rglob("*.html"):
        asked |= set(re.findall(r'\|say:"(\w+)"', path.read_text(encoding="utf-8")))
    assert asked <= set(VOCABULARIES) | {"can", "event", "problem", "refusal"}
    kinds = {kind for path in PACKAGE.rglob("*.html") for kind in re.findall(r'\{% state "(\w+)"', path.read_text())}
    assert kinds <= set(STATES)


def filled(sentence: object) -> set[str]:
    """The names that a sentence wants filled in."""
    return set(re.findall(r"%\((\w+)\)", str(sentence)))


def test_it_says_which_values_it_was_given():
    problem = Problem("title", "too-long", {"most": 200})
    assert sentences.problem_sentence(problem).endswith("200 characters.")
    assert "title: " in sentences.refusal_sentence(Invalid([problem]))
    assert "12 " in sentences.refusal_sentence(Refusal("obligations-open", count=12))


def test_it_is_given_every_value_that_a_refusal_wants():
    wanting = [
        (code, missing)
        for call in calls("Conflict", "TooLarge", "Unavailable")
        for code in (texts(call.args[0]) if call.args else ())
        if (missing := filled(REFUSALS[code]) - {each.arg for each in call.keywords})
    ]
    assert wanting == []


def test_it_is_given_every_value_that_a_problem_wants():
    wanting = [
        (code, missing)
        for call in calls("Problem", "one")
        if len(call.args) > 1
        for code in texts(call.args[1])
        if (missing := filled(PROBLEMS[code]) - _values(call))
    ]
    assert wanting == []


def _values(call: ast.Call) -> set[str | None]:
    """The names of the values that a problem is made with."""
    if len(call.args) > 2 and isinstance(call.args[2], ast.Dict):
        return {text for key in call.args[2].keys if key for text in texts(key)}
    return {each.arg for each in call.keywords}
