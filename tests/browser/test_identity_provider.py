"""Signing in with the office's identity provider: one on loopback, over HTTPS, behind the product's own guard."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
import requests
from playwright.sync_api import expect

from tests.browser.conftest import Person, Site, Visit
from tests.instance import free_port
from tests.net import servers
from tongbao.kernel import clock

NAME = "id.example"


@dataclass
class Provider:
    """An OpenID provider that asks nobody anything: whoever comes is ``claims``."""

    port: int = 0
    claims: dict[str, Any] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"https://{NAME}:{self.port}"

    def answers(self) -> dict[str, Any]:
        return {
            "/.well-known/openid-configuration": self.configuration,
            "/token": self.token,
            "/userinfo": lambda handler: said(handler, self.claims),
        }

    def configuration(self, handler: BaseHTTPRequestHandler) -> None:
        ends = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri")
        places = ("authorize", "token", "userinfo", "jwks")
        found = {end: f"{self.url}/{place}" for end, place in zip(ends, places, strict=True)}
        said(handler, found | {"issuer": self.url, "token_endpoint_auth_methods_supported": ["client_secret_post"]})

    def authorize(self, handler: BaseHTTPRequestHandler) -> None:
        asked = parse_qs(urlsplit(handler.path).query)
        assert asked["client_id"] == ["tongbao"]
        assert asked["code_challenge_method"] == ["S256"]
        handler.send_response(302)
        handler.send_header("Location", f"{asked['redirect_uri'][0]}?code=once&state={asked['state'][0]}")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    def token(self, handler: BaseHTTPRequestHandler) -> None:
        now = int(clock.now().timestamp())
        claims = {"iss": self.url, "aud": "tongbao", "iat": now, "exp": now + 60, **self.claims}
        identity = jwt.encode(claims, "a key that nobody checks, over TLS", algorithm="HS256")
        said(handler, {"access_token": "access", "token_type": "Bearer", "id_token": identity})


def said(handler: BaseHTTPRequestHandler, document: dict[str, Any]) -> None:
    body = json.dumps(document).encode()
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


class ByPath(dict[str, Any]):
    """Answers by path; the query belongs to the one who authorises."""

    def __init__(self, provider: Provider) -> None:
        super().__init__(provider.answers())
        self.provider = provider

    def __missing__(self, path: str) -> Any:
        assert path.startswith("/authorize?"), path
        return self.provider.authorize


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[tuple[Provider, Path]]:
    authority, made = servers.Authority(tmp_path), Provider()
    with servers.Site(authority.server(NAME), ByPath(made)) as site:
        made.port = site.port
        yield made, authority.path


@pytest.fixture
def office(site: Site, provider: tuple[Provider, Path]) -> Iterator[str]:
    """The address of a second web process over the same instance: no demonstration, and with the provider."""
    port, (made, authority) = free_port(), provider
    url = f"http://localhost:{port}"
    environment = site.instance.environment | {
        "TONGBAO_DEMO": "false",
        "TONGBAO_PORTAL_URL": url,
        "TONGBAO_OIDC_NAME": "Office account",
        "TONGBAO_OIDC_SERVER_URL": made.url,
        "TONGBAO_OIDC_CLIENT_ID": "tongbao",
        "TONGBAO_OIDC_CLIENT_SECRET": "secret",
    }
    command = [sys.executable, "-m", "tests.browser.office", str(port), str(authority), str(made.port)]
    with (site.instance.home / "office.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, cwd=site.instance.home, stdout=log, stderr=log)
    try:
        for _ in range(200):
            try:
                requests.get(url, timeout=2)
                break
            except requests.RequestException:
                assert process.poll() is None, (site.instance.home / "office.log").read_text()
                time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait(10)


def through_the_provider(person: Person, office: str) -> None:
    page = person.page
    page.goto(f"{office}/account/login/")
    page.get_by_role("link", name="Office account").click()
    page.wait_for_url(lambda url: "id.example" not in url and not url.endswith("/account/login/"))


def test_whom_the_provider_vouches_for_signs_in_and_nobody_else(
    visit: Visit, provider: tuple[Provider, Path], office: str
) -> None:
    made, _ = provider

    # Somebody who has an account, by an address that the provider has verified.
    made.claims = {"sub": "42", "email": "Liu@greenhill.example", "email_verified": True}
    person = visit(ignore_https_errors=True)
    through_the_provider(person, office)
    expect(person.page.locator(".account")).to_contain_text("劉銀行")

    # What counts is the address: another one, one that is not verified, a stranger's open nothing.
    for claims in (
        {"sub": "42", "email": "moved@greenhill.example", "email_verified": True},
        {"sub": "43", "email": "huang@sunpower.example", "email_verified": False},
        {"sub": "44", "email": "mallory@elsewhere.example", "email_verified": True},
    ):
        made.claims = claims
        stranger = visit(ignore_https_errors=True)
        through_the_provider(stranger, office)
        expect(stranger.page.get_by_role("button", name="Sign out")).to_have_count(0)
        expect(stranger.page.get_by_role("heading", level=1)).to_be_visible()


def test_a_provider_that_is_away_is_no_dead_end(visit: Visit, provider: tuple[Provider, Path], office: str) -> None:
    made, _ = provider
    made.port += 1  # it names its own places wrongly: nobody answers there
    made.claims = {"sub": "45"}
    person = visit(ignore_https_errors=True)
    page = person.page
    page.goto(f"{office}/account/login/")
    page.get_by_role("link", name="Office account").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
