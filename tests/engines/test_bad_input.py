"""Whatever comes in: nothing accepted is lost, nothing counts twice, every refused line is kept with its reason."""

import gzip
import io
import zipfile
from email.message import EmailMessage
from pathlib import Path

import polars as pl
import pytest

from tests.engines.shared import events, rejects, run
from tongbao.engines.telemetry import blocks, opening

HEAD = "timestamp,ip,port,protocol,hostname,tag,asn,geo,region,city,naics,sic\n"
ROW = '"2026-03-04 00:00:0{0}","198.51.100.{0}",23,tcp,host{0}.example.net,telnet,64496,TW,TAIPEI,TAIPEI,0,0\n'
GOOD = HEAD + "".join(ROW.format(n) for n in range(1, 4))


def put(path: Path, data: str | bytes) -> Path:
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def balanced(tmp_path: Path, data: str | bytes, name: str = "scan_telnet.csv") -> tuple[int, list[tuple[int, str]]]:
    """Rows kept, and line and reason of every reject, after what must always hold was checked."""
    summary = run(tmp_path, [put(tmp_path / name, data)], "scan_telnet")
    assert summary.rows == summary.rejected + summary.duplicates + summary.kept
    written = rejects(tmp_path)
    assert len(written) == summary.rejected
    assert all(each.keys() == {"file", "line", "reason", "raw"} for each in written)
    assert pl.read_parquet(tmp_path / "out" / "events.parquet").height == summary.kept
    return summary.kept, [(each["line"], each["reason"]) for each in written]


def test_it_takes_a_good_file(tmp_path: Path) -> None:
    assert balanced(tmp_path, GOOD) == (3, [])


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_it_minds_neither_byte_order_mark_nor_line_ends(tmp_path: Path, line_end: str, mark: str) -> None:
    assert balanced(tmp_path, (mark + GOOD).replace("\n", line_end)) == (3, [])


def test_it_reads_utf_16_that_says_so(tmp_path: Path) -> None:
    assert balanced(tmp_path, GOOD.encode("utf-16")) == (3, [])


def test_it_refuses_lines_in_another_encoding(tmp_path: Path) -> None:
    spoilt = GOOD.encode() + ROW.format(5).replace("TAIPEI", "臺北").encode("big5") + ROW.format(6).encode()
    assert balanced(tmp_path, spoilt) == (4, [(5, "encoding")])


def test_it_refuses_nul_bytes(tmp_path: Path) -> None:
    assert balanced(tmp_path, GOOD + ROW.format(5).replace("telnet", "tel\0net")) == (3, [(5, "nul-byte")])


def test_it_refuses_every_row_under_another_delimiter(tmp_path: Path) -> None:
    kept, refused = balanced(tmp_path, GOOD.replace(",", ";"))
    assert kept == 0
    assert refused == [(line, "columns-missing: timestamp, ip, port") for line in (2, 3, 4)]


def test_it_loses_no_row_where_the_header_is_missing(tmp_path: Path) -> None:
    kept, refused = balanced(tmp_path, GOOD.removeprefix(HEAD))
    assert kept == 0
    assert [line for line, _ in refused] == [1, 2, 3]


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (("2026-03-04 00:00:01", "2026-02-30 00:00:01"), "timestamp: '2026-02-30 00:00:01' cannot be read"),
        (("2026-03-04 00:00:01", ""), "timestamp: '' cannot be read"),
        (("2026-03-04 00:00:01", "yesterday"), "timestamp: 'yesterday' cannot be read"),
        ((",23,", ",99999,"), "port: '99999' cannot be read"),
        ((",23,", ",-1,"), "port: '-1' cannot be read"),
        ((",23,", ",twenty,"), "port: 'twenty' cannot be read"),
        (("64496", "AS64496"), "asn: 'AS64496' cannot be read"),
        (("198.51.100.1", "10.1.2.3"), "address: private, reserved or none"),
        (("198.51.100.1", "127.0.0.1"), "address: private, reserved or none"),
        (("198.51.100.1", "0.0.0.0"), "address: private, reserved or none"),
        (("198.51.100.1", "224.0.0.251"), "address: private, reserved or none"),
        (("198.51.100.1", "fe80::1"), "address: private, reserved or none"),
        (("198.51.100.1", "fd00::1"), "address: private, reserved or none"),
        (("198.51.100.1", "300.1.2.3"), "address: private, reserved or none"),
    ],
)
def test_it_refuses_what_cannot_be(tmp_path: Path, wrong: tuple[str, str], reason: str) -> None:
    assert balanced(tmp_path, GOOD.replace(*wrong, 1)) == (2, [(2, reason)])


