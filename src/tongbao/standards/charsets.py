"""Text whose encoding is wrongly named, or not at all: what Taiwan's mail is written in is tried, and the one that
reads best is taken. Pure."""

from collections.abc import Iterator

from msgspec import Struct

_WIDER = {
    "big5": "big5hkscs",
    "cp950": "big5hkscs",
    "x-x-big5": "big5hkscs",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "cp936": "gb18030",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "windows-31j": "cp932",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
}
"""What is named often means its later, larger form."""
_WEAK = frozenset({"", "us-ascii", "ascii", "iso-8859-1", "latin-1", "latin1", "windows-1252", "unknown-8bit"})
"""Named by programs that do not know."""
_CANDIDATES = ("big5hkscs", "gb18030", "cp932", "euc_jp", "cp949")
_COMMON = frozenset(
    "的一是在不了有和人這中大為上個國我以要他時來用們生到作地於出就分對成會可主發年動同工也能下過子說產種面而方後多定行學"
    "法所民得經十三之進著等部度家電力裡如水化高自二理起小物現實加量都兩體制機當使點從業本去把性好應開它合還因由其些然前外天政"
    "四日那社義事平形相全表間樣與關各重新線內數正心反你明看原又麼利比或但質氣第向道命此變條只沒結解問意建月公無系軍情者最立代"
    "想已通並提直題黨程展五果料象員革位入常文總次品式活設及管特件長求老頭基資邊流路級少圖山統接知較將組見計別她手角期根論運農"
    "請您收信箱網站帳號密碼惡意連結主旨附檔郵寄"
    + bytes.fromhex(
        "d5e2ceaab8f6b9facab1c0b4c3c7bbe1b7a2b6afb2fad6d6baf3d1a7beadbdf8c0efcfd6cab5c1bdcce5d6c6bbfab5b1b5e3b4d3d2b5"
        "d3a6bfaabbb9d2e5bce4d1f9d3ebb9d8cfdfc4dacafdd6cac6f8b1e4ccf5c3bbbde1cecacedebefcc7e9cce2b5b3d4b1d7dcc9e8b3a4"
        "cdb7d7cab1dfbcb6cdbccdb3bdcfbdabd7e9bcfbbcc6b1f0c2dbd4cbc5a9c7ebcdf8d5cbbac5c2ebb6f1c1acb8bdb5b5d3ca"
    ).decode("gb18030")
)
"""Characters that most lines of Chinese hold: in the wrong encoding they become rare ones."""


_FLUENT = 0.4
"""From here on a text reads as one that somebody wrote."""


class Decoded(Struct, frozen=True):
    """``how``: empty as declared, ``guessed``, or ``lossy`` where bytes stood for nothing."""

    text: str
    how: str = ""


def decoded(raw: bytes, declared: str = "") -> Decoded:
    """``raw`` as text. Never raises; what fits no encoding becomes U+FFFD and is said to be so."""
    name = declared.strip().strip("\"'").lower()
    if raw.isascii() and b"\x1b" not in raw:
        return Decoded(raw.decode("ascii"))
    named = None if name in _WEAK else _strict(raw, _WIDER.get(name, name))
    if named is not None and score(named) >= _FLUENT:
        return Decoded(named)
    for sure in (*(("iso2022_jp",) if b"\x1b$" in raw else ()), "utf-8-sig"):
        if (text := _strict(raw, sure)) is not None:
            return Decoded(text, "" if sure == "utf-8-sig" else "guessed")
    found = [text for each in _CANDIDATES if (text := _strict(raw, each)) is not None]
    if named is not None:
        better = max(found, key=score, default=named)
        return Decoded(better, "guessed") if score(better) >= _FLUENT else Decoded(named)
    if name in _WEAK and name and (text := _strict(raw, "cp1252")) is not None:
        found.append(text)
    best = max(found, key=score, default=None)
    return Decoded(best, "guessed") if best is not None else Decoded(raw.decode("utf-8", "replace"), "lossy")


def score(text: str) -> float:
    """How much of what is not ASCII looks like something that people write."""
    beyond = [each for each in text if each > "\x7f"]
    return sum(_points(beyond)) / len(beyond) if beyond else 0.0


def _points(beyond: list[str]) -> Iterator[float]:
    for each in beyond:
        if each in _COMMON:
            yield 1.0
        elif "\u3041" <= each <= "\u30fe" or each in "，。、：；？！「」（）":
            yield 0.9
        elif "\u4e00" <= each <= "\u9fff" or "\uac00" <= each <= "\ud7a3":
            yield 0.2
        elif each.isalpha():
            yield 0.15
        else:
            yield -0.5


def _strict(raw: bytes, name: str) -> str | None:
    try:
        return raw.decode(name)
    except (UnicodeDecodeError, LookupError):
        return None
