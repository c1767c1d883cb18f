"""The rule of visibility, and its SQL twin: the same answer over generated worlds."""

from unittest.mock import patch

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.soak import times
from tongbao.kernel.markings import CEILING, TLP, Grant, Grantee, Marking, Track
from tongbao.operations.models import Fact, routine
from tongbao.policy import models as policy
from tongbao.policy import rules
from tongbao.policy.actors import ANONYMOUS, Actor, Kind, link, system
from tongbao.policy.can import CASE_READERS, OFFICE_ROLES, ROLES, Can, Role
from tongbao.policy.models import mark
from tongbao.policy.rules import Why

KEYS = st.integers(min_value=1, max_value=4)
GRANTS = st.one_of(
    st.builds(Grant, st.sampled_from([Grantee.USER, Grantee.SEAT, Grantee.ORGANISATION, Grantee.GROUP]), KEYS),
    st.sampled_from([Grant(Grantee.COMMUNITY), Grant(Grantee.PUBLIC)]),
)
MARKINGS = st.builds(
    Marking,
    tlp=st.sampled_from(TLP),
    track=st.sampled_from(Track),
    owner=st.one_of(st.none(), KEYS),
    grants=st.frozensets(GRANTS, max_size=4),
)
PEOPLE = st.builds(
    Actor,
    kind=st.sampled_from([Kind.USER, Kind.TOKEN]),
    reference=st.just("user:x"),
    user=KEYS,
    organisation=st.one_of(st.none(), KEYS),
    seats=st.frozensets(KEYS, max_size=2),
    groups=st.frozensets(KEYS, max_size=2),
    roles=st.frozensets(st.sampled_from(Role), max_size=3),
    tracks=st.frozensets(st.sampled_from(Track), min_size=1),
    office=st.booleans(),
    scopes=st.one_of(st.none(), st.frozensets(st.sampled_from(Can), max_size=6)),
)
ACTORS = st.one_of(PEOPLE, st.sampled_from([ANONYMOUS, system("test"), link("x")]))


def owned(marking: Marking) -> Marking:
    """The owner is an audience: what ``mark`` stores."""
    if marking.owner is None:
        return marking
    return Marking(
        marking.tlp, marking.track, marking.owner, marking.grants | {Grant(Grantee.ORGANISATION, marking.owner)}
    )


FORMS = ((100, 100), (-1, 100), (-1, -1))
"""How a list begins for somebody who may see few things, many, very many: the answer is the same."""


def worlds_agree(markings: list[Marking], actors: list[Actor]) -> None:
    """Store the world, ask it in SQL, and compare with the rule; then it is gone."""
    point = transaction.savepoint()
    try:
        frame = routine()
        facts = []
        for marking in markings:
            fact = Fact.objects.create(operation=frame, text="x", source="x", tlp=marking.tlp, track=marking.track)
            mark(fact, marking)
            facts.append(fact)
            assert fact.marking().grants == owned(marking).grants
        for actor in actors:
            by_rule = {f.pk for f, m in zip(facts, markings, strict=True) if rules.may_see(actor, owned(m))}
            for few, many in FORMS:
                with patch.multiple(policy, FEW=dict.fromkeys(policy.FEW, few), MANY=many):
                    policy._size.cache_clear()
                    in_sql = set(Fact.objects.visible_to(actor).values_list("pk", flat=True))
                    assert in_sql == by_rule
    finally:
        transaction.savepoint_rollback(point)


WORLDS = {"markings": st.lists(MARKINGS, min_size=1, max_size=8), "actors": st.lists(ACTORS, min_size=1, max_size=6)}


@pytest.mark.django_db
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(**WORLDS)
def test_it_shows_in_sql_what_the_rule_shows(markings: list[Marking], actors: list[Actor]) -> None:
    worlds_agree(markings, actors)


@pytest.mark.soak
@pytest.mark.django_db
@settings(max_examples=times(100_000), deadline=None, suppress_health_check=list(HealthCheck))
@given(**WORLDS)
def test_it_shows_in_sql_what_the_rule_shows_in_many_worlds(markings: list[Marking], actors: list[Actor]) -> None:
    worlds_agree(markings, actors)