def test_it_takes_private_addresses_that_somebody_has_put_down(tmp_path: Path) -> None:
    file = put(tmp_path / "scan_telnet.csv", GOOD.replace("198.51.100.", "10.0.0."))
    summary = run(tmp_path, [file], "scan_telnet", {"10.0.0.0/30": "ministry"})
    assert (summary.kept, summary.attributed, summary.rejected) == (3, 3, 0)


def test_it_refuses_rows_with_more_cells_than_columns_and_fills_up_shorter_ones(tmp_path: Path) -> None:
    longer, shorter = ROW.format(5).replace("\n", ",more\n"), ",".join(ROW.format(6).split(",")[:6]) + "\n"
    assert balanced(tmp_path, GOOD + longer + shorter) == (4, [(5, "columns: more than in the header")])


def test_it_confines_a_quote_that_nothing_closes(tmp_path: Path) -> None:
    kept, refused = balanced(tmp_path, GOOD + ROW.format(5).replace("telnet,", '"telnet,') + ROW.format(6))
    assert kept == 4
    assert refused == [(5, "csv: a quote is not closed")]


def test_it_reads_quoted_line_ends_and_numbers_lines_on(tmp_path: Path) -> None:
    spread = ROW.format(5).replace("telnet,", '"tel\nnet",')
    assert balanced(tmp_path, GOOD + spread + "nothing\n")[1] == [(7, "timestamp: 'nothing' cannot be read")]


def test_it_refuses_a_line_that_is_longer_than_a_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.BytesIO(b"a,b\n" + b"1,2\n" * 50 + b"x" * 5000 + b"\n3,4\n")
    found = list(blocks.cut(stream, size=256))
    faults = [each for each in found if isinstance(each, blocks.Fault)]
    assert [(each.line, each.reason) for each in faults] == [(52, "line-too-long")]
    rest = b"".join(each.data for each in found if isinstance(each, blocks.Block))
    assert rest == b"a,b\n" + b"1,2\n" * 50 + b"3,4\n"
    last = found[-1]
    assert isinstance(last, blocks.Block)
    assert last.line == 53


def test_it_reads_gzip_and_zip(tmp_path: Path) -> None:
    assert balanced(tmp_path, gzip.compress(GOOD.encode()), "a.csv.gz") == (3, [])
    assert balanced(tmp_path, zipped(GOOD), "a.csv.zip") == (3, [])


