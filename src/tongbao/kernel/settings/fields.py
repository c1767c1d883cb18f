"""What an office decides before it starts Tongbao: one frozen struct, every field with its meaning."""

from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, Struct

Port = Annotated[int, Meta(ge=0, le=65535)]


def _about(text: str) -> Meta:
    return Meta(description=text)


@lru_cache(maxsize=32)
def _folder(name: str) -> Path:
    """Looked up once: it is asked for with every file, and stays where it was when the process started."""
    return Path(name).resolve()


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an office decides before it starts Tongbao."""

    demo: Annotated[bool, _about("A demonstration: loopback only, every real way out blocked.")] = False
    secret_key: Annotated[str, _about("At least 50 random characters. Signs links, sessions, receipts.")] = ""
    secret_key_fallbacks: Annotated[
        tuple[str, ...], _about("Earlier secret keys whose links and receipts still hold.")
    ] = ()
    data_dir: Annotated[str, _about("Folder of the database, files, seals and mail.")] = "tongbao-data"
    database_url: Annotated[
        str,
        _about("`sqlite:///PATH` or `postgresql://USER:PASSWORD@HOST:PORT/NAME`. Empty: SQLite in data_dir."),
    ] = ""
    listen: Annotated[str, _about("Address and port when one process serves all faces.")] = "127.0.0.1:8000"
    portal_listen: Annotated[str, _about("Address and port of the portal face.")] = "127.0.0.1:8000"
    console_listen: Annotated[str, _about("Address and port of the console face.")] = "127.0.0.1:8001"
    api_listen: Annotated[str, _about("Address and port of the API face.")] = "127.0.0.1:8002"
    portal_url: Annotated[str, _about("Public address of the portal: links in mail start with it.")] = (
        "http://127.0.0.1:8000"
    )
    console_url: Annotated[str, _about("Address of the console. Empty: the portal's. Both are https, or neither.")] = ""
    extra_hosts: Annotated[tuple[str, ...], _about("Further host names that may be asked for.")] = ()
    trusted_proxies: Annotated[
        Annotated[int, Meta(ge=0, le=9)], _about("How many proxies in front set X-Forwarded-For and -Proto.")
    ] = 0
    threads: Annotated[Annotated[int, Meta(ge=1, le=64)], _about("Threads of the web process.")] = 4
    workers: Annotated[Annotated[int, Meta(ge=0, le=16)], _about("Worker processes that `serve` starts.")] = 1
    language: Annotated[Literal["zh-hant", "en"], _about("Language shown before a visitor chooses one.")] = "zh-hant"
    time_zone: Annotated[str, _about("Time zone of the office (IANA name).")] = "Asia/Taipei"
    jurisdiction: Annotated[str, _about("Which law the office itself is under: the regime of its profiles.")] = "TW"
    profiles_dir: Annotated[
        str, _about("Folder of the office's own profiles (`<id>.toml`), beside or in place of those shipped.")
    ] = ""
    office_name_zh: Annotated[str, _about("The office's name in Chinese.")] = "國家通報協調中心"
    office_name_en: Annotated[str, _about("The office's name in English.")] = "National Coordination Office"
    smtp_host: Annotated[str, _about("Mail server. Empty: no mail leaves; deliveries wait.")] = ""
    smtp_port: Annotated[Port, _about("Port of the mail server.")] = 587
    smtp_security: Annotated[Literal["starttls", "tls", "none"], _about("How the mail connection is secured.")] = (
        "starttls"
    )
    smtp_username: Annotated[str, _about("Account at the mail server. Empty: none.")] = ""
    smtp_password: Annotated[str, _about("Password of that account.")] = ""
    smtp_timeout: Annotated[Annotated[int, Meta(ge=1, le=300)], _about("Seconds to wait for the mail server.")] = 20
    smtp_rate: Annotated[
        Annotated[int, Meta(ge=0, le=100_000)], _about("Mails a minute that the server takes. 0: as many as it can.")
    ] = 0
    mail_from: Annotated[str, _about("Sender address of every mail; replies come to it.")] = "tongbao@localhost"
    maildir: Annotated[str, _about("Folder (Maildir) that replies to our mail are put in. Empty: none is read.")] = ""
    imap_host: Annotated[str, _about("Mail server that replies are fetched from. Empty: none is asked.")] = ""
    imap_port: Annotated[Port, _about("Its port.")] = 993
    imap_security: Annotated[Literal["tls", "starttls", "none"], _about("How that connection is secured.")] = "tls"
    imap_username: Annotated[str, _about("Account there.")] = ""
    imap_password: Annotated[str, _about("Password of that account.")] = ""
    imap_folder: Annotated[str, _about("Its folder with the replies; what has been read is marked as seen.")] = "INBOX"
    openpgp_key: Annotated[
        str,
        _about("File with the office's secret OpenPGP key, which signs what is encrypted. Empty: nothing is signed."),
    ] = ""
    openpgp_passphrase: Annotated[str, _about("Passphrase of that key.")] = ""
    sms_gateway: Annotated[
        str, _about("File (TOML) that describes the SMS gateway: see channels.md. Empty: no SMS is sent.")
    ] = ""
    sms_secret: Annotated[str, _about("What stands for `${secret}` in that file.")] = ""
    voice_gateway: Annotated[
        str, _about("File (TOML) that describes the gateway for calls. Empty: nobody is called by machine.")
    ] = ""
    voice_secret: Annotated[str, _about("What stands for `${secret}` in that file.")] = ""
    gateway_token: Annotated[
        str,
        _about(
            "At least 24 random characters: what gateways show when they report or hand in replies. Empty: none may."
        ),
    ] = ""
    cap_partners: Annotated[
        str,
        _about("File (TOML) with the CAP feeds of partners and what follows from them: see warnings.md. Empty: none."),
    ] = ""
    webhook_timeout: Annotated[
        Annotated[int, Meta(ge=1, le=60)], _about("Seconds to wait for the answer to a webhook.")
    ] = 10
    webhook_rate: Annotated[
        Annotated[int, Meta(ge=0, le=100_000)],
        _about("Webhooks a minute, to one machine and over all workers. 0: as many as there are."),
    ] = 0
    upload_limit_mb: Annotated[Annotated[int, Meta(ge=1, le=25)], _about("Largest file taken, in MiB.")] = 25
    upload_count: Annotated[Annotated[int, Meta(ge=1, le=50)], _about("Most files in one form.")] = 5
    seal_dir: Annotated[
        str,
        _about("Where the journal's daily seals are written. Empty: data_dir/seals. Better: another machine."),
    ] = ""
    backup_recipient: Annotated[
        str,
        _about("age public key (`age1...`) to which backups are encrypted. Empty: a passphrase is asked for."),
    ] = ""
    oidc_name: Annotated[str, _about("Name of the identity provider on the sign-in page. Empty: none.")] = ""
    oidc_server_url: Annotated[str, _about("Its issuer address; must be https.")] = ""
    oidc_client_id: Annotated[str, _about("Client id registered there.")] = ""
    oidc_client_secret: Annotated[str, _about("Client secret registered there.")] = ""
    allowed_out: Annotated[
        tuple[str, ...],
        _about("Hosts (`name` or `name:port`) that the product may call over HTTPS, beside the identity provider."),
    ] = ()
    allowed_inside: Annotated[
        tuple[str, ...],
        _about(
            "Addresses (`http://name:port`, `https://name:port`) in the own network that the product may call although "
            "they are not on the open Internet. In a demonstration: this machine only."
        ),
    ] = ()
    silence_minutes: Annotated[
        Annotated[int, Meta(ge=1, le=1440)],
        _about("/healthz turns red after this silence of worker, ticker or mail."),
    ] = 5
    untouched_minutes: Annotated[
        Annotated[int, Meta(ge=1, le=10080)],
        _about("A submission that nobody has decided on alerts after this long. Our own default: no law sets it."),
    ] = 30
    unanswered_minutes: Annotated[
        Annotated[int, Meta(ge=1, le=1440)],
        _about("An alert that nobody answers goes on to the next officer after this long. Our own default, too."),
    ] = 15
    feeds_dir: Annotated[
        str,
        _about(
            "Folder that files of feeds are dropped into (`NAME.csv`, `REPORT/NAME.csv`). Empty: none is looked at."
        ),
    ] = ""
    feeds_maildir: Annotated[str, _about("Folder (Maildir) of mails that carry feeds. Empty: none is read.")] = ""
    feeds_imap_folder: Annotated[
        str, _about("Folder of mails that carry feeds, at the server of `TONGBAO_IMAP_HOST`. Empty: none is read.")
    ] = ""
    feeds_limit_mb: Annotated[
        Annotated[int, Meta(ge=1, le=65536)], _about("Largest file of a feed that is taken, in MiB as it comes.")
    ] = 4096
    feeds_reserve_mb: Annotated[
        Annotated[int, Meta(ge=0)],
        _about("With less than this free on the disk (MiB), files of feeds wait where they are."),
    ] = 2048
    feeds_quiet_minutes: Annotated[
        Annotated[int, Meta(ge=0, le=1440)],
        _about("Owners are told once no file of a feed has come for this long. Our own default."),
    ] = 10
    backup_archive: Annotated[
        bool,
        _about(
            "Whether backups hold the files of the archive of events. With `false` they name what they have not: "
            "copy its folder or bucket yourself, after the database."
        ),
    ] = True
    archive_dir: Annotated[
        str,
        _about(
            "Where the archive of events lies: a folder, or `s3://BUCKET/PREFIX` in an object store, which nobody "
            "else may use. Empty: data_dir/archive."
        ),
    ] = ""
    archive_endpoint: Annotated[
        str, _about("Address of that object store: `https://HOST`. Empty: Amazon's, in the region.")
    ] = ""
    archive_region: Annotated[str, _about("Its region; many stores of one's own take any.")] = "us-east-1"
    archive_key_id: Annotated[str, _about("The key that it knows us by.")] = ""
    archive_secret: Annotated[str, _about("The secret of that key.")] = ""
    engine: Annotated[
        str,
        _about(
            "What answers heavy questions of the archive: `local`, or a Spark Connect endpoint that sees the same "
            "folder or bucket (`sc://host:15002/;use_ssl=true;token=...`)."
        ),
    ] = "local"
    session_hours: Annotated[Annotated[int, Meta(ge=1, le=72)], _about("A sign-in ends after this long.")] = 12
    submissions_per_network: Annotated[
        Annotated[int, Meta(ge=1)],
        _about("Public submissions an hour from one network before they are set aside."),
    ] = 20
    submissions_overall: Annotated[
        Annotated[int, Meta(ge=1)],
        _about("Public submissions an hour from all networks together before further ones are set aside."),
    ] = 3000
    partner_keys: Annotated[
        tuple[str, ...],
        _about("Keys that partners sign cases with: `CODE=hexadecimal`. Bundles of others are refused."),
    ] = ()
    mails_per_sender: Annotated[
        Annotated[int, Meta(ge=1)],
        _about("Mails an hour from one domain before they are set aside."),
    ] = 200
    decision_hours: Annotated[
        Annotated[int, Meta(ge=1, le=720)],
        _about("A report from the public is promised a decision within this. Our own default: no law sets it."),
    ] = 24
    takedown_reminder_hours: Annotated[
        Annotated[int, Meta(ge=1, le=720)],
        _about("Whoever was asked to take a site down and neither did nor answered is reminded after so long."),
    ] = 24
    takedown_reminders: Annotated[
        Annotated[int, Meta(ge=0, le=30)],
        _about("So many reminders at most, each that long after the one before; then an officer decides. 0: none."),
    ] = 3
    receipt_days: Annotated[
        Annotated[int, Meta(ge=30, le=36500)], _about("A receipt number opens its report for so many days.")
    ] = 730
    receipts_per_network: Annotated[
        Annotated[int, Meta(ge=1)],
        _about("Wrong receipt numbers an hour from one network before it must wait."),
    ] = 10
    receipts_overall: Annotated[
        Annotated[int, Meta(ge=1)], _about("Wrong receipt numbers an hour in all before everyone must wait.")
    ] = 300
    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], _about("How much is logged.")] = "INFO"

    @property
    def data(self) -> Path:
        return _folder(self.data_dir)

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{self.data / 'tongbao.sqlite3'}"

    @property
    def seals(self) -> Path:
        return _folder(self.seal_dir) if self.seal_dir else self.data / "seals"

    @property
    def archive(self) -> Path | None:
        """The folder of the archive; None when it lies in an object store."""
        if self.archive_dir.startswith("s3://"):
            return None
        return _folder(self.archive_dir) if self.archive_dir else self.data / "archive"

    @property
    def profiles(self) -> Path | None:
        return _folder(self.profiles_dir) if self.profiles_dir else None

    @property
    def replies(self) -> Path | None:
        """The Maildir of replies."""
        return _folder(self.maildir) if self.maildir else None

    @property
    def feeds_mail(self) -> Path | None:
        """The Maildir of mails that carry feeds."""
        return _folder(self.feeds_maildir) if self.feeds_maildir else None

    @property
    def feeds_drop(self) -> Path | None:
        """The folder that files of feeds are dropped into."""
        return _folder(self.feeds_dir) if self.feeds_dir else None

    @property
    def keys(self) -> tuple[str, ...]:
        """The secret key first, then the earlier ones."""
        return (self.secret_key, *self.secret_key_fallbacks)
