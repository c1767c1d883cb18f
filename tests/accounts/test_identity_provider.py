"""Signing in with the office's identity provider: it opens the account of an address it vouches for, and no other."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest

from tests.accounts.test_signing_in import entries
from tests.conftest import Cast
from tests.net.servers import NAME, Authority, Site, guard, says
from tests.pages import Browser
from tongbao.accounts.models import User
from tongbao.kernel import clock
from tongbao.net import session
from tongbao.parties.actions import seats
from tongbao.parties.models import Organisation, Tenure
from tongbao.wiring.adapters import Social

CLIENT = "tongbao"


class Provider:
    """An OpenID provider on loopback. ``says`` is what it vouches for next; ``away``: it does not answer."""

    def __init__(self, authority: Authority) -> None:
        self.says: dict[str, Any] = {}
        self.site = Site(
            authority.server(NAME),
            {
                "/.well-known/openid-configuration": self.configuration,
                "/token": self.token,
                "/userinfo": lambda asked: says(json.dumps(self.says).encode(), Content_Type="application/json")(asked),
            },
        )
        self.issuer = f"https://{NAME}:{self.site.port}"

    def configuration(self, asked: BaseHTTPRequestHandler) -> None:
        places = {
            "authorization_endpoint": "authorize",
            "token_endpoint": "token",
            "userinfo_endpoint": "userinfo",
            "jwks_uri": "keys",
        }
        known = {"issuer": self.issuer} | {name: f"{self.issuer}/{place}" for name, place in places.items()}
        says(json.dumps(known).encode(), Content_Type="application/json")(asked)

    def token(self, asked: BaseHTTPRequestHandler) -> None:
        now = int(clock.now().timestamp())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300} | self.says
        answer = {"access_token": "access", "token_type": "Bearer", "id_token": jwt.encode(claims, "k" * 32)}
        says(json.dumps(answer).encode(), Content_Type="application/json")(asked)


@pytest.fixture
def provider(
    tmp_path_factory: pytest.TempPathFactory, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Provider]:
    authority = Authority(tmp_path_factory.mktemp("identity"))
    provider = Provider(authority)
    app = {
        "provider_id": "office",
        "name": "Office directory",
        "client_id": CLIENT,
        "secret": "secret",
        "settings": {"server_url": provider.issuer},
    }
    settings.ROOT_URLCONF = "tests.accounts.with_identity"
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}
    bounds = guard(authority, (NAME, provider.site.port))
    monkeypatch.setattr(Social, "get_requests_session", lambda self: session(purpose="test", guard=bounds))
    with provider.site:
        yield provider


def come_back(cast: Cast, provider: Provider, **answer: str) -> Browser:
    """Click on the provider's name, be sent there, and come back with what it says."""
    visitor = Browser(cast.browser()).get("/account/login/")
    (link,) = visitor.links("Sign in with Office directory")
    there = visitor.client.get(link)
    assert there.status_code == 302
    asked = parse_qs(urlsplit(there.headers["Location"]).query)
    assert there.headers["Location"].startswith(f"{provider.issuer}/authorize?")
    assert asked["code_challenge_method"] == ["S256"]
    query = {"state": asked["state"][0]} | (answer or {"code": "once"})
    return visitor.get("/account/oidc/office/login/callback/?" + "&".join(f"{k}={v}" for k, v in query.items()))


def vouches(provider: Provider, address: str, *, verified: Any = True, subject: str = "s-1") -> None:
    provider.says = {"sub": subject, "email": address, "email_verified": verified, "name": "Somebody"}


def test_it_opens_the_account_of_a_verified_address(cast: Cast, provider: Provider) -> None:
    vouches(provider, "Chang@SunPower.example")
    visitor = come_back(cast, provider)
    assert visitor.get("/my/cases/").has("My cases")
    assert [each.subject_id for each in entries("account.signed-in")] == [cast.country.people["constituent"].public_id]
    person = User.objects.get(email="chang@sunpower.example")
    assert person.has_usable_password(), "the password still opens it too"


def test_it_asks_an_officer_for_the_second_factor_all_the_same(cast: Cast, provider: Provider) -> None:
    vouches(provider, "lin@nco.example")
    officer = come_back(cast, provider)
    assert officer.get("/console/").at == "/account/2fa/totp/activate/"


@pytest.mark.parametrize(
    ("address", "verified"),
    [
        ("nobody@nowhere.example", True),
        ("chang@sunpower.example", False),
        ("chang@sunpower.example", "false"),
        ("chang@sunpower.example", None),
        ("", True),
    ],
)
def test_it_makes_no_account_and_believes_no_unverified_address(
    cast: Cast, provider: Provider, address: str, *, verified: Any
) -> None:
    before = User.objects.count()
    vouches(provider, address, verified=verified)
    visitor = come_back(cast, provider)
    assert visitor.has("No account here", "Nobody is known here by the address")
    assert visitor.get("/my/cases/").at.startswith("/account/login/")
    assert User.objects.count() == before


def test_it_opens_nothing_for_who_has_left_or_may_not_be_the_only_reader(cast: Cast, provider: Provider) -> None:
    tenure = Tenure.objects.get(person__user=cast.country.people["constituent"], ends_at=None)
    seats.end_tenure(tenure.public_id, actor=cast.org_admin)
    vouches(provider, "chang@sunpower.example")
    assert come_back(cast, provider).has("No account here")
    organisation = Organisation.objects.get(code="SUNPOWER")
    organisation.compromised_at = clock.now()
    organisation.save(update_fields=["compromised_at"])
    vouches(provider, cast.country.people["org_admin"].email)
    assert come_back(cast, provider).has("No account here")


def test_it_says_so_when_the_provider_does_not_confirm(cast: Cast, provider: Provider) -> None:
    refused = come_back(cast, provider, error="server_error")
    assert refused.status == 401
    assert refused.has("Not signed in", "Nothing has changed here")
    stale = Browser(cast.browser()).get("/account/oidc/office/login/callback/?state=made-up&code=once")
    assert stale.status == 401
    assert come_back(cast, provider, error="access_denied").at == "/account/login/"


def test_it_links_no_identity_to_an_account(cast: Cast, provider: Provider) -> None:
    """The library would; here an identity is good for signing in only."""
    vouches(provider, "wu@elsewhere.example")
    person = Browser(cast.browser("constituent"))
    there = person.client.get("/account/oidc/office/login/?process=connect")
    state = parse_qs(urlsplit(there.headers["Location"]).query)["state"][0]
    assert person.get(f"/account/oidc/office/login/callback/?state={state}&code=once").status == 401
    assert come_back(cast, provider).has("No account here")
