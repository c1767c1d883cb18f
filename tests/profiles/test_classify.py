"""Every cell of the decision tables, and that the level never falls when an impact rises."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongbao.profiles import classify, clocks, load
from tongbao.profiles.classify import Impact

OBJECTS = ("non_core", "core", "core_ci", "official_secret", "sensitive", "national_secret")
TABLE = {
    ("confidentiality", "non_core"): (1, 2),
    ("confidentiality", "core"): (2, 3),
    ("confidentiality", "core_ci"): (3, 4),
    ("confidentiality", "official_secret"): (3, 4),
    ("confidentiality", "sensitive"): (3, 4),
    ("confidentiality", "national_secret"): (4, 4),
    ("integrity", "non_core"): (1, 2),
    ("integrity", "core"): (2, 3),
    ("integrity", "core_ci"): (3, 4),
    ("integrity", "official_secret"): (3, 4),
    ("integrity", "sensitive"): (3, 4),
    ("integrity", "national_secret"): (4, 4),
    ("availability", "non_core"): (1, 2),
    ("availability", "core"): (2, 3),
    ("availability", "core_ci"): (3, 4),
}
"""Regulation of 2021, Art. 2: minor, serious. That of 2026 knows no sensitive information."""
SEVERITY = {"non_core": 0, "core": 1, "core_ci": 2, "official_secret": 2, "national_secret": 3}


def level(profile_id: str, *impacts: Impact) -> int:
    profile = load.by_id(profile_id)
    assert classify.faults(profile, impacts) == []
    return classify.classify(profile, impacts, {}).level.rank


@pytest.mark.parametrize("profile_id", ["TW-2021", "TW-2026"])
@pytest.mark.parametrize("dimension", ["confidentiality", "integrity", "availability"])
@pytest.mark.parametrize("object_", OBJECTS)
@pytest.mark.parametrize("degree", ["minor", "serious"])
def test_it_finds_every_cell(profile_id: str, dimension: str, object_: str, degree: str) -> None:
    impact = Impact(dimension, object_, degree)
    expected = TABLE.get((dimension, object_))
    if expected is None or (profile_id == "TW-2026" and object_ == "sensitive"):
        (problem,) = classify.faults(load.by_id(profile_id), (impact,))
        assert problem.path in {"impacts[0]", "impacts[0].object"}
        return
    assert level(profile_id, impact) == expected[degree == "serious"]


IMPACTS = st.builds(
    Impact,
    st.sampled_from(["confidentiality", "integrity"]),
    st.sampled_from(sorted(SEVERITY)),
    st.sampled_from(["minor", "serious"]),
)


@given(st.lists(IMPACTS, min_size=1, max_size=5), IMPACTS)
def test_it_never_falls_with_a_further_impact(impacts: list[Impact], more: Impact) -> None:
    assert level("TW-2026", *impacts, more) >= level("TW-2026", *impacts)


@given(st.lists(IMPACTS, min_size=1, max_size=5), st.integers(0, 4), st.sampled_from(sorted(SEVERITY)))
def test_it_never_falls_when_an_impact_rises(impacts: list[Impact], at: int, object_: str) -> None:
    changed = list(impacts)
    old = changed[at % len(changed)]
    if SEVERITY[object_] < SEVERITY[old.object]:
        object_ = old.object
    changed[at % len(changed)] = Impact(old.dimension, object_, "serious")
    assert level("TW-2026", *changed) >= level("TW-2026", *impacts)


@given(st.lists(IMPACTS, min_size=1, max_size=6))
def test_it_is_the_worst_of_its_impacts(impacts: list[Impact]) -> None:
    assert level("TW-2026", *impacts) == max(level("TW-2026", each) for each in impacts)


def test_it_gives_a_reason_for_every_impact_with_its_article() -> None:
    profile = load.by_id("TW-2026")
    impacts = (Impact("confidentiality", "core_ci", "minor"), Impact("availability", "non_core", "serious"))
    finding = classify.classify(profile, impacts, {})
    assert (finding.level.rank, finding.level.major) == (3, True)
    first, second = finding.reasons
    assert "disclosed" in first.label.en
    assert "incident level 3 (major)" in first.label.en
    assert first.label.zh.endswith("第三級事件（重大）。")
    assert first.source.zh.endswith("第 2 條")
    assert "incident level 2" in second.label.en


@pytest.mark.parametrize(
    ("facts", "expected", "reasons"),
    [
        ({}, "not_significant", 0),
        ({"severe_disruption": True}, "significant", 1),
        ({"considerable_damage": True}, "significant", 1),
        ({"severe_disruption": True, "considerable_damage": True}, "significant", 2),
        ({"trust_service": True, "ongoing": True}, "not_significant", 0),
    ],
)
def test_it_tests_significance(facts: dict[str, bool], expected: str, reasons: int) -> None:
    profile = load.by_id("EU-NIS2")
    values = clocks.values(profile, entity_type="ESSENTIAL", rank=0, facts=facts)
    finding = classify.classify(profile, (), values)
    assert (finding.level.code, len(finding.reasons)) == (expected, reasons)


def test_it_never_shows_a_level_bare() -> None:
    """Every label names its scale, so that no number stands alone; two scales share no label."""
    words = {"incident": "incident level", "ci": "CI level", "responsibility": "responsibility level"}
    for profile in load.known():
        labels = [level.label for scale in profile.scales for level in scale.levels]
        assert len({label.en for label in labels}) == len({label.zh for label in labels}) == len(labels)
        for scale in profile.scales:
            assert all(words.get(scale.code, "") in each.label.en for each in scale.levels)
            assert not any(each.label.en.isdigit() or each.label.zh.isdigit() for each in scale.levels)
