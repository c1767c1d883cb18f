"""The command about CAP messages. It needs no instance: no settings, no database."""

from datetime import datetime
from pathlib import Path
from typing import Any

import typer
from django.utils import translation

from tongbao.kernel import clock
from tongbao.kernel.refusals import Invalid, Problem, Refusal
from tongbao.standards.cap import documents, profile, verdict
from tongbao.standards.cap.findings import Finding
from tongbao.standards.cap.model import Alert
from tongbao.standards.cap.profile import Profile
from tongbao.standards.cap.verdict import Verdict
from tongbao.ui.sentences import finding_sentence
from tongbao.wiring.cli.output import document, fail, read_file, refused, speak_both

LANGUAGES = {"en": "en", "zh-Hant": "zh-hant"}


def validate(files: list[Path], *, at: str, profile_id: str) -> None:
    """A verdict on every message in ``files``."""
    speak_both()
    moment, by = _moment(at), _profile(profile_id)
    judged = [_document(file, moment, by) for file in files]
    ok = all(each["ok"] for each in judged)
    document({"ok": ok, "profile": by.id if by else "", "documents": judged})
    if not ok:
        raise typer.Exit(1)


def _moment(at: str) -> datetime | None:
    """None: each message at its own time."""
    if at == "sent":
        return None
    if not at:
        return clock.now()
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        fail("time", f"{at!r} is neither `sent` nor a time such as 2026-01-05T09:00:00+08:00")
    if moment.tzinfo is None:
        fail("time", f"{at!r} needs an offset such as +08:00")
    return moment


def _profile(name: str) -> Profile | None:
    if not name:
        return None
    try:
        return profile.load(name)
    except LookupError:
        fail("profile-unknown", f"{name}: known are {', '.join(profile.NAMES)}")


def _document(file: Path, at: datetime | None, by: Profile | None) -> dict[str, Any]:
    data = read_file(file, documents.MOST_BYTES)
    try:
        verdicts = verdict.judge(data, at=at, by=by)
    except Invalid as refusal:
        refused(Invalid([Problem(f"{file.name} {each.path}", each.code, each.params) for each in refusal.problems]))
    except Refusal as refusal:
        refused(refusal)
    missing = [] if verdicts else [Finding("alert-missing", "/", 1)]
    return {
        "name": file.name,
        "ok": bool(verdicts) and all(each.ok for each in verdicts),
        "alerts": [_alert(each) for each in verdicts],
        "findings": [_finding(each) for each in missing],
    }


def _alert(verdict: Verdict) -> dict[str, Any]:
    return {
        "path": verdict.path,
        "line": verdict.line,
        "version": verdict.version,
        "judged_at": verdict.at,
        "ok": verdict.ok,
        "actionable": verdict.actionable,
        "expired": verdict.expired,
        "signed": verdict.signed,
        "message": _head(verdict.alert) if verdict.alert else None,
        "findings": [_finding(each) for each in verdict.findings],
    }


def _head(alert: Alert) -> dict[str, Any]:
    return {name: getattr(alert, name) for name in ("identifier", "sender", "sent", "status", "msg_type", "scope")}


def _finding(finding: Finding) -> dict[str, Any]:
    said = {"code": finding.code, "severity": finding.grade, "layer": finding.layer}
    return said | {"path": finding.path, "line": finding.line, "params": finding.params} | _sentences(finding)


def _sentences(finding: Finding) -> dict[str, str]:
    found = {}
    for name, language in LANGUAGES.items():
        with translation.override(language):
            found[name] = finding_sentence(finding.code, finding.params)
    return found