@given(actor=PEOPLE, marking=MARKINGS)
def test_it_shows_no_more_when_the_marking_narrows(actor: Actor, marking: Marking) -> None:
    narrower = [TLP(level) for level in TLP if level > marking.tlp]
    for tlp in narrower:
        if rules.may_see(actor, Marking(tlp, marking.track, marking.owner, marking.grants)):
            assert rules.may_see(actor, marking)


@given(actor=PEOPLE, marking=MARKINGS, more=st.frozensets(GRANTS, max_size=3))
def test_it_shows_no_less_to_a_wider_audience(actor: Actor, marking: Marking, more: frozenset[Grant]) -> None:
    if rules.may_see(actor, marking):
        assert rules.may_see(actor, Marking(marking.tlp, marking.track, marking.owner, marking.grants | more))


@given(actor=PEOPLE, marking=MARKINGS)
def test_it_keeps_the_tracks_apart(actor: Actor, marking: Marking) -> None:
    if marking.track not in actor.tracks:
        assert rules.may_see(actor, marking) is None


@pytest.mark.parametrize("grantee", list(Grantee))
@pytest.mark.parametrize("tlp", list(TLP))
def test_it_holds_every_audience_to_its_ceiling(grantee: Grantee, tlp: TLP) -> None:
    key = 0 if grantee in (Grantee.COMMUNITY, Grantee.PUBLIC) else 3
    member = Actor(
        Kind.USER,
        "user:x",
        user=3,
        organisation=3,
        seats=frozenset({3}),
        groups=frozenset({3}),
        roles=frozenset({Role.REPORTER}),
    )
    seen = rules.may_see(member, Marking(tlp, grants=frozenset({Grant(grantee, key)})))
    assert (seen is not None) == (tlp <= CEILING[grantee])


@pytest.mark.parametrize(
    ("role", "tlp", "why"),
    [
        (Role.DUTY_OFFICER, TLP.AMBER_STRICT, Why.OFFICE),
        (Role.HANDLER, TLP.AMBER, Why.OFFICE),
        (Role.AUDITOR, TLP.AMBER_STRICT, Why.OFFICE),
        (Role.HANDLER, TLP.RED, None),
        (Role.ADMIN, TLP.CLEAR, None),
    ],
)
def test_it_lets_case_readers_of_the_office_read_up_to_amber_strict(role: Role, tlp: TLP, why: Why | None) -> None:
    officer = Actor(Kind.USER, "user:x", user=1, organisation=1, roles=frozenset({role}), office=True)
    assert rules.may_see(officer, Marking(tlp)) == why


def test_it_gives_the_office_roles_no_power_elsewhere() -> None:
    for role in OFFICE_ROLES:
        elsewhere = Actor(Kind.USER, "user:x", user=1, organisation=1, roles=frozenset({role}), office=False)
        assert not any(rules.may(elsewhere, can, frozenset({1})) for can in ROLES[role] - {Can.SUBMISSION_CREATE})
        assert rules.may_see(elsewhere, Marking(TLP.AMBER)) is None


@given(actor=PEOPLE, can=st.sampled_from(Can), standing=st.frozensets(KEYS, max_size=3))
def test_it_never_lets_a_token_do_more_than_its_person(actor: Actor, can: Can, standing: frozenset[int]) -> None:
    person = Actor(
        Kind.USER, "user:x", actor.user, actor.organisation, actor.seats, actor.groups, actor.roles, actor.tracks,
        actor.office,
    )  # fmt: skip
    if rules.may(actor, can, standing):
        assert rules.may(person, can, standing)
        assert actor.scopes is None or can in actor.scopes


@given(actor=PEOPLE, can=st.sampled_from(Can))
def test_it_lets_outsiders_act_only_where_their_organisation_stands(actor: Actor, can: Can) -> None:
    if not actor.office and rules.may(actor, can, frozenset({99})):
        assert actor.organisation == 99


def test_it_gives_case_readers_a_role_that_reads_cases() -> None:
    assert Role.ADMIN not in CASE_READERS
    assert {Role.DUTY_OFFICER, Role.HANDLER} <= CASE_READERS
