"""Signing in: closed to strangers, a second factor for officers, a reset that tells nobody who has an account."""

import re
from typing import Any

import pytest
from allauth.account.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from allauth.socialaccount.adapter import get_adapter as get_social_adapter
from django.test import RequestFactory
from django.urls import NoReverseMatch, reverse

from tests.conftest import PASSWORD, Cast
from tests.pages import Browser
from tongbao.accounts.models import User
from tongbao.journal.models import JournalEntry
from tongbao.kernel import clock

OFFICE = ("/console/", "/console/triage/", "/incidents/", "/organisations/", "/operations/", "/console/journal/", "/")


def sign_in(cast: Cast, email: str, password: str = PASSWORD) -> Browser:
    visitor = Browser(cast.browser()).get("/account/login/")
    return visitor.send(visitor.form(field="login"), login=email, password=password)


def code_of(secret: str) -> str:
    """What a code generator shows now."""
    return str(format_hotp_value(hotp_value(secret, int(clock.now().timestamp()) // 30)))


def entries(event: str) -> list[JournalEntry]:
    return list(JournalEntry.objects.filter(event=event).order_by("seq"))


def test_it_has_no_sign_up(cast: Cast) -> None:
    visitor = Browser(cast.browser())
    for address in ("/account/signup/", "/account/email/", "/account/3rdparty/", "/account/oidc/office/login/"):
        assert visitor.get(address).status == 404, address
    for name in ("account_signup", "account_email", "socialaccount_connections", "socialaccount_signup"):
        with pytest.raises(NoReverseMatch):
            reverse(name)
    assert visitor.get("/account/login/").has("There is no sign-up here")
    assert not visitor.links("Sign up")


def test_it_lets_neither_form_nor_identity_provider_make_an_account(cast: Cast) -> None:
    """Closed twice: no address serves it, and the library is told so too."""
    request = RequestFactory().get("/")
    assert get_adapter(request).is_open_for_signup(request) is False
    assert get_social_adapter(request).is_open_for_signup(request, sociallogin=None) is False


def test_it_signs_a_constituent_in_and_out(cast: Cast) -> None:
    visitor = sign_in(cast, "Chang@SunPower.example")
    assert visitor.get("/my/cases/").has("My cases")
    (entry,) = entries("account.signed-in")
    assert entry.subject_id == cast.country.people["constituent"].public_id
    out = visitor.client.get("/account/logout/")
    assert visitor.get("/my/cases/").status == 200, "opening the address alone signs nobody out"
    assert out.status_code == 200
    visitor.post("/account/logout/")
    assert visitor.get("/my/cases/").at.startswith("/account/login/")


def test_it_says_the_same_of_a_wrong_password_and_of_an_unknown_address(cast: Cast) -> None:
    wrong = sign_in(cast, "chang@sunpower.example", "wrong password!!")
    unknown = sign_in(cast, "nobody@nowhere.example", "wrong password!!")
    plain = [re.sub(r"[\w.]+@[\w.]+", "", each.text()) for each in (wrong, unknown)]
    assert plain[0] == plain[1]
    assert [(each.actor, each.subject_id) for each in entries("account.sign-in-failed")] == [
        ("anonymous", "unknown"),
        ("anonymous", "unknown"),
    ]
    assert not JournalEntry.objects.filter(text__contains="nowhere").exists()


def test_it_stops_somebody_who_tries_many_passwords(cast: Cast) -> None:
    for _ in range(8):
        tried = sign_in(cast, "chang@sunpower.example", "wrong password!!")
    assert tried.status in (200, 429)
    assert sign_in(cast, "chang@sunpower.example").at != "/", "not even the right one, for a while"


def test_it_shows_an_officer_nothing_before_the_second_factor(cast: Cast) -> None:
    officer = sign_in(cast, "lin@nco.example")
    assert officer.at == "/account/2fa/totp/activate/"
    for address in OFFICE:
        assert officer.get(address).at == "/account/2fa/totp/activate/", address
        assert not officer.has("Triage"), address
    assert officer.client.get("/api/incidents").status_code == 302
    assert officer.client.post("/console/shift/start/").headers["Location"] == "/account/2fa/totp/activate/"
    secret = officer.get("/account/2fa/totp/activate/").page.find(id="authenticator_secret")["value"]  # type: ignore[index]
    wrong = officer.send(officer.form(field="code"), code="000000")
    assert wrong.errors()
    assert not Authenticator.objects.filter(user__email="lin@nco.example").exists()
    assert wrong.page.find(id="authenticator_secret")["value"] == secret, "scanned once, tried again"  # type: ignore[index]


def test_it_lets_an_officer_in_with_a_code(cast: Cast, django_capture_on_commit_callbacks: Any) -> None:
    officer = sign_in(cast, "lin@nco.example")
    secret = str(officer.page.find(id="authenticator_secret")["value"])  # type: ignore[index]
    with django_capture_on_commit_callbacks(execute=True):
        officer.send(officer.form(field="code"), code=code_of(secret))
    assert officer.get("/console/").has("To decide or answer now")
    assert [each.subject_id for each in entries("account.factor-added")][:1] == [
        cast.country.people["officer"].public_id
    ]
    second = sign_in(cast, "lin@nco.example")
    assert second.at == "/account/2fa/authenticate/"
    assert second.get("/console/").at == "/account/2fa/authenticate/", "a password alone signs no officer in"
    second = sign_in(cast, "lin@nco.example")
    assert second.send(second.form(field="code"), code="000000").errors()
    recovery = Authenticator.objects.get(user__email="lin@nco.example", type="recovery_codes").wrap().get_unused_codes()
    second.send(second.form(field="code"), code=recovery[0])
    assert second.get("/console/").has("To decide or answer now")
    third = sign_in(cast, "lin@nco.example")
    assert third.send(third.form(field="code"), code=recovery[0]).errors(), "a recovery code works once"


def test_it_asks_constituents_for_no_second_factor_but_takes_one(cast: Cast) -> None:
    visitor = sign_in(cast, "chang@sunpower.example")
    assert visitor.get("/my/inbox/").status == 200
    assert visitor.get("/account/2fa/").has("Second factors")


def test_it_notes_a_new_password(cast: Cast) -> None:
    visitor = sign_in(cast, "chang@sunpower.example").get("/account/password/change/")
    form = visitor.form(field="oldpassword")
    visitor.send(form, oldpassword="wrong", password1="brand new password", password2="brand new password")
    assert visitor.errors()
    visitor.send(
        visitor.form(field="oldpassword"),
        oldpassword=PASSWORD,
        password1="brand new password",
        password2="brand new password",
    )
    assert User.objects.get(email="chang@sunpower.example").check_password("brand new password")
    (entry,) = entries("account.password-changed")
    assert entry.actor == cast.constituent.reference


def reset_link(cast: Cast, mailoutbox: list[Any], email: str) -> str:
    visitor = Browser(cast.browser()).get("/account/password/reset/")
    visitor.send(visitor.form(field="email"), email=email)
    found = re.search(r"https?://[^/]+(/account/password/reset/key/\S+)", mailoutbox[-1].body)
    assert found is not None, mailoutbox[-1].body
    return found.group(1)


def test_it_resets_a_password_by_mail_once(cast: Cast, mailoutbox: list[Any]) -> None:
    link = reset_link(cast, mailoutbox, "chang@sunpower.example")
    visitor = Browser(cast.browser()).get(link)
    form = visitor.form(field="password1")
    assert visitor.send(form, password1="short", password2="short").errors()
    visitor.send(visitor.form(field="password1"), password1="brand new password", password2="brand new password")
    assert User.objects.get(email="chang@sunpower.example").check_password("brand new password")
    assert [each.actor for each in entries("account.password-changed")] == [cast.constituent.reference]
    again = Browser(cast.browser()).get(link)
    assert not again.page.find("input", attrs={"name": "password1"})
    assert again.status == 200


def test_it_tells_nobody_by_resetting_who_has_an_account(cast: Cast, mailoutbox: list[Any]) -> None:
    said = set()
    for email in ("chang@sunpower.example", "nobody@nowhere.example"):
        visitor = Browser(cast.browser()).get("/account/password/reset/")
        visitor.send(visitor.form(field="email"), email=email)
        assert visitor.at == "/account/password/reset/done/"
        said.add(visitor.text())
    assert len(said) == 1
    assert [letter.to for letter in mailoutbox] == [["chang@sunpower.example"]]


def test_it_forges_no_reset(cast: Cast, mailoutbox: list[Any]) -> None:
    link = reset_link(cast, mailoutbox, "chang@sunpower.example")
    key = link.rstrip("/").rsplit("/", 1)[-1]
    other = link.replace(key, key[:-4] + "aaaa")
    visitor = Browser(cast.browser()).get(other)
    assert not visitor.page.find("input", attrs={"name": "password1"})
    visitor.post("/account/password/reset/key/1-set-password/", {"password1": "x" * 14, "password2": "x" * 14})
    assert User.objects.get(email="chang@sunpower.example").check_password(PASSWORD)
