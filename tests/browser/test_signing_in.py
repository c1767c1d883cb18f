"""Second factors in a browser: a passkey in a virtual authenticator, codes from an app, recovery codes."""

from collections.abc import Callable, Iterator

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import CDPSession, Locator, Page, expect

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


def follow(page: Page, pressed: Locator) -> None:
    """Press what leads to another page, and be there: who reads at once may still be reading the one that leaves."""
    with page.expect_navigation():
        pressed.click()


Plug = Callable[[Person], tuple[CDPSession, str]]
OPTIONS = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
}


@pytest.fixture
def authenticator(visit: Visit) -> Iterator[Plug]:
    """``authenticator(person)``: a key in the device, which its owner unlocks whenever it is asked for.

    It is taken away when the test is over, however it ended: the window is kept for the next one.
    """
    devices: list[CDPSession] = []

    def plug_in(person: Person) -> tuple[CDPSession, str]:
        device = person.context.new_cdp_session(person.page)
        devices.append(device)
        device.send("WebAuthn.enable")
        added = device.send("WebAuthn.addVirtualAuthenticator", {"options": OPTIONS})
        return device, str(added["authenticatorId"])

    yield plug_in
    for device in devices:
        device.send("WebAuthn.disable")
        device.detach()


def code_of(secret: str) -> str:
    return str(format_hotp_value(hotp_value(secret, int(clock.now().timestamp()) // 30)))


def test_a_passkey_is_enrolled_and_signs_in(visit: Visit, authenticator: Plug) -> None:
    person = visit(axe=True)
    authenticator(person)
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
    follow(page, page.get_by_role("link", name="Rename"))
    look(person)
    page.get_by_label("Name").fill("Laptop")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("row", name="Laptop")).to_be_visible()

    # Signing in needs neither address nor password.
    follow(page, page.get_by_role("button", name="Sign out"))
    person.go("/account/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    expect(page.locator(".account")).to_contain_text("蔡市府")

    # After the password the key is the second factor.
    follow(page, page.get_by_role("button", name="Sign out"))
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
    follow(page, page.get_by_role("link", name="Remove"))
    follow(page, page.get_by_role("link", name="Use a security key"))
    look(person)
    page.get_by_role("button", name="Use a security key").click()
    page.wait_for_url(lambda url: url.endswith("/remove/") and "reauthenticate" not in url)
    look(person)
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("No passkey or security key has been added.")).to_be_visible()


def test_a_passkey_that_is_refused_says_so(visit: Visit, authenticator: Plug) -> None:
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
    follow(page, page.get_by_role("button", name="Generate"))
    codes = person.go("/account/2fa/recovery-codes/").get_by_label("Unused codes").input_value().split()

    follow(page, page.get_by_role("button", name="Sign out"))
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
    follow(scripted.page, scripted.page.get_by_role("button", name="Confirm"))
    for path in ("/account/2fa/", "/account/2fa/recovery-codes/generate/", "/account/2fa/totp/deactivate/"):
        scripted.go(path)
        look(scripted)
    scripted.page.get_by_role("button", name="Deactivate").click()
    expect(scripted.page.get_by_role("link", name="Set up the app")).to_be_visible()
