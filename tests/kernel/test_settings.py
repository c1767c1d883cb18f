"""Settings: what is wrong refuses to start and says where; what is right is documented."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongbao.kernel.settings import Settings, SettingsError, load
from tongbao.kernel.settings.document import as_markdown
from tongbao.net import bucket

KEY = {"TONGBAO_SECRET_KEY": "k" * 60}
DOCS = Path(__file__).parents[2] / "docs"
STORE = {
    "ARCHIVE_DIR": "s3://bucket/x", "ARCHIVE_ENDPOINT": "https://store.example",
    "ARCHIVE_KEY_ID": "AKID", "ARCHIVE_SECRET": "hunter2-hunter2",
}  # fmt: skip
MAILBOX = {"IMAP_HOST": "mail.example", "IMAP_USERNAME": "tongbao", "IMAP_PASSWORD": "hunter2-hunter2"}
PROVIDER = {
    "OIDC_NAME": "Office", "OIDC_SERVER_URL": "https://id.example",
    "OIDC_CLIENT_ID": "tongbao", "OIDC_CLIENT_SECRET": "hunter2-hunter2",
}  # fmt: skip
NAMES = [field.name for field in msgspec.structs.fields(Settings)]


def places(environ: Mapping[str, str]) -> list[str]:
    with pytest.raises(SettingsError) as refused:
        load(environ)
    assert str(refused.value) == "\n".join(refused.value.places)
    return refused.value.places


def test_it_starts_with_a_key_alone() -> None:
    found = load(KEY | {"PATH": "/bin", "TONGBAO_FACE": "portal"})
    assert found == Settings(secret_key="k" * 60)
    assert found.database.endswith("/tongbao-data/tongbao.sqlite3")
    assert found.keys == ("k" * 60,)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SMTP_PROT", "25"),
        ("SECRET_KEYS", "x"),
        ("", "x"),
        ("SMTP_PORT_FILE", "/etc/passwd"),  # only texts and lists come from files of their own
        ("CONFIG_FILE", "x"),
    ],
)
def test_it_knows_no_other_name(name: str, value: str) -> None:
    (place,) = places(KEY | {f"TONGBAO_{name}": value})
    assert place.startswith(f"TONGBAO_{name}: unknown setting")


def test_it_says_what_may_have_been_meant() -> None:
    (place,) = places(KEY | {"TONGBAO_SMTP_PROT": "25"})
    assert place.endswith("(did you mean TONGBAO_SMTP_PORT?)")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SMTP_PORT", "25x"),
        ("SMTP_PORT", "65536"),
        ("SMTP_PORT", "-1"),
        ("DEMO", "yes"),
        ("WORKERS", "17"),
        ("WORKERS", "1.5"),
        ("WORKERS", ""),
        ("THREADS", "0"),
        ("LANGUAGE", "fr"),
        ("SMTP_SECURITY", "ssl"),
        ("UPLOAD_LIMIT_MB", "26"),
        ("SILENCE_MINUTES", "0"),
        ("RECEIPTS_OVERALL", "0"),
    ],
)
def test_it_takes_no_wrong_type(name: str, value: str) -> None:
    (place,) = places(KEY | {f"TONGBAO_{name}": value})
    assert place.startswith(f"TONGBAO_{name}: ")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://h/x"),
        ("DATABASE_URL", "tongbao.sqlite3"),
        ("DATABASE_URL", "sqlite:tongbao.sqlite3"),
        ("DATABASE_URL", "sqlite:///"),
        ("DATABASE_URL", "postgresql://h"),
        ("DATABASE_URL", "postgresql://h:port/x"),
        ("DATABASE_URL", "postgresql://[h/x"),
        ("PORTAL_URL", "report.example"),
        ("PORTAL_URL", "ftp://report.example"),
        ("PORTAL_URL", "http://[report"),
        ("PORTAL_URL", "https://report.example/"),
        ("PORTAL_URL", "https://report.example/tongbao"),
        ("PORTAL_URL", "https://u@report.example"),
        ("CONSOLE_URL", "https://report.example:99999"),
        ("CONSOLE_URL", "https://desk.example"),
        ("CONSOLE_URL", "HTTPS://desk.example"),
        ("TIME_ZONE", "Taipei"),
        ("TIME_ZONE", "Asia"),
        ("TIME_ZONE", "../etc/passwd"),
        ("LISTEN", "8000"),
        ("LISTEN", "127.0.0.1:http"),
        ("LISTEN", "127.0.0.1:٨٠"),
        ("LISTEN", "127.0.0.1:0"),
        ("PORTAL_LISTEN", "::1:80"),
        ("CONSOLE_LISTEN", "[::g]:80"),
        ("API_LISTEN", ":80"),
        ("MAIL_FROM", "tongbao"),
        ("MAIL_FROM", "a@b@c.example"),
        ("MAIL_FROM", "Tongbao <a@b.example>"),
        ("MAIL_FROM", "通報@nco.example"),
        ("MAIL_FROM", "@nco.example"),
        ("BACKUP_RECIPIENT", "age1short"),
        ("BACKUP_RECIPIENT", "AGE-SECRET-KEY-1" + "q" * 58),
        ("OFFICE_NAME_EN", "Office\nBcc: x@y.example"),
        ("SMS_GATEWAY", "/nowhere/sms.toml"),
        ("VOICE_GATEWAY", "/tmp"),
        ("OPENPGP_KEY", "/nowhere/key.asc"),
        ("MAILDIR", "/nowhere/mail"),
        ("GATEWAY_TOKEN", "short"),
        ("ARCHIVE_DIR", "gs://bucket/x"),
        ("ARCHIVE_DIR", "s3://"),
        ("ARCHIVE_DIR", "s3://Bucket/x"),
        ("ARCHIVE_DIR", "s3://bucket/../x"),
        ("ARCHIVE_DIR", "s3://bucket//x"),
        ("ARCHIVE_DIR", "s3://bucket/x?y"),
    ],
)
def test_it_takes_no_value_that_cannot_work(name: str, value: str) -> None:
    (place,) = places(KEY | {f"TONGBAO_{name}": value})
    assert place.startswith(f"TONGBAO_{name}: ")


@pytest.mark.parametrize(
    ("together", "place"),
    [
        ({"SECRET_KEY": "k" * 49}, "SECRET_KEY"),
        ({"SECRET_KEY": ""}, "SECRET_KEY"),
        ({"DEMO": "true", "LISTEN": "0.0.0.0:80"}, "LISTEN"),
        ({"DEMO": "true", "API_LISTEN": "192.0.2.1:80"}, "API_LISTEN"),
        (
            {"SMTP_HOST": "mail.example", "SMTP_USERNAME": "x", "SMTP_PASSWORD": "y", "SMTP_SECURITY": "none"},
            "SMTP_SECURITY",
        ),
        ({**PROVIDER, "OIDC_SERVER_URL": "http://id.example"}, "OIDC_SERVER_URL"),
        ({**PROVIDER, "OIDC_SERVER_URL": ""}, "OIDC_SERVER_URL"),
        ({**PROVIDER, "OIDC_NAME": ""}, "OIDC_NAME"),
        ({**PROVIDER, "OIDC_CLIENT_ID": ""}, "OIDC_CLIENT_ID"),
        ({**PROVIDER, "OIDC_CLIENT_SECRET": ""}, "OIDC_CLIENT_SECRET"),
        ({**MAILBOX, "IMAP_SECURITY": "none"}, "IMAP_SECURITY"),
        ({**MAILBOX, "IMAP_USERNAME": ""}, "IMAP_USERNAME"),
        ({**MAILBOX, "IMAP_PASSWORD": ""}, "IMAP_USERNAME"),
        ({**STORE, "ARCHIVE_KEY_ID": ""}, "ARCHIVE_KEY_ID"),
        ({**STORE, "ARCHIVE_SECRET": ""}, "ARCHIVE_SECRET"),
        ({**STORE, "ARCHIVE_REGION": ""}, "ARCHIVE_REGION"),
        ({**STORE, "ARCHIVE_REGION": "x.evil.example/"}, "ARCHIVE_REGION"),
        ({**STORE, "DEMO": "true"}, "ARCHIVE_ENDPOINT"),
        ({**STORE, "DEMO": "true", "ARCHIVE_ENDPOINT": ""}, "ARCHIVE_ENDPOINT"),
        ({**STORE, "ARCHIVE_ENDPOINT": "http://store.example"}, "ARCHIVE_ENDPOINT"),
        ({**STORE, "ARCHIVE_ENDPOINT": "https://store.example/x"}, "ARCHIVE_ENDPOINT"),
        ({**STORE, "ARCHIVE_ENDPOINT": "https://u:p@store.example"}, "ARCHIVE_ENDPOINT"),
        ({**STORE, "ARCHIVE_ENDPOINT": "https://store.example:99999"}, "ARCHIVE_ENDPOINT"),
        ({**STORE, "ARCHIVE_ENDPOINT": "store.example"}, "ARCHIVE_ENDPOINT"),
        ({**STORE, "ARCHIVE_ENDPOINT": "https://a store"}, "ARCHIVE_ENDPOINT"),
    ],
)
def test_it_takes_no_combination_that_is_not_safe(together: dict[str, str], place: str) -> None:
    (found,) = places(KEY | {f"TONGBAO_{name}": value for name, value in together.items()})
    assert found.startswith(f"TONGBAO_{place}: ")


@pytest.mark.parametrize(
    "url", ["sqlite:////var/lib/x.sqlite3", "sqlite:///x", "postgresql://u:p@h:5432/n", "postgresql:///n?host=/run"]
)
def test_it_takes_every_kind_of_database(url: str) -> None:
    assert load(KEY | {"TONGBAO_DATABASE_URL": url}).database == url


@pytest.mark.parametrize("listen", ["127.0.0.1:8000", "[::1]:8000", "localhost:8000", "0.0.0.0:80", "[::]:80"])
def test_it_takes_every_kind_of_address_to_listen_on(listen: str) -> None:
    assert load(KEY | {"TONGBAO_LISTEN": listen}).listen == listen


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"ARCHIVE_DIR": "s3://a.bucket-1"},
        {"ARCHIVE_DIR": "s3://bucket/nco/events.v1/"},
        {"ARCHIVE_ENDPOINT": ""},
        {"ARCHIVE_ENDPOINT": "https://[2001:db8::1]:9000"},
        {"ARCHIVE_ENDPOINT": "http://127.0.0.1:9000"},
        {"ARCHIVE_ENDPOINT": "http://store:9000", "ALLOWED_INSIDE": "http://store:9000"},
        {"ARCHIVE_ENDPOINT": "http://localhost:9000", "DEMO": "true"},
    ],
)
def test_it_takes_an_archive_in_an_object_store(changed: dict[str, str], tmp_path: Path) -> None:
    told = {**STORE, "DATA_DIR": str(tmp_path), **changed}
    found = load(KEY | {f"TONGBAO_{name}": value for name, value in told.items()})
    assert found.archive is None
    bucket(found)


def test_it_names_every_fault_at_once() -> None:
    faults = places({"TONGBAO_SMTP_PORT": "x", "TONGBAO_WORKERS": "y", "TONGBAO_NONE": "z"})
    assert {each.partition(":")[0] for each in faults} == {"TONGBAO_SMTP_PORT", "TONGBAO_WORKERS", "TONGBAO_NONE"}


# --- the file ---


def written(tmp_path: Path, text: str | bytes) -> dict[str, str]:
    path = tmp_path / "tongbao.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return KEY | {"TONGBAO_CONFIG": str(path)}


def test_it_reads_a_file_and_lets_the_environment_win(tmp_path: Path) -> None:
    environ = written(tmp_path, 'workers = 3\nthreads = 8\nextra_hosts = ["a.example", "b.example"]\ndemo = false\n')
    found = load(environ | {"TONGBAO_THREADS": "2"})
    assert (found.workers, found.threads, found.extra_hosts) == (3, 2, ("a.example", "b.example"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("smtp_prot = 25\n", "smtp_prot: unknown setting (did you mean smtp_port?)"),
        ('workers = "3"\n', "workers: "),
        ("demo = 1\n", "demo: "),
        ('extra_hosts = "a.example"\n', "extra_hosts: "),
        ("[smtp]\nport = 25\n", "smtp: unknown setting"),
        ("workers = \n", "cannot be read: "),
        (b'office_name_zh = "\xb0\xea"\n', "cannot be read: "),
    ],
)
def test_it_says_where_in_the_file_the_fault_is(text: str | bytes, says: str, tmp_path: Path) -> None:
    environ = written(tmp_path, text)
    (place,) = places(environ)
    assert place.startswith(f"{environ['TONGBAO_CONFIG']}: {says}")


@pytest.mark.parametrize("path", ["/nowhere/tongbao.toml", "/", "a\0b"])
def test_it_says_when_there_is_no_such_file(path: str) -> None:
    (place,) = places(KEY | {"TONGBAO_CONFIG": path})
    assert place.startswith(f"{path}: cannot be read")


# --- secrets in files of their own ---


def test_it_reads_secrets_from_files(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("s" * 60 + "\n")
    (tmp_path / "old").write_text("first" * 12 + "\n" + "second" * 10 + "\n")
    found = load(
        {
            "TONGBAO_SECRET_KEY_FILE": str(tmp_path / "key"),
            "TONGBAO_SECRET_KEY_FALLBACKS_FILE": str(tmp_path / "old"),
        }
    )
    assert found.keys == ("s" * 60, "first" * 12, "second" * 10)


@pytest.mark.parametrize("content", [None, b"\xb0\xea"])
def test_it_says_which_secret_it_cannot_read(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "password"
    if content is not None:
        path.write_bytes(content)
    (place,) = places(KEY | {"TONGBAO_SMTP_PASSWORD_FILE": str(path)})
    assert place.startswith(f"TONGBAO_SMTP_PASSWORD_FILE: {path} cannot be read")


def test_it_takes_a_secret_from_one_place_only(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("s" * 60)
    (place,) = places(KEY | {"TONGBAO_SECRET_KEY_FILE": str(tmp_path / "key")})
    assert place == "TONGBAO_SECRET_KEY_FILE: TONGBAO_SECRET_KEY is set as well"


def test_it_never_repeats_a_secret(tmp_path: Path) -> None:
    secret = "hunter2-hunter2"
    assert secret not in "\n".join(places({"TONGBAO_SECRET_KEY": secret, "TONGBAO_SMTP_PASSWORD": secret}))
    assert secret not in "\n".join(places(KEY | {"TONGBAO_SMTP_PASSWORD": f"{secret}\n{secret}"}))
    assert secret not in "\n".join(places(KEY | {"TONGBAO_DATABASE_URL": f"mysql://u:{secret}@h/x"}))
    store = {f"TONGBAO_{name}": value for name, value in STORE.items()}
    assert secret not in "\n".join(places(KEY | store | {"TONGBAO_ARCHIVE_ENDPOINT": f"https://u:{secret}@h"}))


@given(
    st.dictionaries(
        st.sampled_from([f"TONGBAO_{name.upper()}" for name in NAMES if name != "data_dir"]),
        st.one_of(
            st.text(max_size=40),
            st.sampled_from(
                ["http://[", "postgresql://:x/", "sqlite://", "[]:1", "1", "true", "Asia/", "a@b", ",", "::"]
            ),
        ),
        max_size=6,
    )
)
def test_it_reads_or_refuses_any_environment(tmp_path_factory: pytest.TempPathFactory, environ: dict[str, Any]) -> None:
    home = {"TONGBAO_DATA_DIR": str(tmp_path_factory.getbasetemp())}
    faults: list[str] = []
    try:
        load(home | environ | ({} if "TONGBAO_DEMO" in environ else KEY))
    except SettingsError as refused:
        faults = refused.places or ["nothing said"]
    assert all(re.match(r"TONGBAO_[A-Z_]+: .", place) for place in faults), faults


def test_it_makes_a_demonstration_a_key_of_its_own(tmp_path: Path) -> None:
    environ = {"TONGBAO_DEMO": "true", "TONGBAO_DATA_DIR": str(tmp_path / "here")}
    first = load(environ).secret_key
    assert len(first) >= 50
    assert load(environ).secret_key == first
    assert (tmp_path / "here" / "secret-key").stat().st_mode & 0o777 == 0o600


def test_it_documents_every_setting() -> None:
    text = (DOCS / "configuration.md").read_text(encoding="utf-8")
    assert as_markdown() in text
    assert set(re.findall(r"^\| `TONGBAO_([A-Z_]+)`", text, re.MULTILINE)) == {name.upper() for name in NAMES}
    for field in msgspec.structs.fields(Settings):
        assert re.search(
            rf"\| `TONGBAO_{field.name.upper()}` \| [^|]+ \| [^|]* \| [^|]{{8,}} \|$", text, re.MULTILINE
        ), field.name
