"""Whose an event is: by its address, its name, the number of its network, and at last its country; and since when."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from tests.conftest import NOON, Cast
from tests.observations.feeds import NOBODY, POWER, deliver, finding, named, stamp, table
from tongbao.engines.archive import frames
from tongbao.kernel import clock
from tongbao.kernel.refusals import Invalid
from tongbao.notices.models import Notice
from tongbao.observations import archiving, digests, holdings
from tongbao.observations.models import ArchiveFile, Finding
from tongbao.parties.actions import networks
from tongbao.parties.models import Network

pytestmark = pytest.mark.django_db
BEFORE = NOON - timedelta(days=1)


def holds(cast: Cast, code: str, value: str, since: Any = BEFORE) -> Network:
    home = cast.country.organisations[code]
    with clock.at(since):
        return networks.add_network(home.public_id, value=value, actor=cast.officer)


def scan(*rows: tuple[str, int, str]) -> bytes:
    """Reachable servers: address, number of the network, country."""
    return table(
        "timestamp,ip,port,protocol,hostname,tag,asn,geo",
        (f"{stamp(NOON.date())},{ip},22,tcp,,ssh,{asn},{geo}" for ip, asn, geo in rows),
    )


def pages(*urls: str) -> bytes:
    """Phishing pages, as a list of their addresses."""
    return table("url", urls)


def whose(address: str) -> tuple[str | None, str | None]:
    found = finding(address)
    by = msgspec.json.decode(found.detail).get("owned_by") if found.detail else None
    return (found.organisation.code if found.organisation else None), by


def test_it_says_by_what_an_owner_was_known(cast: Cast, noon: Any) -> None:
    holds(cast, "HARBOUR", "AS64499")
    holds(cast, "NCO", "tw")
    rows = ((POWER, 64499, "TW"), ("100.200.1.3", 64499, "TW"), ("100.200.1.4", 64500, "TW"), (NOBODY, 64500, "JP"))
    run = deliver(scan(*rows), named("scan_ssh"), actor=cast.officer)
    assert (run.kept, run.attributed) == (4, 3)
    assert whose(POWER) == ("SUNPOWER", "prefix")
    assert whose("100.200.1.3") == ("HARBOUR", "asn")
    assert whose("100.200.1.4") == ("NCO", "country")
    assert whose(NOBODY) == (None, None)
    kept = frames.scanned(archiving.store(), [ArchiveFile.objects.get().path]).collect()
    assert sorted(kept["owned_by"].to_list(), key=str) == [None, "asn", "country", "prefix"]


def test_it_gives_a_page_to_who_has_the_domain(cast: Cast, noon: Any) -> None:
    holds(cast, "GREENHILL", "branch.sunpower.example")
    urls = ("http://www.sunpower.example/a", "http://www.branch.sunpower.example/b", "http://notsunpower.example/c")
    deliver(pages(*urls), "pages.csv", actor=cast.officer, report="phishing_csv")
    owners = dict(Finding.objects.values_list("address", "organisation__code"))
    assert owners == {
        "www.sunpower.example": "SUNPOWER",
        "www.branch.sunpower.example": "GREENHILL",
        "notsunpower.example": None,
    }
    assert whose("www.branch.sunpower.example") == ("GREENHILL", "domain")


@pytest.mark.parametrize("value", ["com.tw", "GOV.TW.", "example"])
def test_it_takes_no_suffix_that_anybody_may_register_below(value: str, cast: Cast) -> None:
    with pytest.raises(Invalid) as refused:
        holds(cast, "HARBOUR", value)
    assert refused.value.problems[0].code in {"network-public-suffix", "network-unreadable"}


def test_it_follows_no_suffix_that_was_put_down_before_it_was_refused(cast: Cast, noon: Any) -> None:
    city = cast.country.organisations["HARBOUR"]
    city.networks.create(kind="domain", value="com.tw", starts_at=BEFORE)
    deliver(pages("http://shop.com.tw/"), "pages.csv", actor=cast.officer, report="phishing_csv")
    assert finding("shop.com.tw").organisation is None
    assert "com.tw" not in {each.what for each in holdings.owners().holdings}


class TestNational:
    """What nobody owns goes to the national team of its country, while there is one."""

    def test_it_goes_to_nobody_without_one(self, cast: Cast, noon: Any) -> None:
        deliver(scan((NOBODY, 64500, "TW")), named("scan_ssh"), actor=cast.officer)
        assert whose(NOBODY) == (None, None)

    def test_it_keeps_to_the_days_on_which_the_team_held_it(self, cast: Cast, noon: Any) -> None:
        held = holds(cast, "NCO", "TW", since=NOON - timedelta(days=9))
        with clock.at(NOON - timedelta(days=5)):
            networks.end_network(held.public_id, actor=cast.officer)
        deliver(scan((NOBODY, 64500, "TW")), named("scan_ssh"), actor=cast.officer)
        assert whose(NOBODY) == (None, None)

    def test_it_is_no_excuse_for_an_address_that_nobody_can_have(self, cast: Cast, noon: Any) -> None:
        holds(cast, "NCO", "TW")
        run = deliver(scan(("10.0.0.1", 64500, "TW"), (POWER, 64500, "TW")), named("scan_ssh"), actor=cast.officer)
        assert (run.rows, run.rejected, run.kept) == (2, 1, 1)

    def test_the_office_sends_itself_no_digest(self, cast: Cast, at: Any) -> None:
        at(NOON)
        holds(cast, "NCO", "TW")
        deliver(scan((NOBODY, 64500, "TW")), named("scan_ssh"), actor=cast.officer)
        at(NOON + timedelta(minutes=11))
        assert digests.send_due() == 0
        assert whose(NOBODY) == ("NCO", "country")

    def test_a_partner_is_told_of_its_country(self, cast: Cast, at: Any) -> None:
        at(NOON)
        holds(cast, "CSIRT-ARC", "QQ")
        deliver(scan((NOBODY, 64500, "QQ")), named("scan_ssh"), actor=cast.officer)
        at(NOON + timedelta(minutes=11))
        assert digests.send_due() == 1
        assert Notice.objects.latest("pk").subject_kind == "digest"
