"""The law as data: reading, checking with exact places, taking over from an earlier profile, an office's own copy."""

from collections.abc import Iterator
from datetime import datetime
from importlib import resources
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tongbao.profiles import difference, load
from tongbao.profiles.check import ProfileError
from tongbao.profiles.citing import cite
from tongbao.profiles.model import Basis

TAIPEI = ZoneInfo("Asia/Taipei")
FOLDER = resources.files("tongbao.profiles") / "data"
TW, OLD, EU = ((FOLDER / f"{name}.toml").read_text(encoding="utf-8") for name in ("TW-2026", "TW-2021", "EU-NIS2"))


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Path]:
    """An office's own folder of profiles."""
    load.use(tmp_path)
    yield tmp_path
    load.use(None)


def test_it_ships_three_profiles_that_hold_together() -> None:
    assert [profile.id for profile in load.known()] == ["EU-NIS2", "TW-2021", "TW-2026"]
    assert load.regimes() == ["EU-NIS2", "TW"]
    assert [profile.id for profile in load.of_regime("TW")] == ["TW-2021", "TW-2026"]


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('offset = "PT8H"', 'offset = "8 hours"', "duties[2] (review/lower): offset: '8 hours' is not a duration"),
        ('offset = "PT8H"', 'offset = "PT8H"\nlimit = "none"', "duties[2] (review/lower): either offset or limit"),
        ('when = "level <= 2"', 'when = "levle <= 2"', "duties[2] (review/lower): when: character 1: undeclared"),
        ('when = "level <= 2"', 'when = "level"', "duties[2] (review/lower): when: is a int, not true or false"),
        ('when = "level <= 2"', 'when = "level <= 3"', "duties (review): review/lower and review/major hold at once"),
        ('trigger = "received"', 'trigger = "recieved"', "duties[2] (review/lower): trigger: 'recieved'"),
        ('met_by = ["level-review"]', "met_by = []", "duties[2] (review/lower): met_by"),
        ('form = "first-report"', 'form = "last-report"', "duties[0] (report/agency): form: 'last-report'"),
        ('to = "sector-ministry"', 'to = "ministry"', "duties[1] (report/enterprise): to: 'ministry'"),
        ('variant = "enterprise"', 'variant = "agency"', "duties: 'report/agency' is used twice"),
        ('confidence = "verified"', 'confidence = "sure"', "penalties[0].basis.confidence: Invalid enum value 'sure'"),
        ('source = "act"', 'source = "acts"', "penalties[0].basis: 'acts' is not a source of this profile"),
        ("version = 2", 'version = "two"', "version: Expected `int`, got `str`"),
        ('id = "TW-2026"', 'id = "TW-2026"\nsurplus = 1', "profile: Object contains unknown field `surplus`"),
        ('supersedes = "TW-2021"', 'supersedes = "TW-1999"', "supersedes: 'TW-1999' is not a profile"),
        ('time_zone = "Asia/Taipei"', 'time_zone = "Asia/Taibei"', "time_zone: 'Asia/Taibei' is not a time zone"),
        ('object = "non_core", minor = "1"', 'object = "none", minor = "1"', "severity.cells[0].object: 'none'"),
        ('minor = "1", serious = "2"', 'minor = "1", serious = "9"', "severity.cells[0]: '9' is not defined"),
        (
            'minor = "2", serious = "3"',
            'minor = "3", serious = "2"',
            "severity.cells[1]: the serious degree is a lower",
        ),
        ('fallback = ["email"', 'fallback = ["pigeon"', "routes[0] (agency).channel: 'pigeon'"),
        ("[[duties]]", "[[duties", "TW-2026.toml: "),
    ],
)
def test_it_names_the_exact_place_of_a_fault(old: str, new: str, place: str) -> None:
    assert old in TW
    with pytest.raises(ProfileError) as fault:
        load.parse("TW-2026.toml", TW.replace(old, new, 1))
    assert str(fault.value).startswith("TW-2026.toml: ")
    assert place in str(fault.value)


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('lead = "MOI"', 'lead = "NOBODY"', "response_groups[0] (violence): 'NOBODY'"),
        ('group = "violence" }', 'group = "peace" }', "homeland_types[0] (violence).group: 'peace'"),
        ('leads = ["MOEA"]', 'leads = ["MOEB"]', "sectors[0] (energy).leads: 'MOEB'"),
        ('state = "approve"', 'state = "bless"', "approvals[1] (extension).state: 'bless'"),
        ('due = "05-31"', 'due = "05-32"', "ministries[0] (moea).overrides (audit-selection): due: '05-32'"),
        ('authority = "MOEA"', 'authority = "MOEB"', "ministries[0] (moea).authority: 'MOEB'"),
        ('{ code = "roll-up"', '{ code = "roll-over"', "ministries[4] (mohw).overrides: 'roll-over'"),
        ("responsibility_level == 'A'", "rank == 'A'", "when: character 1: undeclared reference to 'rank'"),
        ('arrive_within = "PT1H"', 'arrive_within = "soon"', "response_levels[1] (two): 'soon'"),
        (
            'rank = 2, label = { en = "CI level 2"',
            'rank = 1, label = { en = "CI level 2"',
            "scales[1] (ci).levels: ranks",
        ),
        ('states = { contained = "contained_at" }', 'states = { contained = "then" }', "forms[2] (containment-notice)"),
        ("effective_to = 2026-01-04", "effective_to = 2020-01-04", "effective_to: lies before effective_from"),
    ],
)
def test_it_checks_bodies_and_calendars_too(old: str, new: str, place: str) -> None:
    assert old in OLD
    with pytest.raises(ProfileError) as fault:
        load.parse("TW-2021.toml", OLD.replace(old, new, 1))
    assert place in str(fault.value)


