"""The directory: seats by invitation, leavers, contact points, networks, supervision, compromised organisations."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import NOON, Cast
from tongbao.accounts.actions import issue_token
from tongbao.accounts.models import User
from tongbao.accounts.queries import token_of
from tongbao.journal.models import JournalEntry
from tongbao.kernel import clock
from tongbao.kernel.refusals import Conflict, Forbidden, Invalid, NotFound
from tongbao.parties import directory, rules
from tongbao.parties.actions import contacts, networks, organisations, seats, shifts
from tongbao.parties.actions.organisations import OrganisationDraft
from tongbao.parties.models import ContactPoint, Organisation, Person, Seat, Shift, Tenure
from tongbao.parties.standing import actor_of
from tongbao.policy.actors import ANONYMOUS, Actor
from tongbao.policy.can import Can, Role

pytestmark = pytest.mark.usefixtures("noon")


def power_seat(cast: Cast) -> Seat:
    return Seat.objects.get(organisation__code="SUNPOWER", title_en="Security contact")


def test_it_seats_a_new_person_by_invitation(cast: Cast) -> None:
    _, secret = seats.offer_seat(
        power_seat(cast).public_id, name="趙新人", email="Chao@SunPower.example", actor=cast.org_admin
    )
    assert not User.objects.filter(email="chao@sunpower.example").exists()
    tenure = seats.accept_seat(secret, password="a long enough password", actor=ANONYMOUS)
    user = User.objects.get(email="chao@sunpower.example")
    assert user.check_password("a long enough password")
    assert actor_of(user).organisation == cast.constituent.organisation
    with pytest.raises(NotFound):
        seats.accept_seat(secret, password="x", actor=ANONYMOUS)
    assert tenure.person.name == "趙新人"


def test_it_tells_no_administrator_whether_an_address_has_an_account(cast: Cast) -> None:
    """The invitation of somebody from another organisation looks like that of a stranger."""
    known, _ = seats.offer_seat(
        power_seat(cast).public_id, name="劉", email="liu@greenhill.example", actor=cast.org_admin
    )
    fresh, _ = seats.offer_seat(
        power_seat(cast).public_id, name="劉", email="new@greenhill.example", actor=cast.org_admin
    )
    assert Tenure.objects.filter(seat=power_seat(cast)).count() == 1
    assert (known.invitation.user, fresh.invitation.user) == (None, None)


def test_it_seats_somebody_with_an_account_only_when_they_sign_in(cast: Cast) -> None:
    _, secret = seats.offer_seat(
        power_seat(cast).public_id, name="劉兼任", email="liu@greenhill.example", actor=cast.org_admin
    )
    for actor in (ANONYMOUS, cast.constituent):
        with pytest.raises(Conflict, match="sign-in-to-accept"):
            seats.accept_seat(secret, password="stolen password", actor=actor)
    seats.accept_seat(secret, actor=cast.stranger)
    user = cast.country.people["stranger"]
    assert Person.objects.filter(user=user).count() == 2
    power = cast.country.organisations["SUNPOWER"]
    assert actor_of(user).organisation == cast.country.organisations["GREENHILL"].pk
    assert actor_of(user, organisation=power.public_id).organisation == power.pk


def test_it_knows_at_every_request_what_somebody_holds_at_that_moment(cast: Cast) -> None:
    """Who acts is asked in SQL that is written out: it finds what the tables say, employer by employer."""
    for who, user in cast.country.people.items():
        held = Tenure.objects.filter(person__user=user).select_related("seat__organisation").order_by("starts_at", "id")
        running = [each for each in held if each.starts_at <= NOON and (each.ends_at is None or each.ends_at > NOON)]
        actor = actor_of(user)
        if not running:
            assert actor.organisation is None, who
            continue
        home = running[0].seat.organisation
        seats_there = [each.seat for each in running if each.seat.organisation_id == home.pk]
        assert actor.organisation == home.pk
        assert actor.seats == {each.pk for each in seats_there}
        assert actor.roles == {Role(role) for each in seats_there for role in each.roles}
        assert actor.groups == set(home.sharing_groups.values_list("pk", flat=True)), who
        assert actor.office == (home.kind == Organisation.Kind.OFFICE)


def test_a_tenure_counts_from_its_first_moment_and_no_longer_at_its_last(cast: Cast) -> None:
    user = cast.country.people["constituent"]
    tenure = Tenure.objects.get(person__user=user)
    Tenure.objects.filter(pk=tenure.pk).update(starts_at=NOON, ends_at=NOON + timedelta(hours=1))
    for minutes, seated in ((-1, False), (0, True), (59, True), (60, False)):
        with clock.at(NOON + timedelta(minutes=minutes)):
            assert (actor_of(user).organisation is not None) is seated, minutes


def test_it_lets_an_invitation_lapse_or_be_withdrawn(cast: Cast) -> None:
    seat = power_seat(cast).public_id
    offer, secret = seats.offer_seat(seat, name="趙", email="chao@sunpower.example", actor=cast.org_admin)
    with clock.at(NOON + timedelta(days=7)), pytest.raises(NotFound):
        seats.accept_seat(secret, password="x" * 12, actor=ANONYMOUS)
    seats.withdraw_offer(offer.public_id, actor=cast.org_admin)
    with pytest.raises(NotFound):
        seats.accept_seat(secret, password="x" * 12, actor=ANONYMOUS)
    _, first = seats.offer_seat(seat, name="趙", email="chao@sunpower.example", actor=cast.org_admin)
    _, second = seats.offer_seat(seat, name="趙", email="chao@sunpower.example", actor=cast.org_admin)
    with pytest.raises(NotFound):
        seats.accept_seat(first, password="x" * 12, actor=ANONYMOUS)
    assert seats.accept_seat(second, password="x" * 12, actor=ANONYMOUS)


def test_it_ends_a_leavers_access_at_once(cast: Cast) -> None:
    user = cast.country.people["constituent"]
    _, bearer = issue_token(actor=cast.constituent, label="x", scopes=[Can.SUBMISSION_CREATE], days=30)
    assert token_of(bearer)
    browser = cast.browser("constituent")
    assert browser.get("/my/cases/").status_code == 200
    tenure = Tenure.objects.get(person__user=user)
    seats.end_tenure(tenure.public_id, actor=cast.org_admin)
    assert token_of(bearer) is None
    assert actor_of(User.objects.get(pk=user.pk)) == ANONYMOUS
    assert browser.get("/my/cases/").status_code == 302
    assert seats.end_tenure(tenure.public_id, actor=cast.org_admin).ends_at == NOON
    assert JournalEntry.objects.filter(event="tenure.ended").count() == 1


def test_it_keeps_the_account_of_somebody_with_another_seat(cast: Cast) -> None:
    _, secret = seats.offer_seat(
        power_seat(cast).public_id, name="劉", email="liu@greenhill.example", actor=cast.org_admin
    )
    extra = seats.accept_seat(secret, actor=cast.stranger)
    seats.end_tenure(extra.public_id, actor=cast.org_admin)
    assert User.objects.get(email="liu@greenhill.example").is_active


def test_it_opens_a_leavers_account_again_by_invitation(cast: Cast) -> None:
    user = cast.country.people["constituent"]
    seats.end_tenure(Tenure.objects.get(person__user=user).public_id, actor=cast.org_admin)
    _, secret = seats.offer_seat(power_seat(cast).public_id, name="張聯絡", email=user.email, actor=cast.org_admin)
    seats.accept_seat(secret, password="another password", actor=ANONYMOUS)
    assert actor_of(User.objects.get(pk=user.pk)).organisation == cast.country.organisations["SUNPOWER"].pk


@pytest.mark.parametrize(
    ("who", "code", "refusal"),
    [
        ("constituent", "SUNPOWER", Forbidden),
        ("org_admin", "GREENHILL", NotFound),
        ("stranger", "SUNPOWER", NotFound),
        ("handler", "SUNPOWER", Forbidden),
        ("officer", "NSB-D", NotFound),
    ],
)
def test_it_lets_nobody_else_manage_seats(who: str, code: str, refusal: type[Exception], cast: Cast) -> None:
    seat = Seat.objects.filter(organisation__code=code).first()
    assert seat is not None
    with pytest.raises(refusal):
        seats.offer_seat(seat.public_id, name="x", email="x@y.example", actor=getattr(cast, who))


def test_it_gives_office_roles_to_seats_of_the_office_only(cast: Cast) -> None:
    power = cast.country.organisations["SUNPOWER"].public_id
    with pytest.raises(Invalid):
        seats.create_seat(power, title_zh="x", title_en="x", roles=["duty-officer"], actor=cast.org_admin)
    made = seats.create_seat(power, title_zh="副聯絡人", title_en="Deputy", roles=["reporter"], actor=cast.org_admin)
    assert made.roles == ["reporter"]


def test_it_uses_only_verified_working_addresses(cast: Cast) -> None:
    seat = power_seat(cast)
    added = contacts.add_contact(seat.public_id, kind="email", address="second@sunpower.example", actor=cast.org_admin)
    assert "second@sunpower.example" not in [c.address for c in directory.usable_contacts([seat.pk])]
    with pytest.raises(Forbidden):
        contacts.verify_contact(added.public_id, how="自己說的", actor=cast.org_admin)
    contacts.verify_contact(added.public_id, how="致電總機 02-1234-5678 查證", actor=cast.officer)
    assert len(directory.usable_contacts([seat.pk])) == 2
    ContactPoint.objects.filter(pk=added.pk).update(broken_at=NOON)
    assert len(directory.usable_contacts([seat.pk])) == 1
    assert (
        contacts.add_contact(seat.public_id, kind="email", address="second@sunpower.example", actor=cast.org_admin)
        == added
    )
    contacts.remove_contact(added.public_id, actor=cast.org_admin)
    assert ContactPoint.objects.get(pk=added.pk).removed_at == NOON


def test_it_reaches_a_compromised_organisation_out_of_band_only(cast: Cast) -> None:
    power, seat = cast.country.organisations["SUNPOWER"], power_seat(cast)
    private = contacts.add_contact(
        seat.public_id, kind="email", address="chang@private.example", out_of_band=True, actor=cast.org_admin
    )
    contacts.verify_contact(private.public_id, how="當面", actor=cast.officer)
    organisations.mark_compromised(power.public_id, compromised=True, reason="郵件遭入侵", actor=cast.officer)
    assert [c.address for c in directory.usable_contacts([seat.pk])] == ["chang@private.example"]
    assert directory.mail_may_be_read_by_others("chang@sunpower.example")
    organisations.mark_compromised(power.public_id, compromised=False, reason="已重建", actor=cast.officer)
    assert len(directory.usable_contacts([seat.pk])) == 2


def test_it_sends_no_password_reset_to_a_compromised_organisation(cast: Cast, mailoutbox: Any) -> None:
    browser = cast.browser()
    browser.post("/account/password/reset/", {"email": "chang@sunpower.example"})
    assert len(mailoutbox) == 1
    power = cast.country.organisations["SUNPOWER"]
    organisations.mark_compromised(power.public_id, compromised=True, reason="郵件遭入侵", actor=cast.officer)
    browser.post("/account/password/reset/", {"email": "huang@sunpower.example"})
    assert len(mailoutbox) == 1


def test_it_needs_the_out_of_band_check_to_enrol(cast: Cast) -> None:
    made = organisations.create_organisation(
        OrganisationDraft(code="NEW", name_zh="新公司", name_en="New", kind="company"), actor=cast.officer
    )
    with pytest.raises(Invalid):
        organisations.enrol_organisation(made.public_id, check="ok", actor=cast.officer)
    check = "致電公司登記電話 02-5555-0100，與資安長黃君確認"
    assert organisations.enrol_organisation(made.public_id, check=check, actor=cast.officer).enrolled_at == NOON


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"code": "SUNPOWER"}, "code"),
        ({"code": ""}, "code"),
        ({"name_zh": " "}, "name_zh"),
        ({"name_en": "x" * 121}, "name_en"),
        ({"name_zh": "a\0"}, "name_zh"),
        ({"kind": "gang"}, "kind"),
        ({"supervisor": "NOBODY"}, "supervisor"),
        ({"supervisor": "NSB-D"}, "supervisor"),
        ({"track": 1}, "track"),
    ],
)
def test_it_says_what_is_wrong_with_an_organisation(change: dict[str, Any], field: str, cast: Cast) -> None:
    values = {"code": "NEW", "name_zh": "新", "name_en": "New", "kind": "company"} | change
    with pytest.raises(Invalid) as refused:
        organisations.create_organisation(OrganisationDraft(**values), actor=cast.officer)
    assert refused.value.problems[0].path == field


def test_it_lets_no_organisation_supervise_itself_in_the_end(cast: Cast) -> None:
    ministry = cast.country.organisations["MOE-E"]
    ring = OrganisationDraft(
        code="MOE-E", name_zh="能源部", name_en="Ministry", kind="ministry", sector="energy", supervisor="SUNPOWER"
    )
    with pytest.raises(Invalid) as refused:
        organisations.edit_organisation(ministry.public_id, ring, version=1, actor=cast.officer)
    assert refused.value.problems[0].code == "supervision-loops"


def test_it_lets_an_administrator_change_the_names_only(cast: Cast) -> None:
    power = cast.country.organisations["SUNPOWER"]
    draft = OrganisationDraft(code="X", name_zh="日光電力", name_en="Sunlight", kind="ministry", supervisor="")
    edited = organisations.edit_organisation(power.public_id, draft, version=1, actor=cast.org_admin)
    assert (edited.name_zh, edited.code, edited.kind, edited.supervisor) == (
        "日光電力",
        "SUNPOWER",
        "ci-provider",
        cast.country.organisations["MOE-E"],
    )
    with pytest.raises(Conflict, match="changed-meanwhile"):
        organisations.edit_organisation(power.public_id, draft, version=1, actor=cast.org_admin)


@pytest.mark.parametrize(
    ("address", "owner"),
    [
        ("198.51.100.77", "SUNPOWER"),
        ("203.0.113.1", "FARHILL"),
        ("192.0.2.200", "GREENHILL"),
        ("2001:db8:100::1", "SUNPOWER"),
        ("www.sunpower.example", "SUNPOWER"),
        ("sunpower.example", "SUNPOWER"),
        ("notsunpower.example", None),
        ("8.8.8.8", None),
        ("example", None),
        ("com.tw", None),
    ],
)
def test_it_knows_who_owns_an_address(address: str, owner: str | None, cast: Cast) -> None:
    found = directory.owners_of(address, NOON, actor=cast.officer)
    assert (found[0].organisation.code if found else None) == owner


def test_it_prefers_the_narrowest_network_and_the_owner_of_the_time(cast: Cast) -> None:
    bank = cast.country.organisations["GREENHILL"].public_id
    rented = networks.add_network(bank, value="203.0.113.128/25", actor=cast.officer)
    held = directory.owners_of("203.0.113.200", NOON, actor=cast.officer)
    assert [n.organisation.code for n in held] == ["GREENHILL", "FARHILL"]
    assert networks.add_network(bank, value="203.0.113.128/25", actor=cast.officer) == rented
    with clock.at(NOON + timedelta(days=1)):
        networks.end_network(rented.public_id, actor=cast.officer)
    later = NOON + timedelta(days=2)
    assert [n.organisation.code for n in directory.owners_of("203.0.113.200", later, actor=cast.officer)] == ["FARHILL"]
    assert directory.owners_of("203.0.113.200", NOON, actor=cast.officer)[0].organisation.code == "GREENHILL"


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("0.0.0.0/0", "network-too-wide"),
        ("::/8", "network-too-wide"),
        ("nonsense", "network-unreadable"),
        ("com.tw", "network-public-suffix"),
        ("a b", "network-unreadable"),
    ],
)
def test_it_refuses_networks_that_nobody_owns(value: str, code: str, cast: Cast) -> None:
    with pytest.raises(Invalid) as refused:
        networks.add_network(cast.country.organisations["GREENHILL"].public_id, value=value, actor=cast.officer)
    assert refused.value.problems[0].code == code


@given(st.ip_addresses(v=4), st.integers(8, 32))
def test_it_holds_every_address_of_a_range_between_first_and_last(address: Any, length: int) -> None:
    found = rules.network(f"{address}/{length}")
    assert found.first <= rules.hex_address(address) <= found.last


@given(st.dictionaries(st.sampled_from("abcdef"), st.sampled_from("abcdef"), max_size=6), st.sampled_from("abcdef"))
def test_it_sees_every_ring_of_supervision(supervisors: dict[str, str], new: str) -> None:
    above, seen = supervisors.get(new, ""), {new}
    ring = False
    while above:
        if above in seen:
            ring = True
            break
        seen.add(above)
        above = supervisors.get(above, "")
    assert rules.supervision_loops(new, supervisors.get(new, ""), supervisors) == ring


def test_it_keeps_shifts(cast: Cast) -> None:
    first = shifts.start_shift(actor=cast.officer)
    assert shifts.start_shift(actor=cast.officer) == first
    with clock.at(NOON + timedelta(hours=8)):
        ended = shifts.end_shift(actor=cast.officer)
    assert ended is not None
    assert ended.ends_at == NOON + timedelta(hours=8)
    assert shifts.end_shift(actor=cast.officer) is None
    assert Shift.objects.count() == 1
    with pytest.raises(Forbidden):
        shifts.start_shift(actor=cast.auditor)


def test_it_builds_an_actor_from_the_seats_held_at_this_moment(cast: Cast) -> None:
    power = cast.constituent
    assert isinstance(power, Actor)
    assert power.roles == {Role.REPORTER}
    assert len(power.groups) == 1
    assert not power.office
    assert cast.officer.office
    user = cast.country.people["constituent"]
    Tenure.objects.filter(person__user=user).update(starts_at=NOON + timedelta(days=1))
    later = actor_of(user)
    assert (later.organisation, later.roles) == (None, frozenset())


def test_it_shows_an_organisation_only_to_its_own_people_and_the_office(cast: Cast) -> None:
    seen = {
        who: set(Organisation.objects.visible_to(getattr(cast, who)).values_list("code", flat=True))
        for who in ("officer", "constituent", "bureau", "anonymous")
    }
    assert seen["constituent"] == {"SUNPOWER"}
    assert seen["bureau"] == {"NSB-D"}
    assert seen["anonymous"] == set()
    assert "NSB-D" not in seen["officer"]
    assert len(seen["officer"]) == 8


def test_it_tells_the_mailbox_of_who_is_only_listed(cast: Cast) -> None:
    """An abuse desk that nobody signs in for; never the seat of somebody who has left."""
    draft = OrganisationDraft(code="HOST", name_zh="某主機", name_en="Some host", kind="company")
    home = organisations.create_organisation(draft, actor=cast.admin)
    seat = seats.create_seat(home.public_id, title_zh="窗口", title_en="Abuse", roles=["reporter"], actor=cast.admin)
    point = contacts.add_contact(seat.public_id, kind="email", address="abuse@host.example", actor=cast.admin)
    assert directory.seats_with([home.pk], Role.REPORTER) == []
    contacts.verify_contact(point.public_id, how="致電總機", actor=cast.officer)
    assert directory.seats_with([home.pk], Role.REPORTER) == [seat]
    power = power_seat(cast)
    seats.end_tenure(power.tenures.get().public_id, actor=cast.org_admin)
    assert power not in directory.seats_to_tell([power.organisation_id])
