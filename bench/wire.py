"""The first console page as ``serve`` sends it: bytes of page, style and scripts, compressed."""

from typing import Any
from urllib.parse import urljoin

import requests
from bs4 import BeautifulSoup

from bench.homes import Home


def measure(home: Home, cookie: str) -> dict[str, Any]:
    """What a browser without a cache fetches for /console/. The icon is counted beside the sum."""
    home.instance.serve("--workers", "0")
    url = home.instance.url + "/console/"
    page, encoding, content = _fetch(url, cookie)
    soup = BeautifulSoup(content, "html.parser")
    wanted = [str(link["href"]) for link in soup.find_all("link", rel="stylesheet")]
    wanted += [str(script["src"]) for script in soup.find_all("script", src=True)]
    parts = {"page": {"bytes": page, "encoding": encoding, "plain": len(content)}}
    for path in wanted:
        size, encoding, plain = _fetch(urljoin(url, path), cookie)
        parts[path.rpartition("/")[2]] = {"bytes": size, "encoding": encoding, "plain": len(plain)}
    home.instance.stop()
    return {"parts": parts, "bytes": sum(each["bytes"] for each in parts.values())}


def _fetch(url: str, cookie: str) -> tuple[int, str, bytes]:
    """Size on the wire (body only), encoding, and the content itself."""
    headers = {"Accept-Encoding": "br, gzip", "Cookie": cookie}
    with requests.get(url, headers=headers, stream=True, timeout=30, allow_redirects=False) as answer:
        if answer.status_code != 200:
            raise RuntimeError(f"{url}: {answer.status_code}")
        raw = answer.raw.read(decode_content=False)
        encoding = answer.headers.get("Content-Encoding", "")
    return len(raw), encoding, _decoded(raw, encoding)


def _decoded(raw: bytes, encoding: str) -> bytes:
    if encoding == "br":
        import brotli

        return bytes(brotli.decompress(raw))
    if encoding == "gzip":
        import gzip

        return gzip.decompress(raw)
    return raw
