"""What a page costs on the wire, headers and all, with everything that it needs: style, scripts, icon."""

from typing import Any

from tests.browser.conftest import Person, Visit

MOST = 30_000


def weigh(person: Person, path: str) -> dict[str, int]:
    """Bytes that came for each address while the page at ``path`` was loaded."""
    network = person.context.new_cdp_session(person.page)
    addresses: dict[str, str] = {}
    sizes: dict[str, int] = {}

    def asked(event: dict[str, Any]) -> None:
        addresses[event["requestId"]] = event["request"]["url"]

    def came(event: dict[str, Any]) -> None:
        sizes[addresses[event["requestId"]]] = int(event["encodedDataLength"])

    network.on("Network.requestWillBeSent", asked)
    network.on("Network.loadingFinished", came)
    network.send("Network.enable")
    person.go(path)
    person.page.wait_for_load_state("networkidle")
    network.detach()
    assert all(address.startswith((person.site.url, "data:")) for address in sizes), sizes
    return sizes


def test_the_first_page_of_the_desk_is_light(visit: Visit) -> None:
    """For somebody who never came before; and the next page brings nothing but itself."""
    person = visit("officer", "zh-hant", fresh=True)
    sizes = weigh(person, "/console/")
    kinds = {address.rpartition(".")[2] for address in sizes if "/static/" in address}
    assert {"css", "js"} <= kinds
    assert sum(sizes.values()) <= MOST, sizes
    again = weigh(person, "/incidents/{case}/")
    assert {address: size for address, size in again.items() if "/static/" in address and size} == {}


def test_the_form_for_the_public_is_lighter_still(visit: Visit) -> None:
    sizes = weigh(visit("anonymous", "zh-hant", fresh=True), "/report/")
    assert sum(sizes.values()) <= MOST / 2, sizes