def zipped(*texts: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, text in enumerate(texts):
            archive.writestr(f"../../{number}-scan_telnet.csv", text)
    return packed.getvalue()


def test_it_keeps_what_came_before_the_end_of_a_cut_off_gzip(tmp_path: Path) -> None:
    many = HEAD + "".join(ROW.format(n % 9 + 1).replace("host", f"h{n}x") for n in range(5000))
    packed = gzip.compress(many.encode())
    summary = run(tmp_path, [put(tmp_path / "scan_telnet.csv.gz", packed[: len(packed) // 2])], "scan_telnet")
    assert summary.kept + summary.duplicates > 100
    (fault,) = rejects(tmp_path)
    assert fault["reason"].startswith("archive-damaged")
    assert fault["line"] == summary.rows + 1


def test_it_says_that_a_zip_is_cut_off(tmp_path: Path) -> None:
    packed = zipped(GOOD)
    kept, refused = balanced(tmp_path, packed[: len(packed) // 2], "scan_telnet.zip")
    assert kept == 0
    ((line, reason),) = refused
    assert (line, reason.split(":")[0]) == (0, "archive-damaged")


def test_it_stops_at_a_bomb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "_GRACE", 10_000)
    bomb = gzip.compress((GOOD + "x" * 3_000_000).encode())
    kept, refused = balanced(tmp_path, bomb, "scan_telnet.csv.gz")
    assert [reason.split(":")[0] for _, reason in refused] == ["archive-bomb"]
    assert kept in (0, 3)


def test_it_counts_a_file_that_comes_twice_once(tmp_path: Path) -> None:
    files = [put(tmp_path / "scan_telnet.csv", GOOD), put(tmp_path / "another name.csv", GOOD)]
    summary = run(tmp_path, files, "scan_telnet")
    assert (summary.rows, summary.kept, summary.duplicates) == (6, 3, 3)


def test_it_takes_an_empty_file(tmp_path: Path) -> None:
    assert balanced(tmp_path, "") == (0, [])
    assert balanced(tmp_path, HEAD) == (0, [])


def mail(*attached: tuple[str, bytes]) -> bytes:
    message = EmailMessage()
    message["From"], message["To"] = "reports@source.example", "cert@office.example"
    message["Subject"], message["Date"] = "Daily report", "Wed, 04 Mar 2026 06:00:00 +0000"
    message.set_content("See the attachment.")
    for name, content in attached:
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def test_it_reads_mails_that_carry_zipped_tables(tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    for part in ("new", "cur", "tmp"):
        (spool / part).mkdir(parents=True)
    put(spool / "new" / "1.host", mail(("2026-03-04-scan_telnet-tw.csv.zip", zipped(GOOD))))
    put(spool / "cur" / "2.host:2,S", mail(("scan_telnet.csv", ROW.format(5).encode()), ("x.png", b"no table")))
    files = opening.expanded([spool])
    assert [file.name for file in files] == ["1.host", "2.host:2,S"]
    summary = run(tmp_path, files, "scan_telnet")
    assert (summary.rows, summary.kept, summary.rejected) == (4, 3, 1)
    assert rejects(tmp_path)[0]["file"].endswith("2.host:2,S:scan_telnet.csv")


def test_it_says_that_a_mail_carries_no_table(tmp_path: Path) -> None:
    assert balanced(tmp_path, mail(), "scan_telnet.eml")[1] == [(0, "mail-without-table: nothing attached that is one")]


ARF = b"""From: <abuse@source.example>\r
To: <cert@office.example>\r
Subject: FW: Earn money\r
Date: Wed, 04 Mar 2026 07:00:00 +0000\r
MIME-Version: 1.0\r
Content-Type: multipart/report; report-type=feedback-report; boundary="part"\r
\r
--part\r
Content-Type: text/plain\r
\r
This is an abuse report.\r
--part\r
Content-Type: message/feedback-report\r
\r
Feedback-Type: abuse\r
User-Agent: MadeUp/0.1\r
Version: 1\r
Arrival-Date: Wed, 04 Mar 2026 14:00:00 +0800\r
Source-IP: 198.51.100.77\r
\r
--part--\r
"""


def test_it_reads_complaints(tmp_path: Path) -> None:
    (event,), refused = events(put(tmp_path / "arf.eml", ARF), "arf")
    assert refused == []
    assert (event["time.source"], event["source.ip"]) == ("2026-03-04T06:00:00+00:00", "198.51.100.77")
    assert (event["classification.type"], event["classification.identifier"]) == ("spam", "abuse")
    report = (
        b"Category: abuse\nReport-Type: login-attack\nSource: 198.51.100.78\nDate: 2026-03-04T01:00:00Z\nService: ssh\n"
    )
    (event,), _ = events(put(tmp_path / "xarf.eml", mail(("report.txt", report))), "xarf")
    assert (event["source.ip"], event["classification.type"]) == ("198.51.100.78", "brute-force")


def test_it_reads_idea_events(tmp_path: Path) -> None:
    line = (
        '{"Format":"IDEA0","ID":"x-1","DetectTime":"2026-03-04T01:02:03Z","Category":["Recon.Scanning"],'
        '"Source":[{"IP4":["198.51.100.79"],"Port":[4242],"Proto":["tcp"]}],"Target":[{"IP4":["203.0.113.1"]}]}\n'
    )
    (event,), _ = events(put(tmp_path / "e.idea", line), "idea0")
    assert (event["source.ip"], event["source.port"], event["destination.ip"]) == ("198.51.100.79", 4242, "203.0.113.1")
    assert (event["classification.taxonomy"], event["classification.type"]) == ("information-gathering", "scanner")
