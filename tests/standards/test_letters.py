"""A mail that somebody reports with: all of it is read, nothing in it can do harm, what stays closed is said."""

import io
import zipfile
from email.message import EmailMessage

import pytest

from tongbao.standards import abuse, charsets, letters

ZH = "主旨：您的網路銀行帳號異常，請儘速登入更新密碼"
SIMPLE = "您的账号出现异常，请点击链接验证您的密码"
JA = "ご利用のお客様へ、銀行口座の確認が必要です"


def mail(text: str = "hello", **headers: str) -> EmailMessage:
    message = EmailMessage()
    for name, value in {"from": "Ms Wang <wang@mail.example>", "to": "csirt@nco.example", "subject": "a"}.items():
        message[name] = headers.pop(name, value)
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message


def zipped(**files: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "."), content)
    return made.getvalue()


@pytest.mark.parametrize("declared", ["", "us-ascii", "utf-8", "nonsense", "iso-8859-1", "gb2312"])
@pytest.mark.parametrize("encoding", ["big5", "utf-8"])
def test_it_reads_chinese_whatever_its_encoding_is_called(encoding: str, declared: str) -> None:
    assert charsets.decoded(ZH.encode(encoding), declared).text == ZH


@pytest.mark.parametrize(
    ("text", "encoding", "declared"),
    [
        (SIMPLE, "gbk", "utf-8"),
        (SIMPLE, "gbk", "big5"),
        (JA, "shift_jis", ""),
        (JA, "euc_jp", "us-ascii"),
        (JA, "iso2022_jp", "us-ascii"),
        ("naïve café", "cp1252", "iso-8859-1"),
    ],
)
def test_it_reads_its_neighbours(text: str, encoding: str, declared: str) -> None:
    assert charsets.decoded(text.encode(encoding), declared).text == text


def test_it_says_where_bytes_stand_for_nothing() -> None:
    found = charsets.decoded(b"\xff\xfe\xfd\x81\x00\xff", "utf-8")
    assert found.how in {"lossy", "guessed"}


def test_it_reads_a_subject_of_bare_bytes() -> None:
    raw = b"From: a@b.example\r\nSubject: " + ZH.encode("big5") + b"\r\n\r\nx"
    assert letters.read(raw).subject == ZH


def test_it_reads_who_what_and_what_it_answers() -> None:
    found = letters.read(
        mail(
            "see http://evil.example/",
            subject="Re: [CERT-ARC #2024 17] [TB-R ABCDEFGHIJ] phish",
            message_id="<2@mail.example>",
            in_reply_to="<1@nco.example>",
            references="<0@x.example> <1@nco.example>",
        ).as_bytes()
    )
    assert (found.sender, found.sender_name) == ("wang@mail.example", "Ms Wang")
    assert (found.message_id, found.answers) == ("2@mail.example", ("1@nco.example", "0@x.example"))
    assert found.text == "see http://evil.example/"


@pytest.mark.parametrize(
    ("subject", "tickets"),
    [
        ("[CERT-ARC #201711] phish", ("CERT-ARC #201711",)),
        ("Fwd: [RT #12] [Case: AB-12]", ("RT #12", "Case: AB-12")),
        ("[list] nothing", ()),
    ],
)
def test_it_keeps_the_numbers_of_others(subject: str, tickets: tuple[str, ...]) -> None:
    assert letters.read(mail(subject=subject).as_bytes()).tickets == tickets


def test_it_makes_words_of_a_page_and_runs_nothing() -> None:
    message = mail()
    message.set_content("<p>請點</p><script>alert(1)</script><img src=http://x.example/p.gif>", subtype="html")
    found = letters.read(message.as_bytes())
    assert found.text == "請點"
    assert found.problems == ("html-only",)


