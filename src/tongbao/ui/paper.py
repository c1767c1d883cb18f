"""Documents as PDF. Everything that a document needs is in it: nothing is ever fetched."""

import logging
from functools import cache
from importlib import resources
from typing import Any

from PIL import ImageFile

from tongbao.kernel.refusals import Unavailable

logging.getLogger("weasyprint.progress").setLevel(logging.WARNING)


def pdf(document: str) -> bytes:
    """The document as PDF. Its own links to styles lead nowhere: the style comes with it.

    Raises Unavailable where the machine lacks Pango, which sets the type.
    """
    try:
        from weasyprint import CSS, HTML
    except OSError:
        raise Unavailable("pdf-without-pango") from None
    ImageFile.LOAD_TRUNCATED_IMAGES = False  # the library takes half a picture for a whole one, everywhere
    fetcher = _refusing()
    sheet = CSS(string=style(), url_fetcher=fetcher)
    made: bytes = HTML(string=document, url_fetcher=fetcher).write_pdf(stylesheets=[sheet])
    return made


@cache
def _refusing() -> Any:
    from weasyprint.urls import URLFetcher

    class Refusing(URLFetcher):  # type: ignore[misc]
        """Fetches nothing, wherever a document points: neither the network nor a file of this machine."""

        def fetch(self, url: str, headers: Any = None) -> Any:
            raise ValueError(f"a document may not fetch {url[:100]}")

    return Refusing()


@cache
def style() -> str:
    """The style of documents, for one that has to hold it itself."""
    return (resources.files("tongbao.ui") / "static" / "ui" / "paper.css").read_text(encoding="utf-8")
