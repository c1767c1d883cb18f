"""Every code that people see, in words. English here, Traditional Chinese in locale/zh_Hant.

A test holds that every refusal, problem, journal event, role, permission, state and reason has its entry.
"""

from typing import Any

from tongbao.kernel.refusals import Invalid, Problem, Refusal
from tongbao.ui.sentences.cap import FINDINGS
from tongbao.ui.sentences.desks import DESKS
from tongbao.ui.sentences.events import EVENTS
from tongbao.ui.sentences.feeds import FEEDS
from tongbao.ui.sentences.permissions import PERMISSIONS
from tongbao.ui.sentences.problems import PROBLEMS
from tongbao.ui.sentences.refusals import REFUSALS
from tongbao.ui.sentences.states import STATES
from tongbao.ui.sentences.words import VOCABULARIES as SMALL
from tongbao.ui.sentences.words import Words

VOCABULARIES: dict[str, Words] = {**SMALL, **DESKS, **FEEDS}

_ALL: dict[str, Words] = {
    **VOCABULARIES,
    "can": PERMISSIONS,
    "event": EVENTS,
    "problem": PROBLEMS,
    "refusal": REFUSALS,
}


def word(vocabulary: str, code: Any) -> str:
    """The words for ``code``; the code itself when it has none (a test keeps that from happening)."""
    return str(_ALL[vocabulary].get(str(code), code))


def state(kind: str, code: str) -> tuple[str, str]:
    """The word and the tone of a state."""
    found = STATES[kind].get(code, (code, "calm"))
    return str(found[0]), found[1]


def refusal_sentence(refusal: Refusal) -> str:
    """What a person reads when the product says no."""
    sentence = str(REFUSALS.get(refusal.code, REFUSALS["bad-request"])) % refusal.params
    if isinstance(refusal, Invalid):
        return " ".join([sentence, *(f"{p.path}: {problem_sentence(p)}" for p in refusal.problems)])
    return sentence


def problem_sentence(problem: Problem) -> str:
    """What a person reads beside the field that is wrong."""
    return str({**FINDINGS, **PROBLEMS}.get(problem.code, problem.code)) % problem.params


def finding_sentence(code: str, params: dict[str, str | int]) -> str:
    """What a person reads about something that is wrong with a CAP message."""
    return str(FINDINGS[code]) % params


def choices(vocabulary: str) -> list[tuple[str, str]]:
    """Codes with their words, in the order of the words: for a list to choose from."""
    return sorted(((code, str(words)) for code, words in _ALL[vocabulary].items()), key=lambda each: each[1])


def known(vocabulary: str) -> frozenset[str]:
    """The codes that have words."""
    return frozenset(_ALL[vocabulary])
