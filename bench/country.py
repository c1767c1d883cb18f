"""About three thousand organisations, each with a seat, a verified address and a network."""

import ipaddress
import random

from msgspec import Struct

from bench import texts
from bench.tables import Tables
from tongbao.kernel.ids import ALPHABET, LENGTH
from tongbao.parties import rules
from tongbao.parties.models import ContactPoint, Organisation

SECTORS = ("energy", "water", "communications", "transport", "finance", "emergency", "government", "science-parks")
KINDS = {
    "agency": ("GOV", "government", "機關", "Agency", 45),
    "ci-provider": ("SNGA.CIP", "", "設施公司", "Utility", 15),
    "state-enterprise": ("SNGA.SOE", "", "公營事業", "State Enterprise", 4),
    "foundation": ("SNGA.FOUNDATION", "", "基金會", "Foundation", 4),
    "company": ("", "", "股份有限公司", "Company", 25),
    "university": ("GOV", "science-parks", "大學", "University", 5),
    "csirt": ("", "communications", "應變團隊", "CSIRT", 2),
}


class Home(Struct, frozen=True):
    """An organisation as cases need it; ``seat`` and ``contact``: how it is told."""

    key: int
    zh: str
    en: str
    track: int
    entity_type: str
    supervisor: int | None
    ministry: int | None
    seat: int | None
    contact: int | None
    address: str


def public_id(rng: random.Random) -> str:
    """Like the product's, from the seed."""
    return "".join(rng.choices(ALPHABET, k=LENGTH))


def fill(tables: Tables, rng: random.Random, count: int, since: str) -> None:
    """Add ``count`` organisations beside the demonstration country's; the obliged have a supervisor."""
    ministries = {}
    for sector in SECTORS:
        name = (f"{sector} 主管部會", f"Ministry of {sector}")
        ministries[sector] = _add(tables, rng, f"MIN-{sector}", *name, "ministry", "", sector, 0, None, since)
    for number in range(count):
        kind = rng.choices(list(KINDS), [each[-1] for each in KINDS.values()])[0]
        entity_type, sector, label_zh, label_en, _ = KINDS[kind]
        sector = sector or rng.choice(SECTORS)
        zh = "".join(rng.choices(texts.NAMES_ZH, k=3)) + label_zh
        en = f"{rng.choice(texts.NAMES_EN)}{rng.choice(texts.NAMES_EN).lower()} {label_en} {number}"
        supervisor = ministries[sector] if entity_type else None
        track = 1 if rng.random() < 0.01 else 0
        key = _add(tables, rng, f"ORG-{number:05d}", zh, en, kind, entity_type, sector, track, supervisor, since)
        network = ipaddress.ip_network(f"198.18.{number // 16 % 256}.{number % 16 * 16}/28")
        first, last = rules.hex_address(network[0]), rules.hex_address(network[-1])
        tables.networks.add(public_id(rng), key, "cidr", str(network), first, last, since)
    tables.flush()


def _add(
    tables: Tables,
    rng: random.Random,
    code: str,
    zh: str,
    en: str,
    kind: str,
    entity_type: str,
    sector: str,
    track: int,
    supervisor: int | None,
    since: str,
) -> int:
    key = tables.organisations.add(
        public_id(rng), code, zh, en, kind, entity_type, sector, track, supervisor, since, since
    )
    seat = tables.seats.add(public_id(rng), key, "資安聯絡人", "Security contact", 1, '["reporter", "reviewer"]')
    person = tables.persons.add(public_id(rng), f"聯絡人{key}")
    tables.tenures.add(public_id(rng), seat, person, since)
    tables.contacts.add(public_id(rng), seat, "email", f"security@{code.lower()}.example", "", since)
    return key


def homes() -> list[Home]:
    """Every organisation but the office, as it stands."""
    contacts = {each.seat.organisation_id: each for each in ContactPoint.objects.select_related("seat")}
    rows = list(Organisation.objects.exclude(kind=Organisation.Kind.OFFICE).order_by("pk"))
    ministries = {row.sector: row.pk for row in rows if row.kind == Organisation.Kind.MINISTRY}
    found = []
    for row in rows:
        contact = contacts.get(row.pk)
        found.append(
            Home(
                key=row.pk,
                zh=row.name_zh,
                en=row.name_en,
                track=row.track,
                entity_type=row.entity_type,
                supervisor=row.supervisor_id,
                ministry=ministries.get(row.sector),
                seat=contact.seat_id if contact else None,
                contact=contact.pk if contact else None,
                address=contact.address if contact else "",
            )
        )
    return found
