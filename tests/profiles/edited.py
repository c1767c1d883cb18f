"""An office's own copies of the shipped profiles, edited by hand as an operator would."""

from importlib import resources
from pathlib import Path

SHIPPED = resources.files("tongbao.profiles") / "data"
_WORST = (
    'label = { en = "incident level 4 (major, most severe)", zh-Hant = "第四級事件（重大，最嚴重）" }, major = true },'
)
_WORSE = '{ en = "incident level 5 (national crisis)", zh-Hant = "第五級事件（國家級危機）" }'
LEVEL = (_WORST, f'{_WORST}\n  {{ code = "5", rank = 5, label = {_WORSE}, major = true }},')
"""A fifth level of incidents."""
CELL = (
    'dimension = "integrity", object = "national_secret", minor = "4", serious = "4"',
    'dimension = "integrity", object = "national_secret", minor = "4", serious = "5"',
)
EIGHT_HOURS, SIX_HOURS = 'offset = "PT8H"', 'offset = "PT6H"'
REVIEW = (EIGHT_HOURS, SIX_HOURS)
MINISTRY = """
[[ministries]]
code = "mnd"
label = { en = "Ministry of Digital Oceans", zh-Hant = "數位海洋部" }
authority = "MOEA"
basis = { source = "ministries", confidence = "default" }
overrides = [
  { code = "cip-plan", label = { en = "plan", zh-Hant = "維護計畫" }, due = "06-15" },
]
"""
"""A ninth ministry with a day of its own."""


def shipped(name: str) -> str:
    return (SHIPPED / f"{name}.toml").read_text(encoding="utf-8")


def edited(name: str, *changes: tuple[str, str], more: str = "") -> str:
    """The text of a shipped profile with changes, each of which is found."""
    text = shipped(name)
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text + more


def copy(folder: Path) -> Path:
    """Both profiles of Taiwan with a fifth level, six hours instead of eight, and a ninth ministry."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "TW-2021.toml").write_text(edited("TW-2021", LEVEL, more=MINISTRY), encoding="utf-8")
    (folder / "TW-2026.toml").write_text(edited("TW-2026", REVIEW, CELL), encoding="utf-8")
    return folder
