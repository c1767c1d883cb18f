"""The one client reaches what the office allows, at the addresses that were checked, within bounds."""

import gzip
import logging
import socket
from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.conf import settings as django_settings

from tests.net.servers import (
    HERE,
    NAME,
    OTHER,
    Answer,
    Authority,
    Plain,
    Site,
    guard,
    refused,
    says,
    sends_on,
)
from tongbao import net
from tongbao.net import client, rules
from tongbao.net.rules import Target


def test_it_fetches_from_an_allowed_host(authority: Authority, site: Site, caplog: Any) -> None:
    caplog.set_level(logging.INFO, "tongbao.net")
    url = f"https://{NAME}:{site.port}/"
    found = net.fetch(url, purpose="feed", guard=guard(authority, (NAME, site.port)))
    assert (found.status, found.body) == (200, b"hello")
    assert found.headers["content-type"] == "text/plain"
    ((method, path, headers),) = site.asked
    assert (method, path) == ("GET", "/")
    assert headers["Host"] == f"{NAME}:{site.port}"
    assert headers["User-Agent"] == "Tongbao"
    assert "Cookie" not in headers
    assert f"feed: GET {NAME}: 200, 5 bytes" in caplog.text


def test_it_gives_back_any_status(authority: Authority, site: Site, answers: dict[str, Answer]) -> None:
    answers["/"] = says(b"gone", status=410)
    found = net.fetch(f"https://{NAME}:{site.port}/", guard=guard(authority, (NAME, site.port)))
    assert (found.status, found.body) == (410, b"gone")


def test_it_serves_a_library_that_expects_a_session(
    authority: Authority, site: Site, answers: dict[str, Answer]
) -> None:
    """The way the sign-in library talks to an identity provider."""
    answers["/token"] = says(b'{"access_token": "x"}', Content_Type="application/json", Set_Cookie="a=b")
    with net.session(purpose="oidc", guard=guard(authority, (NAME, site.port))) as session:
        response = session.request("POST", f"https://{NAME}:{site.port}/token", data={"code": "c"}, auth=("i", "s"))
        response.raise_for_status()
        assert response.json() == {"access_token": "x"}
        assert session.get(f"https://{NAME}:{site.port}/").text == "hello"
    assert site.asked[0][2]["Authorization"].startswith("Basic ")
    assert "Cookie" not in site.asked[1][2], "no cookie is carried from one request to the next"


def test_it_keeps_a_connection_between_two_requests(authority: Authority, site: Site) -> None:
    looked_up: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        looked_up.append(host)
        return [HERE]

    bounds = guard(authority, (NAME, site.port), resolve=resolve)
    with net.session(purpose="test", guard=bounds) as session:
        for _ in range(3):
            assert session.get(f"https://{NAME}:{site.port}/").content == b"hello"
    assert looked_up == [NAME]


def test_it_unpacks_a_packed_body(authority: Authority, site: Site, answers: dict[str, Answer]) -> None:
    answers["/"] = says(gzip.compress(b"hello " * 1000), Content_Encoding="gzip")
    found = net.fetch(f"https://{NAME}:{site.port}/", guard=guard(authority, (NAME, site.port)))
    assert found.body == b"hello " * 1000


def test_it_tries_the_next_address_when_one_does_not_answer(authority: Authority, site: Site) -> None:
    bounds = guard(authority, (NAME, site.port), resolve=lambda host, port: ["127.0.0.2", HERE])
    bounds = msgspec.structs.replace(bounds, may_reach=lambda address: True)
    assert net.fetch(f"https://{NAME}:{site.port}/", guard=bounds).status == 200


# What is refused before a byte leaves


@pytest.mark.parametrize(
    ("url", "code"),
    [
        (f"http://{NAME}/", "outbound-scheme"),
        ("ftp://intel.example/", "outbound-scheme"),
        ("file:///etc/passwd", "outbound-scheme"),
        ("nonsense", "outbound-scheme"),
        ("https://", "outbound-scheme"),
        (f"https://{OTHER}/", "outbound-host"),
        (f"https://{NAME}:8443/", "outbound-host"),
        (f"https://{NAME}.evil.example/", "outbound-host"),
        (f"https://{NAME}@evil.example/", "outbound-host"),
        (f"https://evil.example\\@{NAME}/", "outbound-host"),
    ],
)
def test_it_refuses_what_is_not_on_the_list(authority: Authority, url: str, code: str) -> None:
    def never(host: str, port: int) -> list[str]:
        raise AssertionError("asked for an address")

    with pytest.raises(net.OutboundRefused) as refusal:
        net.fetch(url, guard=guard(authority, (NAME, 443), resolve=never))
    assert refusal.value.code == code
    assert refusal.value.permanent


