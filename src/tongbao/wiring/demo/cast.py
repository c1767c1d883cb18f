"""Who is who in the demonstration country. Invented: names, numbers and networks belong to nobody.

Networks are those set aside for documentation (RFC 5737, RFC 3849), domains end in ``.example`` (RFC 2606).
"""

from datetime import date

from msgspec import Struct

from tongbao.cooperation.rules import Terms
from tongbao.kernel.markings import TLP, Track
from tongbao.parties.models import Organisation
from tongbao.policy.can import Role

Kind = Organisation.Kind


class Post(Struct, frozen=True):
    """A seat with its holder. ``who`` is the short name that tests use."""

    who: str
    name: str
    title_zh: str
    title_en: str
    roles: tuple[Role, ...]
    email: str
    rank: int = 1
    language: str = "zh-hant"


class Home(Struct, frozen=True):
    """An organisation with its posts and networks. ``coverages``: further regimes, and what it is under each."""

    code: str
    name_zh: str
    name_en: str
    kind: Organisation.Kind
    posts: tuple[Post, ...]
    entity_type: str = ""
    sector: str = ""
    supervisor: str = ""
    county: str = ""
    track: Track = Track.ADMINISTRATIVE
    networks: tuple[str, ...] = ()
    coverages: tuple[tuple[str, str], ...] = ()


OFFICE = Home(
    "NCO",
    "國家通報協調中心",
    "National Coordination Office",
    Kind.OFFICE,
    (
        Post("officer", "林值勤", "值勤官", "Duty officer", (Role.DUTY_OFFICER,), "lin@nco.example"),
        Post("handler", "王承辦", "案件承辦人", "Case handler", (Role.HANDLER,), "wang@nco.example", 2),
        Post("liaison", "Mei Ho", "國際聯絡官", "Liaison officer", (Role.LIAISON,), "ho@nco.example", 2, "en"),
        Post("auditor", "周稽核", "稽核員", "Auditor", (Role.AUDITOR,), "chou@nco.example", 3),
        Post("admin", "吳管理", "系統管理員", "Administrator", (Role.ADMIN,), "wu@nco.example", 3),
    ),
)
ENERGY = Home(
    "MOE-E",
    "能源部",
    "Ministry of Energy",
    Kind.MINISTRY,
    (
        Post(
            "reviewer",
            "陳審核",
            "資安審核科長",
            "Head of incident review",
            (Role.REVIEWER, Role.REPORTER),
            "chen@energy.example",
        ),
    ),
    sector="energy",
    county="TW-TPE",
)
INTERIOR = Home(
    "MOI",
    "內政部",
    "Ministry of the Interior",
    Kind.MINISTRY,
    (
        Post(
            "interior",
            "許督導",
            "資安督導",
            "Security supervisor",
            (Role.REVIEWER, Role.REPORTER),
            "hsu@interior.example",
        ),
    ),
    sector="government",
    county="TW-TPE",
)
POWER = Home(
    "SUNPOWER",
    "日光電力公司",
    "Sunlight Power Company",
    Kind.CI_PROVIDER,
    (
        Post(
            "constituent",
            "張聯絡",
            "資安聯絡人",
            "Security contact",
            (Role.REPORTER,),
            "chang@sunpower.example",
            2,
        ),
        Post("org_admin", "黃管理", "資安長", "CISO", (Role.ORGANISATION_ADMIN,), "huang@sunpower.example"),
    ),
    entity_type="SNGA.CIP",
    sector="energy",
    supervisor="MOE-E",
    networks=("198.51.100.0/24", "2001:db8:100::/48", "sunpower.example"),
    county="TW-TXG",
)
CITY = Home(
    "HARBOUR",
    "海港市政府",
    "Harbour City Government",
    Kind.AGENCY,
    (Post("city", "蔡市府", "資安聯絡人", "Security contact", (Role.REPORTER,), "tsai@harbour.example"),),
    entity_type="GOV",
    sector="government",
    supervisor="MOI",
    networks=("192.0.2.0/25", "harbour.example"),
    county="TW-KHH",
)
HOSTING = Home(
    "FARHILL",
    "遠山主機公司",
    "Far Hill Hosting",
    Kind.COMPANY,
    (
        Post(
            "hoster",
            "Alex Su",
            "濫用處理窗口",
            "Abuse desk",
            (Role.REPORTER,),
            "abuse@farhill.example",
            1,
            "en",
        ),
    ),
    sector="communications",
    networks=("203.0.113.0/24", "farhill.example"),
    coverages=(("EU-NIS2", "ESSENTIAL"),),
    county="TW-TPE",
)
BANK = Home(
    "GREENHILL",
    "青山銀行",
    "Green Hill Bank",
    Kind.COMPANY,
    (Post("stranger", "劉銀行", "資安聯絡人", "Security contact", (Role.REPORTER,), "liu@greenhill.example"),),
    sector="finance",
    networks=("192.0.2.128/25", "greenhill.example"),
    county="TW-TPE",
)
ARCADIA = Home(
    "CSIRT-ARC",
    "阿卡迪亞國家資安應變團隊",
    "CSIRT Arcadia",
    Kind.PARTNER,
    (
        Post(
            "partner",
            "Ines Moreau",
            "值勤窗口",
            "Duty desk",
            (Role.REPORTER,),
            "duty@csirt-arcadia.example",
            1,
            "en",
        ),
    ),
)
BUREAU = Home(
    "NSB-D",
    "安全情報局",
    "Security Intelligence Bureau",
    Kind.AGENCY,
    (Post("bureau", "何情資", "聯絡官", "Liaison", (Role.REPORTER,), "ho@bureau.example"),),
    track=Track.NATIONAL_SECURITY,
)

HOMES = (OFFICE, ENERGY, INTERIOR, POWER, CITY, HOSTING, BANK, ARCADIA, BUREAU)
PACTS = (
    (
        "CSIRT-ARC",
        Terms(
            name_zh="與阿卡迪亞資安應變團隊情資交換協議",
            name_en="Information exchange with CSIRT Arcadia",
            ceiling=TLP.AMBER,
            topics=("incident", "indicator", "vulnerability", "alert"),
            categories=("network", "organisation", "technical", "contact"),
            caveats="不得轉交第三國。Not to be passed to a third country.",
            retention_days=730,
            valid_from=date(2026, 1, 1),
            signed_on=date(2025, 12, 15),
        ),
    ),
    (
        "NSB-D",
        Terms(
            name_zh="與安全情報局情資分享備忘錄",
            name_en="Memorandum with the Security Intelligence Bureau",
            ceiling=TLP.AMBER_STRICT,
            track=Track.NATIONAL_SECURITY.value,
            valid_from=date(2026, 1, 1),
        ),
    ),
    (
        "FARHILL",
        Terms(
            name_zh="與遠山主機公司濫用通報合作",
            name_en="Abuse handling with Far Hill Hosting",
            ceiling=TLP.GREEN,
            topics=("incident", "indicator"),
            valid_from=date(2026, 3, 1),
            valid_until=date(2027, 2, 28),
        ),
    ),
)
"""Agreements, by the partner's code."""
GROUPS = (("能源資安分享群組", "Energy sharing group", ("MOE-E", "SUNPOWER", "NCO")),)
