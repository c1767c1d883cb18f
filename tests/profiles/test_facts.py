"""Facts from a file: judged by the law in force; whatever does not hold is named by its place."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongbao.kernel.refusals import Invalid
from tongbao.profiles import facts, load

FACTS: dict[str, Any] = {
    "aware_at": "2026-11-23T11:30:00+08:00",
    "entity_type": "SNGA.CIP",
    "impacts": [{"dimension": "availability", "object": "core_ci", "degree": "minor"}],
}


def judged(raw: Any, profile: str = "") -> facts.Judgement:
    return facts.judge(facts.read(raw, regime="TW", profile_id=profile))


def places(raw: Any, profile: str = "") -> dict[str, str]:
    with pytest.raises(Invalid) as refusal:
        judged(raw, profile)
    return {problem.path: problem.code for problem in refusal.value.problems}


def test_it_judges_by_the_law_in_force_at_awareness() -> None:
    midnight = FACTS | {"aware_at": "2026-01-04T23:50:00+08:00"}
    assert judged(midnight).profile == "TW-2021"
    assert judged(midnight | {"aware_at": "2026-01-05T00:00:00+08:00"}).profile == "TW-2026"
    assert judged(midnight | {"aware_at": "2026-01-04T16:00:00Z"}).profile == "TW-2026"


def test_it_answers_level_reasons_and_clocks_in_the_zone_of_the_law() -> None:
    found = judged(FACTS | {"received_at": "2026-11-23T04:00:00Z"})
    assert (found.profile, found.level, found.major) == ("TW-2026", 3, True)
    assert [reason.source for reason in found.reasons] == [
        "Regulations Governing the Reporting, Response and Drills of Cyber Security Incidents (2026), Art. 2"
    ]
    assert {each.rule: (each.state, each.due) for each in found.obligations} == {
        "report": ("due", "2026-11-23T12:30:00+08:00"),
        "review": ("due", "2026-11-23T14:00:00+08:00"),
        "relay": ("waiting", None),
        "contain": ("due", "2026-11-24T23:30:00+08:00"),
        "final": ("waiting", None),
    }
    assert {each.rule for each in found.obligations if each.confidence == "unverified"} == {"contain", "final"}


def test_it_judges_one_incident_under_two_regimes_independently() -> None:
    both = FACTS | {"severe_disruption": True, "submitted": {}, "received_at": "2026-11-23T04:00:00Z"}
    home = judged(both)
    abroad = judged(both | {"entity_type": "ESSENTIAL"}, "EU-NIS2")
    assert (home.level, abroad.level) == (3, "significant")
    assert {each.rule for each in home.obligations}.isdisjoint({each.rule for each in abroad.obligations} - {"final"})
    assert abroad.obligations[0].due == "2026-11-24T04:30:00+01:00"


def test_it_takes_the_last_change_of_level() -> None:
    changes = [{"at": "2026-11-24T10:00:00+08:00", "level": 2}, {"at": "2026-11-23T20:00:00+08:00", "level": 4}]
    found = judged(FACTS | {"level_changes": changes})
    assert (found.level, found.major) == (2, False)
    due = {each.rule: each.due for each in found.obligations}
    assert due["report"] == "2026-11-24T11:00:00+08:00"
    assert due["contain"] == "2026-11-26T11:30:00+08:00"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"aware_at": None}, {"aware_at": "required"}),
        ({"aware_at": "2026-11-23T11:30:00"}, {"aware_at": "time-without-zone"}),
        ({"aware_at": "yesterday"}, {"aware_at": "time-unreadable"}),
        ({"aware_at": 5}, {"aware_at": "time-unreadable"}),
        ({"aware_at": "2021-08-22T23:59:59+08:00"}, {"aware_at": "before-the-law"}),
        ({"aware_at": "9999-12-31T23:59:59+08:00"}, {"aware_at": "time-unreadable"}),
        ({"received_at": "2026-11-23T11:30:00"}, {"received_at": "time-without-zone"}),
        ({"entity_type": "ARMY"}, {"entity_type": "choice-unknown"}),
        ({"entity_type": ["GOV"]}, {"entity_type": "required"}),
        ({"impacts": []}, {"impacts": "required"}),
        ({"impacts": {}}, {"impacts": "shape"}),
        ({"impacts": [{"dimension": "availability"}]}, {"impacts[0]": "shape"}),
        ({"impacts": [{"dimension": 1, "object": "core", "degree": "minor"}]}, {"impacts[0].dimension": "shape"}),
        (
            {"impacts": [{"dimension": "availability", "object": "national_secret", "degree": "minor"}]},
            {"impacts[0]": "cell-undefined"},
        ),
        (
            {"impacts": [{"dimension": "integrity", "object": "sensitive", "degree": "minor"}]},
            {"impacts[0].object": "choice-unknown"},
        ),
        (
            {"impacts": [*FACTS["impacts"], {"dimension": "speed", "object": "core", "degree": "mild"}]},
            {"impacts[1].dimension": "choice-unknown", "impacts[1].degree": "choice-unknown"},
        ),
        (
            {
                "impacts": [
                    {"dimension": "availability", "object": "national_secret", "degree": "minor"},
                    {"dimension": "speed", "object": "core", "degree": "minor"},
                    {"dimension": "availability", "object": "official_secret", "degree": "serious"},
                ]
            },
            {
                "impacts[0]": "cell-undefined",
                "impacts[1].dimension": "choice-unknown",
                "impacts[2]": "cell-undefined",
            },
        ),
        ({"submitted": {"reprot": "2026-11-23T12:00:00Z"}}, {"submitted.reprot": "choice-unknown"}),
        ({"submitted": {"report": "noon"}}, {"submitted.report": "time-unreadable"}),
        ({"submitted": []}, {"submitted": "shape"}),
        ({"level_changes": [{"at": "2026-11-23T12:00:00", "level": 3}]}, {"level_changes[0].at": "time-without-zone"}),
        ({"level_changes": [{"at": "2026-11-23T12:00:00Z", "level": 5}]}, {"level_changes[0].level": "choice-unknown"}),
        ({"level_changes": [3]}, {"level_changes[0]": "shape"}),
        ({"severe_disruption": "yes"}, {"severe_disruption": "shape"}),
        ({"colour": "red"}, {"colour": "fact-unknown"}),
    ],
)
def test_it_names_the_place_of_what_does_not_hold(changes: dict[str, Any], expected: dict[str, str]) -> None:
    assert places(FACTS | changes) == expected


def test_it_knows_the_impacts_of_other_laws_where_a_law_has_no_table() -> None:
    essential = FACTS | {"entity_type": "ESSENTIAL"}
    assert judged(essential, "EU-NIS2").level == "not_significant"
    assert judged(essential | {"impacts": []}, "EU-NIS2").level == "not_significant"
    wrong = [{"dimension": "availability", "object": "cor", "degree": "mild"}]
    assert places(essential | {"impacts": wrong}, "EU-NIS2") == {
        "impacts[0].object": "choice-unknown",
        "impacts[0].degree": "choice-unknown",
    }


def test_it_accepts_sensitive_information_under_the_old_law_only() -> None:
    sensitive = FACTS | {"impacts": [{"dimension": "confidentiality", "object": "sensitive", "degree": "serious"}]}
    assert judged(sensitive, "TW-2021").level == 4
    assert places(sensitive, "TW-2026") == {"impacts[0].object": "choice-unknown"}
    assert places(FACTS, "TW-1999") == {"profile": "choice-unknown"}
    assert places(FACTS | {"aware_at": "2024-10-17T00:00:00Z", "entity_type": "ESSENTIAL"}, "EU-NIS2") == {
        "aware_at": "before-the-law"
    }
    for wrong in ([], "facts", None, 3):
        assert places(wrong) == {"facts": "shape"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12) | st.sampled_from(["2026-11-23T04:00:00Z", "GOV"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*FACTS, "at", "level"]), inner),
    max_leaves=12,
)
KEYS = st.sampled_from([*FACTS, "received_at", "submitted", "level_changes", "ongoing", "handled_at"])


@given(st.dictionaries(KEYS, JSON, max_size=6), st.sampled_from(["", "TW-2021", "EU-NIS2"]))
def test_it_answers_or_names_places_whatever_comes(changes: dict[str, Any], profile: str) -> None:
    try:
        found = judged(FACTS | changes, profile)
    except Invalid as refusal:
        problems = refusal.problems
    else:
        problems = []
        assert load.by_id(msgspec.json.decode(msgspec.json.encode(found))["profile"])
    assert all(problem.path and problem.code for problem in problems)
