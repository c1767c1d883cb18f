"""The one rule of everything that goes out, over every kind of recipient, marking, agreement and mode."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tongbao.cooperation.rules import Pact
from tongbao.kernel.markings import TLP, Grantee, Track
from tongbao.release import rules
from tongbao.release.rules import Asked, Consent, Decision, Kind, Mode, Reason, Verdict, decide

ADMIN, SECRET = Track.ADMINISTRATIVE, Track.NATIONAL_SECURITY
BOTH = frozenset({ADMIN, SECRET})
PACT = Pact(
    id=1,
    public_id="p" * 20,
    organisation=7,
    version=3,
    ceiling=TLP.AMBER,
    topics=frozenset({"incident"}),
    categories=frozenset({"technical"}),
)


def pact(**changes: Any) -> Pact:
    return replace(PACT, **changes)


TABLE = [
    # A constituent: its marking alone decides.
    (Asked(tlp=TLP.CLEAR), "release", "marking"),
    (Asked(tlp=TLP.AMBER_STRICT), "release", "marking"),
    (Asked(tlp=TLP.RED), "withhold", "marking-narrower"),
    (Asked(tlp=TLP.RED, addressed=Grantee.SEAT), "release", "marking"),
    (Asked(tlp=TLP.AMBER_STRICT, addressed=Grantee.GROUP), "withhold", "marking-narrower"),
    (Asked(tlp=TLP.AMBER, addressed=Grantee.GROUP), "release", "marking"),
    (Asked(tlp=TLP.AMBER, addressed=Grantee.COMMUNITY), "withhold", "marking-narrower"),
    (Asked(tlp=TLP.GREEN, addressed=Grantee.COMMUNITY), "release", "marking"),
    # The public.
    (Asked(tlp=TLP.CLEAR, kind=Kind.PUBLIC, addressed=Grantee.PUBLIC), "release", "marking"),
    (Asked(tlp=TLP.GREEN, kind=Kind.PUBLIC, addressed=Grantee.PUBLIC), "withhold", "marking-narrower"),
    (Asked(tlp=TLP.GREEN, kind=Kind.PUBLIC, addressed=Grantee.ORGANISATION), "withhold", "marking-narrower"),
    # A channel that others may read.
    (Asked(tlp=TLP.GREEN, protected=False), "release", "marking"),
    (Asked(tlp=TLP.AMBER, protected=False), "redact", "sign-in"),
    (Asked(tlp=TLP.RED, addressed=Grantee.SEAT, protected=False), "redact", "sign-in"),
    # A partner: nothing without an agreement that covers it, but what everybody may read.
    (Asked(tlp=TLP.CLEAR, kind=Kind.PARTNER), "release", "marking"),
    (Asked(tlp=TLP.GREEN, kind=Kind.PARTNER), "withhold", "agreement-missing"),
    (Asked(tlp=TLP.AMBER, kind=Kind.PARTNER, pacts=(PACT,)), "release", "agreement"),
    (Asked(tlp=TLP.AMBER, kind=Kind.PARTNER, pacts=(PACT,), protected=False), "redact", "sign-in"),
    (Asked(tlp=TLP.AMBER_STRICT, kind=Kind.PARTNER, pacts=(PACT,)), "withhold", "agreement-ceiling"),
    (Asked(tlp=TLP.GREEN, kind=Kind.PARTNER, pacts=(PACT,), topic="incident"), "release", "agreement"),
    (Asked(tlp=TLP.GREEN, kind=Kind.PARTNER, pacts=(PACT,), topic="health"), "withhold", "agreement-topic"),
    (
        Asked(tlp=TLP.GREEN, kind=Kind.PARTNER, pacts=(PACT,), categories=frozenset({"technical", "personal"})),
        "withhold",
        "agreement-category",
    ),
    (Asked(tlp=TLP.GREEN, kind=Kind.PARTNER, pacts=(pact(track=SECRET),)), "withhold", "agreement-missing"),
    # The other track.
    (Asked(tlp=TLP.GREEN, track=SECRET), "withhold", "other-track"),
    (Asked(tlp=TLP.CLEAR, track=SECRET), "withhold", "other-track"),
    (Asked(tlp=TLP.GREEN, track=SECRET, tracks=BOTH), "release", "marking"),
    (Asked(tlp=TLP.GREEN, track=SECRET, pacts=(pact(track=SECRET),)), "release", "agreement"),
    (Asked(tlp=TLP.RED, track=SECRET, pacts=(pact(track=SECRET),)), "withhold", "marking-narrower"),
    (Asked(tlp=TLP.AMBER_STRICT, track=SECRET, pacts=(pact(track=SECRET),)), "withhold", "agreement-ceiling"),
    (Asked(tlp=TLP.CLEAR, track=SECRET, kind=Kind.PUBLIC, addressed=Grantee.PUBLIC), "withhold", "other-track"),
    # The originator.
    (Asked(tlp=TLP.GREEN, consent=Consent.NO), "withhold", "consent-refused"),
    (Asked(tlp=TLP.GREEN, consent=Consent.ASKED), "withhold", "consent-waits"),
    (Asked(tlp=TLP.GREEN, consent_needed=True), "withhold", "consent-needed"),
    (Asked(tlp=TLP.GREEN, consent_needed=True, consent=Consent.YES), "release", "marking"),
    (Asked(tlp=TLP.RED, consent=Consent.YES), "withhold", "marking-narrower"),
    # Drills and tests.
    (Asked(tlp=TLP.CLEAR, mode=Mode.EXERCISE), "withhold", "not-enrolled"),
    (Asked(tlp=TLP.CLEAR, mode=Mode.TEST), "withhold", "not-named"),
    (Asked(tlp=TLP.CLEAR, mode=Mode.EXERCISE, enrolled=True, addressed=Grantee.SEAT), "release", "marking"),
    (Asked(tlp=TLP.AMBER, mode=Mode.TEST, enrolled=True, protected=False), "redact", "sign-in"),
    (
        Asked(tlp=TLP.CLEAR, mode=Mode.EXERCISE, enrolled=True, kind=Kind.PUBLIC, addressed=Grantee.PUBLIC),
        "withhold",
        "drill-public",
    ),
    (
        Asked(tlp=TLP.CLEAR, mode=Mode.TEST, enrolled=True, addressed=Grantee.COMMUNITY),
        "withhold",
        "drill-public",
    ),
]


@pytest.mark.parametrize(("asked", "verdict", "reason"), TABLE)
def test_it_decides(asked: Asked, verdict: str, reason: str) -> None:
    decision = decide(asked)
    assert (decision.verdict, decision.reason) == (verdict, reason)


def test_it_tries_every_reason() -> None:
    assert {reason for _, _, reason in TABLE} == set(Reason)
    assert {verdict for _, verdict, _ in TABLE} == set(Verdict)


def test_it_names_the_agreement_that_it_rests_on() -> None:
    narrow, wide = pact(id=2, ceiling=TLP.GREEN), pact(id=3, ceiling=TLP.AMBER_STRICT, topics=frozenset())
    asked = Asked(tlp=TLP.AMBER, kind=Kind.PARTNER, pacts=(narrow, wide), topic="health")
    assert decide(asked) == Decision(Verdict.RELEASE, Reason.AGREEMENT, wide)


def test_it_says_what_the_nearest_agreement_lacks() -> None:
    far, near = pact(ceiling=TLP.CLEAR), pact(topics=frozenset({"health"}))
    for pacts in ((far, near), (near, far)):
        asked = Asked(tlp=TLP.GREEN, kind=Kind.PARTNER, pacts=pacts, topic="incident")
        assert decide(asked).reason is Reason.AGREEMENT_TOPIC


PACTS = st.builds(
    pact,
    ceiling=st.sampled_from(TLP),
    track=st.sampled_from(Track),
    topics=st.frozensets(st.sampled_from(["incident", "health"])),
    categories=st.frozensets(st.sampled_from(["technical", "personal"])),
)
ASKED = st.builds(
    Asked,
    tlp=st.sampled_from(TLP),
    track=st.sampled_from(Track),
    kind=st.sampled_from(Kind),
    addressed=st.sampled_from(Grantee),
    tracks=st.frozensets(st.sampled_from(Track), min_size=1),
    pacts=st.lists(PACTS, max_size=3).map(tuple),
    topic=st.sampled_from(["", "incident", "health"]),
    categories=st.frozensets(st.sampled_from(["technical", "personal"])),
    mode=st.sampled_from(Mode),
    enrolled=st.booleans(),
    consent=st.sampled_from(Consent),
    consent_needed=st.booleans(),
    protected=st.booleans(),
)
WIDTH = {Verdict.WITHHOLD: 0, Verdict.REDACT: 1, Verdict.RELEASE: 2}


def width(asked: Asked) -> int:
    return WIDTH[decide(asked).verdict]


@given(ASKED, st.sampled_from(TLP))
def test_it_never_releases_more_under_a_narrower_marking(asked: Asked, other: TLP) -> None:
    wide, narrow = sorted([asked.tlp, other])
    assert width(replace(asked, tlp=narrow)) <= width(replace(asked, tlp=wide))


@given(ASKED)
def test_it_never_opens_the_gate_for_who_is_not_enrolled(asked: Asked) -> None:
    if asked.mode is not Mode.ACTUAL and not asked.enrolled:
        assert decide(asked).verdict is Verdict.WITHHOLD
        assert not rules.open_to(asked.mode, enrolled=False)


@given(ASKED)
def test_it_sends_no_drill_to_everybody(asked: Asked) -> None:
    wide = asked.kind is Kind.PUBLIC or asked.addressed in {Grantee.PUBLIC, Grantee.COMMUNITY}
    if asked.mode is not Mode.ACTUAL and wide:
        assert decide(asked).verdict is Verdict.WITHHOLD


@given(ASKED)
def test_it_treats_a_drill_like_the_real_thing_for_who_is_enrolled(asked: Asked) -> None:
    """Behind the gate the mode changes nothing."""
    drill = replace(asked, mode=Mode.EXERCISE, enrolled=True)
    if decide(drill).reason is not Reason.DRILL_PUBLIC:
        assert decide(drill) == decide(replace(asked, mode=Mode.ACTUAL))


@given(ASKED)
def test_it_lets_agreement_consent_and_protection_only_widen(asked: Asked) -> None:
    assert width(replace(asked, pacts=())) <= width(asked)
    assert width(replace(asked, protected=False)) <= width(replace(asked, protected=True))
    assert width(replace(asked, consent=Consent.NO)) == 0
    assert width(replace(asked, enrolled=False)) <= width(replace(asked, enrolled=True))


@given(ASKED)
def test_it_writes_no_text_above_green_on_an_open_channel(asked: Asked) -> None:
    if decide(asked).verdict is Verdict.RELEASE and asked.tlp > TLP.GREEN:
        assert asked.protected


@given(ASKED)
def test_it_needs_an_agreement_whose_ceiling_holds(asked: Asked) -> None:
    decision = decide(asked)
    if decision.out and asked.kind is Kind.PARTNER and asked.tlp > TLP.CLEAR:
        assert decision.pact is not None
        assert decision.pact.ceiling >= asked.tlp
        assert decision.pact.track is asked.track