@pytest.mark.parametrize(
    "addresses",
    [["10.0.0.1"], [HERE, "10.0.0.1"], ["10.0.0.1", HERE], [HERE, "::1"], [HERE, "::ffff:10.0.0.1"]],
)
def test_it_refuses_a_name_when_any_address_lies_inside(authority: Authority, site: Site, addresses: list[str]) -> None:
    bounds = guard(authority, (NAME, site.port), resolve=lambda host, port: addresses)
    assert refused(site, bounds).code == "outbound-address"
    assert not site.asked


def test_it_refuses_this_machine_by_its_own_rules(authority: Authority, site: Site) -> None:
    """With the real rule of addresses and the real resolver: loopback is not the open Internet."""
    bounds = net.Guard(allowed=frozenset({Target("localhost", site.port)}), trusted=str(authority.path))
    with pytest.raises(net.OutboundRefused) as refusal:
        net.fetch(f"https://localhost:{site.port}/", guard=bounds)
    assert refusal.value.code == "outbound-address"


def test_it_connects_to_the_address_that_it_checked(
    authority: Authority, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rebinding: the second look-up of the same name would lead inside. There is no second look-up."""
    turns = iter([[HERE], ["10.0.0.1"], ["10.0.0.1"]])
    system = socket.getaddrinfo

    def addresses_only(host: Any, *args: Any, **kwargs: Any) -> Any:
        assert host == HERE, "a name went to the system's resolver"
        return system(host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", addresses_only)
    bounds = guard(authority, (NAME, site.port), resolve=lambda host, port: next(turns))
    assert net.fetch(f"https://{NAME}:{site.port}/", guard=bounds).status == 200
    assert next(turns) == ["10.0.0.1"]
    assert refused(site, bounds).code == "outbound-address"


def test_it_lets_nothing_out_of_a_demonstration(settings: Any) -> None:
    settings.TONGBAO = msgspec.structs.replace(
        django_settings.TONGBAO, demo=True, allowed_out=(NAME,), oidc_server_url=""
    )
    with pytest.raises(net.OutboundRefused) as refusal:
        net.fetch(f"https://{NAME}/")
    assert refusal.value.code == "outbound-demo"
    assert refusal.value.host == NAME


def test_it_takes_its_list_from_the_settings(settings: Any) -> None:
    settings.TONGBAO = msgspec.structs.replace(
        django_settings.TONGBAO,
        demo=False,
        allowed_out=("Intel.example", "taxii.example:8443"),
        oidc_server_url="https://id.example/realms/office",
    )
    guarded = client.configured()
    assert not guarded.blocked
    assert guarded.allowed == {Target(NAME), Target("taxii.example", 8443), Target("id.example")}


def test_it_uses_no_proxy_and_no_password_of_the_environment(
    authority: Authority, site: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text(f"machine {NAME} login me password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert net.fetch(f"https://{NAME}:{site.port}/", guard=guard(authority, (NAME, site.port))).status == 200
    assert "Authorization" not in site.asked[0][2]


@pytest.mark.parametrize("options", [{"verify": False}, {"cert": "x.pem"}, {"proxies": {"https": "http://p"}}])
def test_it_cannot_be_talked_out_of_its_checks(authority: Authority, site: Site, options: Any) -> None:
    with (
        net.session(purpose="test", guard=guard(authority, (NAME, site.port))) as session,
        pytest.raises(TypeError, match="always verified"),
    ):
        session.get(f"https://{NAME}:{site.port}/", **options)
    assert not site.asked


# Redirects


def test_it_follows_a_redirect_to_an_allowed_host_without_the_password(
    authority: Authority, site: Site, answers: dict[str, Answer]
) -> None:
    with Site(authority.server(OTHER), {"/there": says(b"there")}) as other:
        answers["/"] = sends_on(f"https://{OTHER}:{other.port}/there")
        bounds = guard(authority, (NAME, site.port), (OTHER, other.port))
        with net.session(purpose="test", guard=bounds) as session:
            found = session.get(f"https://{NAME}:{site.port}/", headers={"Authorization": "Bearer x"})
        assert found.content == b"there"
        assert "Authorization" in site.asked[0][2]
        assert "Authorization" not in other.asked[0][2]


@pytest.mark.parametrize(
    ("to", "code", "host"),
    [
        ("https://169.254.169.254/latest/meta-data/", "outbound-host", "169.254.169.254"),
        ("https://inside.example/", "outbound-host", "inside.example"),
        ("https://rebound.example/", "outbound-address", "rebound.example"),
        (f"http://{NAME}/", "outbound-scheme", NAME),
        ("file:///etc/passwd", "outbound-scheme", ""),
        ("https://[", "outbound-scheme", NAME),
    ],
)
def test_it_follows_no_redirect_inside(
    authority: Authority, site: Site, answers: dict[str, Answer], to: str, code: str, host: str
) -> None:
    answers["/"] = sends_on(to)

    def resolve(name: str, port: int) -> list[str]:
        return ["10.0.0.1"] if name == "rebound.example" else [HERE]

    bounds = guard(authority, (NAME, site.port), ("rebound.example", 443), resolve=resolve)
    refusal = refused(site, bounds)
    assert (refusal.code, refusal.host) == (code, host)


def test_it_does_not_go_round_in_circles(authority: Authority, site: Site, answers: dict[str, Answer]) -> None:
    answers["/"] = sends_on("/")
    assert refused(site, guard(authority, (NAME, site.port))).code == "outbound-redirects"
    assert len(site.asked) == client.MOST_REDIRECTS + 1


# --- what lies inside the own network ---


def inside(*addresses: str, demo: bool = False) -> net.Guard:
    return net.Guard(allowed=frozenset(), inside=rules.inside(addresses, demo=demo), blocked=demo, seconds=3.0)


def test_it_calls_what_the_operator_names_inside_without_tls(plain: Plain) -> None:
    found = net.fetch(f"{plain.url}/", guard=inside(plain.url))
    assert (found.status, found.body) == (200, b"inside")
    assert net.fetch(f"{plain.url}/", guard=inside(plain.url, demo=True)).status == 200


@pytest.mark.parametrize(
    ("names", "demo", "code"),
    [
        ((), False, "outbound-scheme"),
        (("https://127.0.0.1:{port}",), False, "outbound-scheme"),
        (("http://127.0.0.1",), False, "outbound-scheme"),
        (("http://gateway.example:{port}",), True, "outbound-demo"),
        ((), True, "outbound-demo"),
    ],
)
def test_it_calls_nothing_else_there(names: tuple[str, ...], demo: bool, code: str, plain: Plain) -> None:
    bounds = inside(*(each.format(port=plain.port) for each in names), demo=demo)
    with pytest.raises(net.OutboundRefused) as refused:
        net.fetch(f"{plain.url}/", guard=bounds)
    assert refused.value.code == code
    assert plain.asked == []


def test_it_follows_no_redirect_to_what_is_not_named(plain: Plain) -> None:
    with pytest.raises(net.OutboundRefused) as refused:
        net.fetch(f"{plain.url}/on", guard=inside(plain.url))
    assert refused.value.code == "outbound-scheme"


@pytest.mark.parametrize(("path", "begun"), [("/mute", True), ("/cut", True)])
def test_it_says_that_a_request_was_on_its_way(path: str, begun: bool, plain: Plain) -> None:
    with pytest.raises(net.OutboundRefused) as refused:
        net.fetch(f"{plain.url}{path}", guard=inside(plain.url), timeout=0.5)
    assert refused.value.begun is begun


def test_it_says_that_nothing_has_left(plain: Plain) -> None:
    plain.close()
    with pytest.raises(net.OutboundRefused) as refused:
        net.fetch(f"{plain.url}/", guard=inside(plain.url))
    assert (refused.value.code, refused.value.begun) == ("outbound-away", False)
