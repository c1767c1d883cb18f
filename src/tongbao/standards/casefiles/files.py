"""A whole file: one case, a list of them, or a listing."""

from collections.abc import Callable
from typing import Any

import msgspec

from tongbao.kernel.refusals import Invalid
from tongbao.standards.casefiles import iris, rt, thehive
from tongbao.standards.casefiles.model import ForeignCase, Product
from tongbao.standards.casefiles.reading import Row

MOST_CASES = 5000
PRODUCTS: dict[Product, str] = {"rtir": "RTIR", "thehive": "TheHive", "dfir-iris": "DFIR-IRIS"}
_READS: dict[Product, Callable[[Row], ForeignCase]] = {
    "rtir": rt.case,
    "thehive": thehive.case,
    "dfir-iris": iris.case,
}


def read(product: Product, content: bytes) -> list[ForeignCase]:
    """The cases in a file, each with what cannot be read in it. Raises Invalid for a file that is none."""
    try:
        raw = msgspec.json.decode(content.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Invalid.one("file", "json-unreadable", detail=str(error)[:200]) from None
    rows = _rows(raw)
    if not rows or not all(isinstance(each, dict) for each in rows):
        raise Invalid.one("file", "shape", detail="Expected an object or a list of objects")
    if len(rows) > MOST_CASES:
        raise Invalid.one("file", "too-many", most=MOST_CASES)
    return [_READS[product](Row(each, f"[{at}]")) for at, each in enumerate(rows)]


def _rows(raw: Any) -> list[Any]:
    if isinstance(raw, dict) and isinstance(raw.get("items"), list):
        return list(raw["items"])
    return raw if isinstance(raw, list) else [raw]
