"""Every real and every broken sample gets the verdict that verdicts.csv gives it, with its reason."""

from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from tests.standards.cap import shared
from tests.standards.cap.shared import FILES, SHARED
from tongbao.kernel.refusals import Invalid
from tongbao.standards.cap import documents, reading, verdict
from tongbao.standards.cap.findings import CODES, Finding, Grade, Layer
from tongbao.standards.cap.verdict import Verdict
from tongbao.standards.cap.writing import serialise

pytestmark = shared.needed
FIELDS = ("version", "verdict", "actionable", "errors", "warnings")


def coded(findings: tuple[Finding, ...], grade: Grade) -> str:
    return " ".join(sorted({each.code for each in findings if each.grade is grade}))


def row(judged: Verdict) -> tuple[str, ...]:
    said = "sound" if judged.ok else "wrong"
    found = coded(judged.findings, Grade.ERROR), coded(judged.findings, Grade.WARNING)
    return (judged.version, said, "yes" if judged.actionable else "no", *found)


def judged(path: Path) -> list[tuple[str, ...]]:
    """What is said of each message in a file, at the message's own time."""
    try:
        verdicts = verdict.judge(path.read_bytes())
    except Invalid as refusal:
        return [("", "refused", "no", refusal.problems[0].code, "")]
    return [row(each) for each in verdicts] or [("", "empty", "no", "alert-missing", "")]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_it_gives_every_sample_the_verdict_of_the_table(path: Path) -> None:
    expected = [tuple(each[name] for name in FIELDS) for each in shared.rows() if each["file"] == path.name]
    assert judged(path) == expected


def test_it_gives_a_reason_for_each_verdict_and_leaves_no_sample_out() -> None:
    assert {each["file"] for each in shared.rows()} == {path.name for path in FILES}
    assert [each["file"] for each in shared.rows() if not each["reason"]] == []
    for each in shared.rows():
        codes = set(f"{each['errors']} {each['warnings']}".split())
        assert codes <= {*CODES, "xml-doctype"}


def test_it_refuses_both_attacks() -> None:
    assert [each["file"] for each in shared.rows() if each["verdict"] == "refused"] == ["xee.atom", "xee.cap"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_it_writes_again_what_was_sound(path: Path) -> None:
    try:
        verdicts = verdict.judge(path.read_bytes())
    except Invalid:
        return
    for each in verdicts:
        if each.ok and each.alert:
            (again,) = verdict.judge(serialise(each.alert))
            assert again.alert == each.alert


def schema() -> Any:
    return etree.XMLSchema(file=str(SHARED / "schema" / "cap12.xsd"))


def ours(message: Any) -> bool:
    found = reading.read(message, "1.2").findings
    return not any(each.layer is Layer.SCHEMA and each.grade is Grade.ERROR for each in found)


def messages() -> list[Any]:
    found = []
    for path in [*FILES, *sorted((shared.HERE / "samples").glob("*.xml"))]:
        try:
            root = documents.root(path.read_bytes())
        except Invalid:
            continue
        found += [message for message, version in documents.alerts(root) if version == "1.2"]
    return found


def test_it_judges_the_schema_as_oasis_does() -> None:
    judge = schema()
    for message in messages():
        alone = etree.fromstring(etree.tostring(message))
        assert ours(alone) == judge.validate(alone), judge.error_log


def test_it_judges_the_schema_as_oasis_does_after_any_one_step() -> None:
    """Every element of every sample left out, doubled, moved to the front or the end, renamed, given an attribute."""
    judge = schema()
    seen = 0
    for message in messages():
        text = etree.tostring(message)
        if b"Signature" in text or len(text) > 4000:
            continue
        for number in range(1, len(list(message.iter("{*}*")))):
            for step in STEPS:
                alone = etree.fromstring(text)
                step(list(alone.iter("{*}*"))[number])
                assert ours(alone) == judge.validate(alone), (step, number, etree.tostring(alone).decode())
                seen += 1
    assert seen > 1000


def leave_out(element: Any) -> None:
    element.getparent().remove(element)


def double(element: Any) -> None:
    element.addnext(etree.fromstring(etree.tostring(element, with_tail=False)))


def to_the_front(element: Any) -> None:
    element.getparent().insert(0, element)


def to_the_end(element: Any) -> None:
    element.getparent().append(element)


def rename(element: Any) -> None:
    element.tag = element.tag + "s"


def dress(element: Any) -> None:
    element.set("lang", "en")


STEPS = (leave_out, double, to_the_front, to_the_end, rename, dress)
