"""What holds for every input: counting once, the longest prefix, no row lost, two ways of reading that agree."""

import ipaddress
import tempfile
from datetime import datetime
from pathlib import Path

import polars as pl
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.engines.shared import run
from tests.engines.test_bad_input import HEAD
from tongbao.engines.telemetry import prefixes, readings, records
from tongbao.engines.telemetry.blocks import Block
from tongbao.engines.telemetry.seen import Seen, keys


@st.composite
def networks(draw: st.DrawFn) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    """Of both kinds, crowded into a corner so that they nest."""
    if draw(st.booleans()):
        number, length = (203 << 24) + draw(st.integers(0, 2**10 - 1)), draw(st.integers(18, 32))
        return ipaddress.ip_network((number >> (32 - length) << (32 - length), length))
    number, length = (0x20010DB8 << 96) + draw(st.integers(0, 2**10 - 1)), draw(st.integers(100, 128))
    return ipaddress.ip_network((number >> (128 - length) << (128 - length), length))


addresses = st.one_of(
    st.integers(0, 2**10 - 1).map(lambda low: ipaddress.ip_address((203 << 24) + low)),
    st.integers(0, 2**10 - 1).map(lambda low: ipaddress.ip_address((0x20010DB8 << 96) + low)),
    st.ip_addresses(),
)


@given(st.dictionaries(networks(), st.sampled_from(["a", "b", "c"]), max_size=30), st.lists(addresses, max_size=30))
def test_it_finds_the_longest_prefix(
    owned: dict[ipaddress.IPv4Network | ipaddress.IPv6Network, str],
    asked: list[ipaddress.IPv4Address | ipaddress.IPv6Address],
) -> None:
    orgs = list(owned.values())
    known = prefixes.Table({prefixes.prefix(str(network)): at for at, network in enumerate(owned)})
    found = known.find(pl.Series([str(each) for each in asked], dtype=pl.String))
    for address, place in zip(asked, found, strict=True):
        around = [each for each in owned if each.version == address.version and address in each]
        longest = max(around, key=lambda each: each.prefixlen, default=None)
        assert (None if place is None else orgs[place]) == (None if longest is None else owned[longest])


rows = st.tuples(st.sampled_from(["a", "b", None]), st.integers(0, 3) | st.none())


@given(st.lists(st.lists(rows, max_size=12), max_size=8))
def test_it_counts_the_first_of_equal_rows_whatever_the_blocks(
    blocks: list[list[tuple[str | None, int | None]]],
) -> None:
    seen, before = Seen(), set()
    for block in blocks:
        frame = pl.DataFrame(block, schema={"a": pl.String, "b": pl.Int64}, orient="row")
        for row, first in zip(block, seen.first(keys(frame)), strict=True):
            assert first == (row not in before)
            before.add(row)


cells = st.text(alphabet='ab",;\n\r =\0é', max_size=4)


@example([',,,;","'])
@given(st.lists(st.lists(cells, min_size=1, max_size=5).map(",".join), max_size=6))
def test_it_reads_a_block_the_same_either_way(lines: list[str]) -> None:
    block = Block(1, ("\n".join(lines) + "\n").encode())
    fast = records._fast(block, 3, ",")
    if fast is None:
        return
    careful = records._careful(block, 3, ",")
    assert fast[0][:, :3].fill_null("").rows() == careful[0].rows()
    assert fast[1].to_list() == careful[1].to_list()
    assert fast[2] == careful[2]


line = st.one_of(
    st.sampled_from(
        [
            "2026-03-04 00:00:01,198.51.100.1,23,tcp",
            "2026-03-04 00:00:02,198.51.100.1,23,tcp",
            "2026-03-04 00:00:01,2001:db8::1,23,udp",
            "2026-03-04 00:00:01,10.0.0.1,23,tcp",
            "2026-03-04 00:00:01,198.51.100.2,99999,tcp",
            '"2026-03-04 00:00:01","198.51.100.3",,"tcp"',
            "never,198.51.100.1,1,tcp",
        ]
    ),
    st.text(alphabet='0123,.:"x\n\0 ', max_size=30),
)


@settings(max_examples=40)
@given(st.lists(st.lists(line, max_size=8), min_size=1, max_size=3))
def test_it_loses_no_row(files: list[list[str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{number}.csv" for number in range(len(files))]
        for path, lines in zip(paths, files, strict=True):
            path.write_text(HEAD + "\n".join(lines) + "\n")
        summary = run(Path(folder), paths, "scan_telnet", {"198.51.100.0/25": "we"})
        assert summary.rows == summary.rejected + summary.duplicates + summary.kept
        assert pl.read_parquet(Path(folder) / "out" / "events.parquet").height == summary.kept
        assert summary.attributed <= summary.kept


SHAPES = (
    "%a, %d %b %Y %H:%M:%S GMT",
    "%a, %d %b %y %H:%M:%S GMT",
    "%d %b %Y %H:%M:%S +0800",
    "%Y-%m-%d %H:%M:%S",
    "%c",
)
said = st.builds(
    lambda moment, shape, wrong: moment.strftime(shape).replace(*wrong),
    st.datetimes(datetime(1970, 1, 1), datetime(2099, 1, 1)),
    st.sampled_from(SHAPES),
    st.sampled_from([("", ""), ("Mon", "Tue"), (":59 ", ":60 "), ("Jan", "jan"), (" 31 ", " 32 "), (" 20", "   ")]),
)


@given(st.lists(said, min_size=1, max_size=8))
def test_it_reads_a_column_of_dates_as_it_reads_each(cells: list[str]) -> None:
    for read, one in ((readings.moment, readings._any_moment), (readings.strict_moment, readings._iso_moment)):
        values, _ = read(pl.Series(cells, dtype=pl.String))
        for cell, value in zip(cells, values, strict=True):
            try:
                expected: datetime | None = one(cell)
            except ValueError:
                expected = None
            assert value == expected, cell
