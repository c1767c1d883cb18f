"""Documents as PDF. Everything that a document needs is in it: nothing is ever fetched."""

import logging
from functools import cache
from importlib import resources
from typing import Any

from weasyprint import CSS, HTML
from weasyprint.urls import FatalURLFetchingError, URLFetcher

logging.getLogger("weasyprint.progress").setLevel(logging.WARNING)


class Refusing(URLFetcher):  # type: ignore[misc]
    """Fetches nothing, wherever a document points: neither the network nor a file of this machine."""

    def fetch(self, url: str, headers: Any = None) -> Any:
        raise FatalURLFetchingError(f"a document may not fetch {url[:100]}")


@cache
def _style() -> str:
    return (resources.files("tongbao.ui") / "static" / "ui" / "paper.css").read_text(encoding="utf-8")


def pdf(document: str) -> bytes:
    """The document as PDF. Its own links to styles are left out: the style comes with it."""
    fetcher = Refusing()
    style = CSS(string=_style(), url_fetcher=fetcher)
    made: bytes = HTML(string=document, url_fetcher=fetcher).write_pdf(stylesheets=[style], presentational_hints=False)
    return made
