"""Second factors in a browser: a passkey in a virtual authenticator, codes from an app, recovery codes."""

from typing import Any

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import Page, expect

from tests.browser.conftest import Person, Visit
from tests.browser.test_access import objections
from tests.instance import PASSWORD
from tongbao.kernel import clock


def look(person: Person) -> None:
    """axe-core has nothing to say of the page either."""
    assert objections(person) == []


def sign_in(person: Person, email: str) -> Page:
    page = person.go("/account/login/")
    page.locator("[name=login]").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(lambda url: "/account/login/" not in url)
    return page


def confirm(page: Page) -> None:
    """The password once more, before something that matters."""
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()


def authenticator(person: Person) -> tuple[Any, str]:
    """A key in the device, which its owner unlocks whenever it is asked for."""
    device = person.context.new_cdp_session(person.page)
    device.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
    }
    added = device.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return device, str(added["authenticatorId"])


def code_of(secret: str) -> str:
    return str(format_hotp_value(hotp_value(secret, int(clock.now().timestamp()) // 30)))


def test_a_passkey_is_enrolled_and_signs_in(visit: Visit) -> None:
    person = visit(axe=True)
    device, key = authenticator(person)
    page = sign_in(person, "tsai@harbour.example")
    person.go("/account/2fa/webauthn/add/")
    page.get_by_label("Name").fill("Work laptop")
    page.get_by_label("Passwordless").check()
    page.get_by_role("button", name="Add").click()
    page.wait_for_url("**/account/reauthenticate/**")

    # Recovery codes come with the first key, for who confirms the password; the key has a name that can be changed.
    expect(page.get_by_text("Security key added.")).to_be_visible()
    confirm(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Recovery Codes")
    look(person)
    person.go("/account/2fa/webauthn/")
    expect(page.get_by_role("row", name="Work laptop")).to_contain_text("Passkey")
    look(person)
    page.get_by_role("link", name="Rename").click()
    look(person)
    page.get_by_label("Name").fill("Laptop")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("row", name="Laptop")).to_be_visible()

    # Signing in needs neither address nor password.
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(lambda url: "2fa" not in url)
    person.go("/account/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    expect(page.locator(".account")).to_contain_text("蔡市府")

    # After the password the key is the second factor.
    page.get_by_role("button", name="Sign out").click()
    person.go("/account/login/")
    page.locator("[name=login]").fill("tsai@harbour.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/2fa/authenticate/")
    look(person)
    page.get_by_role("button", name="Use a security key").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()

    # What is dangerous asks for it once more, if the sign-in is a while ago.
    person.go("/account/2fa/webauthn/")
    page.get_by_role("link", name="Remove").click()
    page.get_by_role("link", name="Use a security key").click()
    look(person)
    page.get_by_role("button", name="Use a security key").click()
    page.wait_for_url(lambda url: url.endswith("/remove/") and "reauthenticate" not in url)
    look(person)
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("No passkey or security key has been added.")).to_be_visible()
    device.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": key})


def test_a_passkey_that_is_refused_says_so(visit: Visit) -> None:
    """The browser's own window closes without a word: the page has to say it."""
    person = visit(axe=True)
    device, key = authenticator(person)
    page = person.go("/account/login/")
    expect(page.get_by_text("could not be used")).to_be_hidden()
    device.send("WebAuthn.setUserVerified", {"authenticatorId": key, "isUserVerified": False})
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_text("could not be used")).to_be_visible()


def test_an_app_shows_codes_and_recovery_codes_help_out(visit: Visit) -> None:
    """Without JavaScript throughout, as an officer sets it up."""
    person = visit(java_script_enabled=False)
    page = sign_in(person, "hsu@interior.example")
    person.go("/account/2fa/totp/activate/")
    secret = page.locator("#authenticator_secret").input_value()
    page.locator("[name=code]").fill(code_of(secret))
    page.get_by_role("button", name="Activate").click()
    page.wait_for_url("**/account/reauthenticate/**")
    confirm(page)
    assert len(page.get_by_label("Unused codes").input_value().split()) == 10
    person.go("/account/2fa/recovery-codes/generate/")
    page.get_by_role("button", name="Generate").click()
    codes = person.go("/account/2fa/recovery-codes/").get_by_label("Unused codes").input_value().split()

    page.get_by_role("button", name="Sign out").click()
    sign_in(person, "hsu@interior.example")
    assert page.url.endswith("/2fa/authenticate/")
    page.locator("[name=code]").fill("000000")
    page.get_by_role("button", name="Sign In", exact=True).click()
    expect(page.locator(".error, [data-errors]").first).to_be_visible()
    page.locator("[name=code]").fill(codes[0])
    page.get_by_role("button", name="Sign In", exact=True).click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()

    scripted = visit(axe=True)
    scripted.context.add_cookies(person.context.cookies())  # type: ignore[arg-type]
    scripted.go("/account/2fa/reauthenticate/?next=/account/2fa/")
    look(scripted)
    scripted.page.locator("[name=code]").fill(codes[1])
    scripted.page.get_by_role("button", name="Confirm").click()
    for path in ("/account/2fa/", "/account/2fa/recovery-codes/generate/", "/account/2fa/totp/deactivate/"):
        scripted.go(path)
        look(scripted)
    scripted.page.get_by_role("button", name="Deactivate").click()
    expect(scripted.page.get_by_role("link", name="Set up the app")).to_be_visible()
