"""A visitor without JavaScript: follows links, fills in forms, over real HTTP."""

from typing import Any
from urllib.parse import urljoin

import requests
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from bs4 import BeautifulSoup, Tag

from tongbao.kernel import clock

Values = dict[str, str | list[str]]


class Visitor:
    """One person at one browser. ``page`` is what is on the screen."""

    def __init__(self, url: str, language: str = "en") -> None:
        self.url = url
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.cookies.set("language", language)
        self.at = url + "/"
        self.status = 0
        self.page = BeautifulSoup("", "html.parser")
        self.files: dict[str, Any] = {}

    def get(self, path: str) -> "Visitor":
        return self._show(self.session.get(urljoin(self.at, path), timeout=20))

    def text(self) -> str:
        """The words on the page."""
        return " ".join(self.page.get_text(" ").split())

    def has(self, words: str) -> bool:
        return words in self.text()

    def click(self, words: str) -> "Visitor":
        """Follow the first link that says ``words``."""
        for link in self.page.find_all("a"):
            if words in link.get_text():
                return self.get(str(link["href"]))
        raise AssertionError(f"no link {words!r} on {self.at}: {self.text()[:2000]}")

    def form(self, action: str = "", field: str = "") -> Tag:
        """The form with this action (its end) or this field, inside the main part of the page."""
        main = self.page.find("main") or self.page
        assert isinstance(main, Tag)
        for form in main.find_all("form"):
            acts = str(form.get("action", "")).split("?")[0].endswith(action) if action else True
            holds = form.find(attrs={"name": field}) is not None if field else True
            if acts and holds:
                return form
        raise AssertionError(f"no form {action or field!r} on {self.at}: {self.text()[:2000]}")

    def send(self, form: Tag, *, button: str = "", **values: Any) -> "Visitor":
        """Fill in and send a form as a browser does."""
        data = filled(form) | {name.replace("__", "-"): value for name, value in values.items()}
        if button:
            name, _, value = button.partition("=")
            data[name] = value
        target = urljoin(self.at, str(form.get("action") or self.at))
        method = str(form.get("method", "get")).lower()
        if method == "get":
            return self._show(self.session.get(target, params=data, timeout=20))
        files, self.files = self.files, {}
        return self._show(self.session.post(target, data=data, files=files or None, timeout=20))

    def sign_in(self, email: str, password: str) -> "Visitor":
        self.get("/account/login/")
        self.send(self.form(field="login"), login=email, password=password)
        assert "/login/" not in self.at, self.text()
        return self

    def enrol_second_factor(self) -> None:
        """Set up a code generator, as an officer must at the first sign-in."""
        self.get("/account/2fa/totp/activate/")
        secret = self.page.find("input", attrs={"id": "authenticator_secret"})
        assert isinstance(secret, Tag), self.text()
        code = format_hotp_value(hotp_value(str(secret["value"]), int(clock.now().timestamp()) // 30))
        self.send(self.form(field="code"), code=code)

    def _show(self, response: requests.Response) -> "Visitor":
        self.at, self.status = response.url, response.status_code
        self.page = BeautifulSoup(response.text, "html.parser")
        return self


def filled(form: Tag) -> Values:
    """What the form would send as it stands."""
    data: Values = {}
    for field in form.find_all(["input", "select", "textarea"]):
        name = field.get("name")
        kind = str(field.get("type", "")).lower()
        if not name or kind in {"file", "submit", "button"}:
            continue
        if kind in {"checkbox", "radio"}:
            if field.has_attr("checked"):
                data[str(name)] = str(field.get("value", "on"))
        elif field.name == "select":
            chosen = field.find("option", selected=True) or field.find("option")
            data[str(name)] = str(chosen.get("value", "")) if isinstance(chosen, Tag) else ""
        elif field.name == "textarea":
            data[str(name)] = field.get_text().removeprefix("\n")
        else:
            data[str(name)] = str(field.get("value", ""))
    return data
