"""How a basis is cited, in both languages."""

import re

from tongbao.profiles.model import Basis, Label, Profile

_ARTICLES = re.compile(r"Arts?\. ([0-9A-Za-z()]+(?:[,-] ?[0-9A-Za-z()]+)*)")
DEFAULT = Label("the office's own setting; no source was found", "本單位自訂預設值，查無來源")


def cite(profile: Profile, basis: Basis) -> Label:
    """``Regulations ... (2026), Art. 6`` and ``資通安全...辦法第 6 條``."""
    source = profile.source(basis.source)
    if source is None:
        return DEFAULT
    en = f"{source.label.en}, {basis.place}" if basis.place else source.label.en
    place = f"（{basis.place_zh}）" if basis.place_zh else _ARTICLES.sub(_article, basis.place)
    apart = " " if place and source.label.zh[-1:].isascii() else ""
    return Label(en, f"{source.label.zh}{apart}{place}")


def _article(found: re.Match[str]) -> str:
    return f"第 {re.sub(', ?', '、', found[1])} 條"