def test_it_takes_what_is_attached_and_a_mail_within() -> None:
    message = mail()
    message.add_attachment(b"x", maintype="application", subtype="pdf", filename="../../etc/帳單.pdf")
    message.add_attachment(mail("the phish", subject="inner"))
    found = letters.read(message.as_bytes())
    assert [each.media_type for each in found.parts] == ["application/pdf", "message/rfc822"]
    assert b"the phish" in found.parts[1].content


def test_it_leaves_closed_what_is_nested_too_deep() -> None:
    inner = "Content-Type: text/plain\n\nx"
    for depth in range(60):
        inner = f'Content-Type: multipart/mixed; boundary="b{depth}"\n\n--b{depth}\n{inner}\n--b{depth}--\n'
    found = letters.read(f"From: a@b.example\n{inner}".encode())
    assert found.problems == ("nested-too-deep",)


def test_it_stops_at_very_many_parts_and_counts_recipients() -> None:
    message = mail(to=", ".join(f"p{n}@x.example" for n in range(10_000)))
    for n in range(300):
        message.add_attachment(b"x", maintype="application", subtype="octet-stream", filename=f"{n}")
    found = letters.read(message.as_bytes())
    assert (found.recipients, "too-many-parts" in found.problems) == (10_000, True)
    assert len(found.parts) <= letters.MOST_PARTS


@pytest.mark.parametrize("raw", [b"", b"nonsense", b"\x00" * 100, b"(\n" * 5000])
def test_it_refuses_what_is_no_mail(raw: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        letters.read(raw)


ARF = b"""From: fbl@provider.example
Subject: abuse report
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b"

--b
Content-Type: text/plain

This is an abuse report.
--b
Content-Type: message/feedback-report

Feedback-Type: fraud
User-Agent: SomeGenerator/1.0
Version: 1
Source-IP: 203.0.113.9
Reported-Domain: evil.example

--b
Content-Type: message/rfc822

From: x@evil.example
Subject: pay now

click
--b--
"""


def test_it_lays_an_arf_report_open() -> None:
    found = abuse.recognised(letters.read(ARF))
    assert found.form == "arf"
    assert dict(found.fields)["Source-IP"] == "203.0.113.9"
    assert len(found.fields) == 5


def test_it_lays_x_arf_open_old_and_new() -> None:
    old = mail("human part")
    old.add_attachment(
        "Report-Type: login-attack\nSchema-URL: http://x.example/s.json\nSource: 203.0.113.9\n", filename="report.txt"
    )
    new = mail("human part")
    new.add_attachment(
        b'{"Version":"3","ReporterInfo":{"ReporterOrg":"X"},"Report":{"SourceIp":"203.0.113.9","n":[1]}}',
        maintype="application",
        subtype="json",
        filename="xarf.json",
    )
    assert dict(abuse.recognised(letters.read(old.as_bytes())).fields)["Source"] == "203.0.113.9"
    found = abuse.recognised(letters.read(new.as_bytes()))
    assert (found.form, dict(found.fields)["Report.SourceIp"]) == ("x-arf", "203.0.113.9")


def attached(content: bytes, name: str = "report.zip") -> abuse.Report:
    message = mail()
    message.add_attachment(content, maintype="application", subtype="zip", filename=name)
    return abuse.recognised(letters.read(message.as_bytes()))


def test_it_counts_the_rows_of_a_table_in_an_archive() -> None:
    found = attached(zipped(scan__csv=b'"timestamp","ip"\n"t","203.0.113.9"\n"t","203.0.113.10"\n'))
    assert (found.form, found.tables) == ("table", (abuse.Table("scan.csv", ("timestamp", "ip"), 2),))


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (zipped(bomb__csv=b"0" * 20_000_000), "archive-bomb"),
        (zipped(inner__zip=zipped(a__csv=b"a")), "archive-nested"),
        (zipped(**{f"f{n}__csv": b"a" for n in range(101)}), "archive-too-large"),
        (b"PK\x03\x04broken", "archive-broken"),
    ],
)
def test_it_opens_no_bomb(content: bytes, problem: str) -> None:
    found = attached(content)
    assert (found.tables, found.problems) == ((), (problem,))
