"""Builds the demonstration country with the product's own verbs: what it shows is what the product does."""

from msgspec import Struct

from tongbao.accounts.models import User
from tongbao.cooperation import actions as agreements
from tongbao.operations.models import routine
from tongbao.parties.actions import contacts, groups, networks, organisations, seats
from tongbao.parties.actions.organisations import OrganisationDraft
from tongbao.parties.models import Organisation
from tongbao.policy import actors
from tongbao.wiring.demo.cast import GROUPS, HOMES, PACTS, Home, Post

BUILDER = actors.system("demonstration")


class Country(Struct, frozen=True):
    """Organisations by code, people by their short names."""

    organisations: dict[str, Organisation]
    people: dict[str, User]


def build(password: str) -> Country:
    """The whole country; everybody signs in with ``password``."""
    routine()
    found = Country({}, {})
    for home in HOMES:
        found.organisations[home.code] = _organisation(home)
    for home in HOMES:
        for post in home.posts:
            found.people[post.who] = _post(found.organisations[home.code], post, password)
    for name_zh, name_en, members in GROUPS:
        groups.keep_group(None, name_zh=name_zh, name_en=name_en, members=list(members), actor=BUILDER)
    for code, terms in PACTS:
        agreements.make_agreement(found.organisations[code].public_id, terms, actor=BUILDER)
    return found


def _organisation(home: Home) -> Organisation:
    made = organisations.create_organisation(
        OrganisationDraft(
            code=home.code,
            name_zh=home.name_zh,
            name_en=home.name_en,
            kind=home.kind,
            entity_type=home.entity_type,
            sector=home.sector,
            county=home.county,
            supervisor=home.supervisor,
            track=home.track,
        ),
        actor=BUILDER,
    )
    organisations.enrol_organisation(
        made.public_id,
        check="示範資料：以電話向總機查證首任單位管理員。Demonstration: checked by telephone.",
        actor=BUILDER,
    )
    if home.coverages:
        made.refresh_from_db()
        organisations.place_under_law(
            made.public_id,
            responsibility_level="",
            coverages=dict(home.coverages),
            version=made.version,
            actor=BUILDER,
        )
    for value in home.networks:
        networks.add_network(made.public_id, value=value, actor=BUILDER)
    return made


def _post(home: Organisation, post: Post, password: str) -> User:
    seat = seats.create_seat(
        home.public_id,
        title_zh=post.title_zh,
        title_en=post.title_en,
        roles=[role.value for role in post.roles],
        rank=post.rank,
        actor=BUILDER,
    )
    _, secret = seats.offer_seat(
        seat.public_id, name=post.name, email=post.email, language=post.language, actor=BUILDER
    )
    contact = contacts.add_contact(
        seat.public_id, kind="email", address=post.email, language=post.language, actor=BUILDER
    )
    contacts.verify_contact(contact.public_id, how="示範資料 / demonstration", actor=BUILDER)
    taken = seats.accept_seat(secret, password=password, actor=actors.ANONYMOUS)
    return User.objects.get(persons=taken.person)