def test_it_names_all_faults_at_once() -> None:
    wrong = TW.replace('to = "sector-ministry"', 'to = "ministry"').replace('form = "first-report"', 'form = "x"')
    with pytest.raises(ProfileError) as fault:
        load.parse("TW-2026.toml", wrong)
    assert len(fault.value.faults) == 5


def test_it_takes_over_what_a_later_profile_does_not_state() -> None:
    old, new = load.by_id("TW-2021"), load.by_id("TW-2026")
    assert new.ministries == old.ministries
    assert [each.fields for each in new.forms] == [each.fields for each in old.forms]
    assert "ministries" in new.inherited
    assert "duties" not in new.inherited
    assert old.inherited == frozenset()


def test_it_cites_what_it_takes_over_from_the_text_in_which_it_was_read() -> None:
    old, new = load.by_id("TW-2021"), load.by_id("TW-2026")
    drill = {each.code: each.basis for each in new.cadences}["notification-drill"]
    assert (drill.source, drill.confidence) == ("reporting-2021", "unverified")
    assert {each.code: each.basis for each in old.cadences}["notification-drill"].confidence == "verified"
    assert "（110 年）" in cite(new, drill).zh
    assert new.severity.basis == Basis("reporting", "Art. 2", confidence="verified"), "this one it states itself"
    with pytest.raises(ProfileError, match="sources \\(reporting\\): was: 'reporting-1999' is not a source"):
        load.parse("TW-2026.toml", TW.replace('was = "reporting-2021"', 'was = "reporting-1999"'))


def test_it_takes_over_from_no_circle(own: Path) -> None:
    (own / "TW-2021.toml").write_text(OLD.replace('id = "TW-2021"', 'id = "TW-2021"\nsupersedes = "TW-2026"'))
    with pytest.raises(ProfileError, match="supersedes"):
        load.known()


def test_it_chooses_the_profile_in_force_in_its_own_zone() -> None:
    before = datetime(2026, 1, 4, 23, 59, 59, tzinfo=TAIPEI)
    after = datetime(2026, 1, 5, 0, 0, tzinfo=TAIPEI)
    assert load.in_force("TW", before).id == "TW-2021"
    assert load.in_force("TW", after).id == "TW-2026"
    assert load.in_force("TW", datetime(2000, 1, 1, tzinfo=TAIPEI)).id == "TW-2021"
    assert not load.governs(load.by_id("TW-2021"), datetime(2021, 8, 22, 23, 59, tzinfo=TAIPEI))
    assert load.governs(load.by_id("TW-2021"), datetime(2021, 8, 23, 0, 0, tzinfo=TAIPEI))
    with pytest.raises(LookupError):
        load.in_force("XX", after)


def test_it_reads_an_offices_own_copy_in_place_of_the_shipped_one(own: Path) -> None:
    (own / "TW-2026.toml").write_text(TW.replace('offset = "PT8H"', 'offset = "PT6H"'), encoding="utf-8")
    load.use(own)
    duty = load.by_id("TW-2026").duty("review/lower")
    assert duty is not None
    assert duty.offset == "PT6H"
    assert load.by_id("TW-2021").duty("review/lower") != duty


def test_it_cites_in_both_languages() -> None:
    new = load.by_id("TW-2026")
    assert cite(new, Basis("reporting", "Arts. 7, 12")).zh.endswith("（115 年）第 7、12 條")
    assert cite(new, Basis("reporting", "Art. 6")).en.endswith("(2026), Art. 6")
    assert "no source" in cite(new, Basis()).en
    assert cite(load.by_id("EU-NIS2"), Basis("nis2", "Art. 23(4)(b)")).zh.endswith("第 23(4)(b) 條")


def test_it_says_what_two_profiles_say_differently() -> None:
    found = {each.path: each for each in difference.differences(load.by_id("TW-2021"), load.by_id("TW-2026"))}
    assert found["entity_types.SNGA.GOV_CONTROLLED"].kind == "added"
    assert found["severity.cells.confidentiality/sensitive"].kind == "removed"
    assert found["duties.relay/enterprise-lower"].kind == "removed"
    changed = found["duties.contain/lower.basis.confidence"]
    assert (changed.kind, changed.before, changed.after) == ("changed", "verified", "unverified")
    assert not any(path.startswith("ministries") for path in found)
    assert difference.differences(load.by_id("TW-2026"), load.by_id("TW-2026")) == []


def test_it_labels_what_was_not_read_in_the_text_of_2026() -> None:
    new = load.by_id("TW-2026")
    unverified = {duty.key for duty in new.duties if duty.basis.confidence == "unverified"}
    assert unverified == {"contain/lower", "contain/major", "final/agency", "final/enterprise"}
    parts = [*new.forms, *new.approvals, *new.cadences, *new.scales]
    assert {each.basis.source for each in parts if each.basis.confidence == "verified"}.isdisjoint({"reporting"})


def test_it_knows_the_whole_taxonomy() -> None:
    taxonomy = load.taxonomy()
    assert len(taxonomy.classes) == 11
    assert sum(len(each.types) for each in taxonomy.classes) == 39
    found = taxonomy.type("fraud/phishing")
    assert found is not None
    assert (found.label.en, found.label.zh) == ("Phishing", "網路釣魚")
