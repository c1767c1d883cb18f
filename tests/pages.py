"""A browser without JavaScript on Django's own test client: follows links, fills in forms, reads what it shows."""

from typing import Any

from bs4 import BeautifulSoup, Tag
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.web import filled


class Browser:
    """One person at one browser. ``page`` is what is on the screen, ``response`` how it came."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.at = "/"
        self.response: Any = None
        self.page = BeautifulSoup("", "html.parser")

    @property
    def status(self) -> int:
        return int(self.response.status_code)

    def get(self, path: str, **headers: str) -> "Browser":
        """Open an address (relative ones from here) and follow where it leads."""
        target = path if path.startswith("/") else self.at.partition("?")[0] + path
        return self._show(target, self.client.get(target, headers=headers, follow=True))

    def post(self, path: str, data: dict[str, Any] | None = None) -> "Browser":
        came_from = {"Referer": f"http://testserver{self.at}"}
        return self._show(path, self.client.post(path, data or {}, headers=came_from, follow=True))

    def text(self) -> str:
        """The words on the screen: without those that only a printed page shows, its address among them."""
        words = " ".join(self.page.get_text(" ").split())
        for each in self.page.select(".print-only"):
            words = words.replace(" ".join(each.get_text(" ").split()), "")
        return words

    def has(self, *words: str) -> bool:
        return all(each in self.text() for each in words)

    def section(self, heading: str) -> str:
        """The words under one heading."""
        for found in self.page.find_all(["h2", "h3"]):
            if heading in found.get_text():
                part = found.find_parent(["section", "aside", "div"]) or found
                return " ".join(part.get_text(" ").split())
        raise AssertionError(f"no heading {heading!r} on {self.at}: {self.text()[:2000]}")

    def links(self, words: str = "") -> list[str]:
        """Where the links that say ``words`` lead."""
        return [str(link["href"]) for link in self.page.find_all("a", href=True) if words in link.get_text()]

    def click(self, words: str) -> "Browser":
        found = self.links(words)
        assert found, f"no link {words!r} on {self.at}: {self.text()[:2000]}"
        return self.get(found[0])

    def forms(self) -> list[Tag]:
        main = self.page.find("main") or self.page
        assert isinstance(main, Tag)
        return list(main.find_all("form"))

    def form(self, action: str = "", field: str = "") -> Tag:
        """The form whose address ends with ``action``, or that holds ``field``."""
        for form in self.forms():
            acts = str(form.get("action", "")).split("?")[0].endswith(action) if action else True
            if acts and (not field or form.find(attrs={"name": field}) is not None):
                return form
        raise AssertionError(f"no form {action or field!r} on {self.at}: {self.text()[:2000]}")

    def send(self, form: Tag, **values: Any) -> "Browser":
        """Fill in and send a form. ``__`` stands for ``-``; None leaves a field out."""
        data: dict[str, Any] = filled(form) | {name.replace("__", "-"): value for name, value in values.items()}
        data = {name: value for name, value in data.items() if value is not None}
        target = str(form.get("action") or self.at)
        if str(form.get("method", "get")).lower() == "get":
            return self._show(target, self.client.get(target, data, follow=True))
        return self.post(target, data)

    def value(self, field: str) -> str:
        """What stands in a field of the page."""
        for found in self.page.find_all(attrs={"name": field}):
            if found.name == "textarea":
                if text := found.get_text().removeprefix("\n"):
                    return str(text)
            elif found.name == "select":
                chosen = found.find("option", selected=True)
                return str(chosen["value"]) if isinstance(chosen, Tag) else ""
            elif found.get("type") in {"radio", "checkbox"}:
                if found.has_attr("checked"):
                    return str(found.get("value", "on"))
            else:
                return str(found.get("value", ""))
        return ""

    def errors(self) -> dict[str, str]:
        """The error summary: what is wrong, by the field that its link leads to; "" for the whole form."""
        summary = self.page.find(attrs={"data-errors": True})
        if not isinstance(summary, Tag):
            return {}
        found = {}
        for item in summary.find_all("li"):
            link = item.find("a")
            place = self._named(str(link["href"])) if isinstance(link, Tag) else ""
            found[place] = item.get_text().strip()
        return found

    def _named(self, anchor: str) -> str:
        """The name of the field with this id, on a page that may hold the same form many times."""
        if anchor.startswith("#id_"):
            return anchor.removeprefix("#id_")
        control = self.page.find(id=anchor.removeprefix("#"))
        return str(control["name"]) if isinstance(control, Tag) else anchor

    def _show(self, target: str, response: Any) -> "Browser":
        self.at = response.redirect_chain[-1][0] if getattr(response, "redirect_chain", None) else target
        self.response = response
        kind = response.headers.get("Content-Type", "")
        content = response.content if kind.startswith("text/html") and not response.streaming else b""
        self.page = BeautifulSoup(content.decode(), "html.parser")
        return self


def upload(name: str, content: bytes = b"content", kind: str = "text/plain") -> SimpleUploadedFile:
    """A file to send with a form."""
    return SimpleUploadedFile(name, content, kind)
