"""The Chinese of the product: complete, in step with the code, and written as in Taiwan."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

import polib
import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "tongbao"
PLACE = Path("locale", "zh_Hant", "LC_MESSAGES", "django.po")

PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|\$\{\w+\}|(?<!\$)\{\w*\}")
HAN = "\u4e00-\u9fa5"
HALF_WIDTH = re.compile(f"[{HAN}] *[,;:?!().](?: *[{HAN}]|$)")
"""A mark of Western width after a Chinese character, with another or nothing behind it."""

MAINLAND = (
    *("信息", "網絡", "服務器", "用戶", "默認", "軟件", "硬件", "鏈接", "屏幕", "視頻", "音頻", "郵箱", "賬", "登錄"),
    *("登陸", "菜單", "界面", "激活", "卸載", "內存", "硬盤", "鼠標", "打印", "短信", "互聯網", "博客", "緩存", "線程"),
    *("數據", "設置", "創建", "刷新", "加載", "調用", "接口", "批量", "渠道", "反饋", "優化", "兼容", "缺省", "字節"),
)
"""Words that are not said so in Taiwan, or mean something else there."""
NAMES = ("國土安全政策會報設置及作業規定",)
"""Names of laws, which are quoted as they are."""


@cache
def catalogue() -> polib.POFile:
    return polib.pofile(str(PACKAGE / PLACE))


def keys(entries: polib.POFile) -> set[tuple[str, str]]:
    return {(each.msgctxt or "", each.msgid) for each in entries if not each.obsolete}


def said(entry: polib.POEntry) -> list[str]:
    """The Chinese of an entry, every plural form of it."""
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def strings(value: Any) -> Iterator[str]:
    """Every text in a TOML document."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from strings(each)


def written() -> Iterator[tuple[str, str]]:
    """Every text with Chinese in it that a visitor may see, with the file that it stands in."""
    for entry in catalogue():
        yield from ((f"django.po: {entry.msgid}", text) for text in said(entry))
    for path in PACKAGE.rglob("*.toml"):
        yield from ((path.name, text) for text in strings(tomllib.loads(path.read_text(encoding="utf-8"))))
    for path in PACKAGE.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        texts = (
            node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
        )
        yield from ((path.name, text) for text in texts)
    for path in chain(PACKAGE.rglob("*.html"), PACKAGE.rglob("*.txt")):
        yield from (
            (path.name, text) for text in re.split(r"<[^>]*>|\{[%{].*?[%}]\}", path.read_text(encoding="utf-8"))
        )


@cache
def chinese() -> tuple[tuple[str, str], ...]:
    return tuple((place, text) for place, text in written() if re.search(f"[{HAN}]", text))


def test_it_says_everything_in_chinese():
    entries = catalogue()
    assert len(entries) > 800
    assert [each.msgid for each in entries if not all(text.strip() for text in said(each))] == []
    assert [each.msgid for each in entries if each.fuzzy] == []
    assert [each.msgid for each in entries.obsolete_entries()] == []


def test_it_declares_the_language_and_that_it_has_no_plural():
    entries = catalogue()
    assert not entries.metadata_is_fuzzy
    assert entries.metadata["Language"] == "zh_Hant"
    assert entries.metadata["Content-Type"].lower() == "text/plain; charset=utf-8"
    assert entries.metadata["Plural-Forms"] == "nplurals=1; plural=0;"
    assert [each.msgid for each in entries if each.msgid_plural and len(each.msgstr_plural) != 1] == []


def test_it_keeps_every_placeholder_and_invents_none():
    wrong = []
    for each in catalogue():
        asked = set(PLACEHOLDER.findall(each.msgid) + PLACEHOLDER.findall(each.msgid_plural))
        wrong += [(each.msgid, text) for text in said(each) if set(PLACEHOLDER.findall(text)) != asked]
    assert wrong == []


def test_it_uses_the_same_placeholders_in_both_languages_of_every_notice():
    for path in (PACKAGE / "notices" / "wording").glob("*.toml"):
        wording = tomllib.loads(path.read_text(encoding="utf-8"))
        for part in ("title", "body"):
            found = {language: sorted(set(PLACEHOLDER.findall(text))) for language, text in wording[part].items()}
            assert found["en"] == found["zh-Hant"], (path.name, part)


@pytest.mark.skipif(shutil.which("xgettext") is None, reason="the gettext programs are not installed")
def test_it_holds_every_sentence_of_the_code_and_no_other(tmp_path: Path):
    copy = tmp_path / "tongbao"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__", "static", "locale", "migrations"))
    (copy / "locale").mkdir()
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    subprocess.run(
        [sys.executable, "-m", "django", "makemessages", "-l", "zh_Hant"],
        cwd=copy,
        env=environment,
        capture_output=True,
        check=True,
        timeout=120,
    )
    collected, kept = keys(polib.pofile(str(copy / PLACE))), keys(catalogue())
    assert collected - kept == set(), "not in the catalogue: run make messages and translate"
    assert kept - collected == set(), "no longer used: run make messages"


def unquoted(text: str) -> str:
    for name in NAMES:
        text = text.replace(name, "")
    return text


def test_it_speaks_as_people_do_in_taiwan():
    assert [(place, text, word) for place, text in chinese() for word in MAINLAND if word in unquoted(text)] == []


def test_it_writes_traditional_characters():
    """Big5 has every character in use in Taiwan, and hardly one of the simplified ones."""
    simplified = []
    for place, text in chinese():
        try:
            "".join(re.findall(f"[{HAN}]", text)).encode("cp950")
        except UnicodeEncodeError as error:
            simplified.append((place, error.object[error.start : error.end]))
    assert simplified == []


def test_it_puts_full_width_marks_between_chinese_characters():
    assert [(place, text) for place, text in chinese() if HALF_WIDTH.search(text)] == []


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("已收到,謝謝", True),
        ("請稍候.", True),
        ("案件(一)結案", True),
        ("期限: 明日", True),
        ("已收到，謝謝。", False),
        ("共 3 件（TLP:GREEN）", False),
        ("如 name@example.org。", False),
    ],
)
def test_it_knows_a_half_width_mark_when_it_sees_one(text: str, wrong: bool):
    assert bool(HALF_WIDTH.search(text)) is wrong
