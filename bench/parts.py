"""What is measured: the parts of a run, on which databases, by which sizes. Pure; how is in measuring.py."""

from msgspec import Struct

NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
BOTH, SQLITE, NONE = ("sqlite", "postgresql"), ("sqlite",), ("",)
Sizes = dict[str, int]


class Size(Struct, frozen=True):
    """An option of the run: as it is by itself, as it is with ``--quick``."""

    whole: int
    quick: int
    says: str


class Part(Struct, frozen=True):
    """``databases``: one result for each; the empty name is none. ``sizes``: the options that it reads."""

    name: str
    title: str
    databases: tuple[str, ...]
    sizes: tuple[str, ...]


SIZES = {
    "incidents": Size(1_000_000, 20_000, "cases of the world, and of the one without logs (alike)"),
    "requests": Size(60, 10, "requests a page"),
    "turns": Size(100, 20, "turns of a list with and without the rule of visibility"),
    "rounds": Size(3, 2, "rounds of everything else that is measured in turns"),
    "reports": Size(1000, 100, "reports a round through the API"),
    "entries": Size(500, 60, "entries of the journal a round"),
    "open": Size(100_000, 2000, "open cases of the re-evaluation"),
    "organisations": Size(10_000, 2000, "organisations that a warning goes to"),
    "receipts": Size(100_000, 2000, "open receipts beside those that are due"),
    "mails": Size(10_000, 200, "mails a round"),
    "people": Size(500, 60, "participants of the large case"),
    "letters": Size(500, 20, "mails of each kind that come in"),
    "suggestions": Size(200, 20, "reports that suggestions are made beside"),
    "messages": Size(5000, 200, "CAP messages of each kind"),
    "feed_rows": Size(1_000_000, 20_000, "rows of the feed that the engine runs alone"),
    "peer_rows": Size(1_000_000, 4000, "rows of the feed beside IntelMQ, a quarter of them of the wide one"),
    "peer_rounds": Size(1, 1, "rounds beside IntelMQ: one of a million rows takes it ten minutes"),
    "chain_rows": Size(1_000_000, 20_000, "rows of the feed that goes the whole way"),
    "mailed_rows": Size(20_000, 2000, "rows of the feed that comes by mail"),
    "findings": Size(2_000_000, 20_000, "findings beside which pages of feeds are asked (1.2 kB each)"),
    "archived": Size(100, 4, "millions of archived events among which addresses are looked up (20 MB each)"),
}

PARTS = (
    Part("cap", "CAP", NONE, ("rounds", "messages")),
    Part("feeds", "Feeds, the engine alone", NONE, ("rounds", "feed_rows")),
    Part("feeds-peer", "Feeds beside IntelMQ", NONE, ("peer_rounds", "peer_rows")),
    Part("pages", "Pages", BOTH, ("incidents", "requests")),
    Part("leak", "Visibility", BOTH, ("incidents", "turns")),
    Part("intake", "Reports through the API", BOTH, ("incidents", "rounds", "reports")),
    Part("wire", "First console page", BOTH, ("incidents",)),
    Part("journal", "Journal", BOTH, ("incidents", "rounds", "entries")),
    Part("law", "Law", BOTH, ("rounds", "open")),
    Part("warnings", "Warnings", BOTH, ("rounds", "organisations", "receipts")),
    Part("mail", "Mail", BOTH, ("rounds", "mails")),
    Part("desk", "A very large case, and mails that come in", BOTH, ("people", "requests", "letters")),
    Part("alike", "Suggestions beside a report", BOTH, ("incidents", "suggestions")),
    Part("feeds-chain", "Feeds, the whole way", SQLITE, ("chain_rows",)),
    Part("feeds-mail", "Feeds, from a mail to its digests", SQLITE, ("mailed_rows",)),
    Part("feeds-pages", "Feeds, pages", SQLITE, ("findings", "requests")),
    Part("feeds-lookup", "Feeds, an address in the archive", SQLITE, ("archived",)),
)
BY_NAME = {part.name: part for part in PARTS}


def title(part: str, database: str) -> str:
    """As a heading of the page has it."""
    said = BY_NAME[part].title
    return f"{said}, {NAMES[database]}" if database else said
