"""A request ends within its time and its size, and with somebody who has proved the name."""

import gzip
import socket
import threading
import time
import zlib
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.net.servers import (
    HERE,
    NAME,
    OTHER,
    Answer,
    Authority,
    Site,
    floods,
    guard,
    here,
    refused,
    says,
    sends_on,
    silence,
    trickles,
)
from tongbao import net
from tongbao.kernel.refusals import Refusal

_HEAD = b"HTTP/1.1 200 OK\r\nConnection: close\r\n"
_CHUNKED = _HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
_ZEROS = gzip.compress(bytes(20_000_000), 9)


def chunk(content: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(content), content)


@pytest.mark.parametrize(
    "answer",
    [
        floods(_HEAD + b"Content-Length: 50000000\r\n\r\n", bytes(100_000), 500),
        floods(_HEAD + b"\r\n", bytes(100_000), 500),
        floods(_CHUNKED, chunk(bytes(100_000)), 500),
        floods(_HEAD + b"Content-Encoding: gzip\r\n\r\n", _ZEROS, 1),
        floods(_CHUNKED.replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n"), chunk(_ZEROS), 1),
        floods(_HEAD + b"Content-Encoding: deflate\r\n\r\n", zlib.compress(bytes(20_000_000), 9), 1),
    ],
    ids=["announced", "unannounced", "in chunks", "packed", "packed in chunks", "deflated"],
)
def test_it_stops_at_the_most_it_takes(
    authority: Authority, site: Site, answers: dict[str, Answer], answer: Answer
) -> None:
    answers["/"] = answer
    bounds = guard(authority, (NAME, site.port))
    started = time.monotonic()
    assert refused(site, bounds, max_bytes=1_000_000, timeout=5).code == "outbound-too-large"
    assert time.monotonic() - started < 2


@pytest.mark.parametrize(("most", "fits"), [(4, False), (5, True)])
def test_it_takes_exactly_as_much_as_it_may(authority: Authority, site: Site, most: int, fits: bool) -> None:
    bounds = guard(authority, (NAME, site.port))
    if fits:
        assert net.fetch(f"https://{NAME}:{site.port}/", max_bytes=most, guard=bounds).body == b"hello"
    else:
        assert refused(site, bounds, max_bytes=most).code == "outbound-too-large"


@pytest.mark.parametrize(
    "answer",
    [
        trickles(_HEAD + b"Content-Length: 100000\r\n\r\n", b"x", every=0.05),
        trickles(_CHUNKED, b"1\r\nx\r\n", every=0.05),
        trickles(_HEAD + b"X-Slow: ", b"x", every=0.05),
        trickles(b"", b"", every=0.05),
    ],
    ids=["body", "chunks", "headers", "nothing"],
)
def test_it_waits_no_longer_in_all_however_it_trickles(
    authority: Authority, site: Site, answers: dict[str, Answer], answer: Answer
) -> None:
    answers["/"] = answer
    started = time.monotonic()
    refusal = refused(site, guard(authority, (NAME, site.port)), timeout=0.5)
    assert refusal.code == "outbound-too-slow"
    assert not refusal.permanent
    assert 0.4 < time.monotonic() - started < 1.5


def test_it_shares_its_time_with_its_redirects(authority: Authority, site: Site, answers: dict[str, Answer]) -> None:
    def slowly(handler: Any) -> None:
        time.sleep(0.3)
        sends_on("/")(handler)

    answers["/"] = slowly
    started = time.monotonic()
    assert refused(site, guard(authority, (NAME, site.port)), timeout=0.8).code == "outbound-too-slow"
    assert time.monotonic() - started < 1.5


def test_it_does_not_wait_for_a_greeting_that_never_comes(authority: Authority) -> None:
    with silence() as port:
        refusal = refused(port, guard(authority, (NAME, port)), timeout=0.3)
    assert refusal.code == "outbound-too-slow"


def test_it_does_not_wait_for_a_resolver_that_never_answers(authority: Authority) -> None:
    done = threading.Event()

    def resolve(host: str, port: int) -> list[str]:
        done.wait(5)
        return [HERE]

    started = time.monotonic()
    refusal = refused(443, guard(authority, (NAME, 443), resolve=resolve), timeout=0.3)
    done.set()
    assert refusal.code == "outbound-too-slow"
    assert time.monotonic() - started < 1


def test_it_says_when_a_name_or_a_server_is_not_there(authority: Authority) -> None:
    def unknown(host: str, port: int) -> list[str]:
        raise socket.gaierror(-2, "Name or service not known")

    with socket.create_server((HERE, 0)) as closed:
        port = int(closed.getsockname()[1])
    nothing = refused(port, guard(authority, (NAME, port)))
    nowhere = refused(port, guard(authority, (NAME, port), resolve=unknown))
    empty = refused(port, guard(authority, (NAME, port), resolve=lambda host, port: []))
    assert [each.code for each in (nothing, nowhere, empty)] == [
        "outbound-away",
        "outbound-unresolved",
        "outbound-unresolved",
    ]
    assert not any(each.permanent for each in (nothing, nowhere, empty))


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\nConnection: close\r\n\r\nhalf",
        b"nonsense\r\n\r\n",
        _CHUNKED + b"zz\r\n",
    ],
    ids=["half", "nonsense", "bad chunk"],
)
def test_it_says_when_an_answer_breaks_off(
    authority: Authority, site: Site, answers: dict[str, Answer], head: bytes
) -> None:
    answers["/"] = floods(head, b"", 0)
    assert refused(site, guard(authority, (NAME, site.port))).code == "outbound-away"


# Certificates


def test_it_believes_only_a_certificate_for_the_name_it_asked_for(authority: Authority) -> None:
    with Site(authority.server(OTHER), {"/": says()}) as wrong:
        refusal = refused(wrong, guard(authority, (NAME, wrong.port)))
        assert refusal.code == "outbound-certificate"
        assert refusal.permanent
        assert not wrong.asked


def test_it_does_not_believe_a_certificate_for_the_address(authority: Authority) -> None:
    """The connection goes to the address, the proof is of the name."""
    with Site(authority.server(HERE), {"/": says()}) as wrong:
        assert refused(wrong, guard(authority, (NAME, wrong.port))).code == "outbound-certificate"


def test_it_believes_no_stranger_and_nothing_expired(authority: Authority, tmp_path: Path) -> None:
    stranger = Authority(tmp_path)
    for context in (stranger.server(NAME), authority.server(NAME, days=-1)):
        with Site(context, {"/": says()}) as wrong:
            assert refused(wrong, guard(authority, (NAME, wrong.port))).code == "outbound-certificate"


def test_it_fails_in_a_way_that_views_and_libraries_both_understand(authority: Authority) -> None:
    with pytest.raises(requests.RequestException) as failure:
        net.session(purpose="test", guard=guard(authority, resolve=here)).get(f"https://{NAME}/")
    assert isinstance(failure.value, Refusal)
    assert failure.value.params == {"host": NAME}
    assert failure.value.status == 502
