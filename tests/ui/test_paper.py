"""Documents as PDF: nothing is fetched, wherever they point, and Chinese is readable."""

import io
import logging
import sys
from types import ModuleType
from typing import Any

import pypdf
import pytest

from tongbao.kernel.refusals import Unavailable
from tongbao.ui import paper


def words_of(made: bytes) -> str:
    return "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(made)).pages)


def test_it_makes_a_document_with_chinese_in_it() -> None:
    assert "國土安全事件通報單" in words_of(paper.pdf("<h1>國土安全事件通報單</h1>"))


@pytest.mark.parametrize(
    "points",
    [
        '<img src="http://127.0.0.1:9/x.png">',
        '<img src="file:///etc/passwd">',
        '<link rel="stylesheet" href="http://127.0.0.1:9/x.css">',
        '<style>@import url("file:///etc/hosts"); p { background: url(http://127.0.0.1:9/y) }</style>',
        '<link rel="attachment" href="file:///etc/passwd">',
        '<object data="file:///etc/hosts"></object>',
    ],
)
def test_it_fetches_nothing(points: str, monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    from urllib import request

    asked: list[Any] = []
    monkeypatch.setattr(request.OpenerDirector, "open", lambda *given, **more: asked.append(given))
    with caplog.at_level(logging.ERROR):
        made = paper.pdf(f"<p>文字</p>{points}")
    assert asked == []
    assert "文字" in words_of(made)
    assert "root:" not in words_of(made)
    assert b"/EmbeddedFile" not in made


def test_it_says_what_the_machine_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", _Missing("weasyprint"))
    with pytest.raises(Unavailable) as refusal:
        paper.pdf("<p>x</p>")
    assert refusal.value.code == "pdf-without-pango"


class _Missing(ModuleType):
    """What the library is where Pango cannot be loaded."""

    def __getattr__(self, name: str) -> Any:
        raise OSError("cannot load library 'libpango-1.0-0'")
