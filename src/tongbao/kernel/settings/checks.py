"""What one value cannot show alone: combinations of settings that cannot work or are not safe."""

import ipaddress
import re
from pathlib import Path
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from tongbao.kernel.settings.fields import Settings

_LOOPBACK = {"127.0.0.1", "localhost", "[::1]"}
_BROKEN = re.compile("[\x00-\x1f\x7f]")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")
_EMAIL = re.compile(r"[!-~]+@[!-~]+")
_BUCKET = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[\w-][\w.-]*)*/?", re.ASCII)
_REGION = re.compile(r"[A-Za-z0-9-]+")
_PLACE = re.compile(rf"https?://({_HOST.pattern}|\[[0-9a-fA-F:.]+\])(:[0-9]+)?")
_AGE_KEY = re.compile(r"age1[02-9ac-hj-np-z]{58}")


def faults_of(settings: Settings) -> list[str]:
    """Every fault, each starting with the variable that it lies in."""
    if faults := _text(settings):
        return faults
    return [
        *_keys(settings),
        *_database(settings),
        *_addresses(settings),
        *_listening(settings),
        *_mail(settings),
        *_gateways(settings),
        *_identity(settings),
        *_engine(settings),
        *_archive(settings),
    ]


def _text(settings: Settings) -> list[str]:
    """No setting has a line break or a control character in it."""
    faults = []
    for field in msgspec.structs.fields(Settings):
        value = getattr(settings, field.name)
        parts = value if isinstance(value, tuple) else (value,)
        if any(isinstance(part, str) and _BROKEN.search(part) for part in parts):
            faults.append(f"TONGBAO_{field.name.upper()}: a line break or a control character is in it")
    return faults


def _keys(settings: Settings) -> list[str]:
    faults = []
    if len(settings.secret_key) < 50:
        faults.append("TONGBAO_SECRET_KEY: at least 50 random characters are needed outside a demonstration")
    if settings.backup_recipient and not _AGE_KEY.fullmatch(settings.backup_recipient):
        faults.append("TONGBAO_BACKUP_RECIPIENT: not an age public key (age1 and 58 more characters)")
    return faults


def _database(settings: Settings) -> list[str]:
    parts = _split(settings.database)
    if parts is None:
        return ["TONGBAO_DATABASE_URL: cannot be read as an address"]
    if parts.scheme not in {"sqlite", "postgresql"}:
        return [f"TONGBAO_DATABASE_URL: {parts.scheme or 'no scheme'}: only sqlite and postgresql are known"]
    if parts.scheme == "sqlite" and not (settings.database.startswith("sqlite:///") and parts.path.strip("/")):
        return ["TONGBAO_DATABASE_URL: sqlite:///PATH is needed"]
    if parts.scheme == "postgresql" and not parts.path.strip("/"):
        return ["TONGBAO_DATABASE_URL: the name of the database is missing"]
    return []


def _addresses(settings: Settings) -> list[str]:
    faults = []
    if settings.profiles is not None and not settings.profiles.is_dir():
        faults.append(f"TONGBAO_PROFILES_DIR: {settings.profiles_dir!r} is not a folder")
    for name in ("portal_url", "console_url"):
        url = getattr(settings, name)
        parts = _split(url)
        if not url:
            continue
        if parts is None or parts.scheme not in {"http", "https"} or not parts.hostname:
            faults.append(f"TONGBAO_{name.upper()}: {url!r} is not an http or https address")
        elif parts.path or parts.query or parts.fragment or parts.username is not None:
            faults.append(f"TONGBAO_{name.upper()}: {url!r}: scheme, host and port only, with nothing after them")
    schemes = {url.partition(":")[0].lower() for url in (settings.portal_url, settings.console_url) if url}
    if not faults and schemes == {"http", "https"}:
        faults.append("TONGBAO_CONSOLE_URL: https like TONGBAO_PORTAL_URL, or neither: else cookies are not secure")
    try:
        ZoneInfo(settings.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        faults.append(f"TONGBAO_TIME_ZONE: {settings.time_zone!r} is not a time zone")
    return faults


def _listening(settings: Settings) -> list[str]:
    faults = []
    for name in ("listen", "portal_listen", "console_listen", "api_listen"):
        host, _, port = getattr(settings, name).rpartition(":")
        if not _host(host) or not (port.isascii() and port.isdigit() and 0 < int(port) <= 65535):
            faults.append(f"TONGBAO_{name.upper()}: {getattr(settings, name)!r} is not ADDRESS:PORT")
        elif settings.demo and host not in _LOOPBACK:
            faults.append(f"TONGBAO_{name.upper()}: a demonstration listens on loopback only")
    return faults


def _mail(settings: Settings) -> list[str]:
    faults = []
    if settings.smtp_username and settings.smtp_security == "none" and settings.smtp_host not in _LOOPBACK:
        faults.append("TONGBAO_SMTP_SECURITY: an account's password would travel in the clear")
    if (
        not _EMAIL.fullmatch(settings.mail_from)
        or settings.mail_from.count("@") != 1
        or set("<>") & set(settings.mail_from)
    ):
        faults.append("TONGBAO_MAIL_FROM: one plain address is needed")
    return faults


def _gateways(settings: Settings) -> list[str]:
    faults = []
    for name in ("sms_gateway", "voice_gateway", "cap_partners", "openpgp_key"):
        path = getattr(settings, name)
        if path and not Path(path).is_file():
            faults.append(f"TONGBAO_{name.upper()}: {path!r} is not a file")
    if settings.gateway_token and len(settings.gateway_token) < 24:
        faults.append("TONGBAO_GATEWAY_TOKEN: at least 24 random characters are needed")
    if settings.replies is not None and not settings.replies.is_dir():
        faults.append(f"TONGBAO_MAILDIR: {settings.maildir!r} is not a folder")
    for name, folder in (("FEEDS_MAILDIR", settings.feeds_mail), ("FEEDS_DIR", settings.feeds_drop)):
        if folder is not None and not folder.is_dir():
            faults.append(f"TONGBAO_{name}: {str(folder)!r} is not a folder")
    if settings.imap_host and not (settings.imap_username and settings.imap_password):
        faults.append("TONGBAO_IMAP_USERNAME: an account and its password are needed to fetch mail")
    if settings.imap_host and settings.imap_security == "none" and settings.imap_host not in _LOOPBACK:
        faults.append("TONGBAO_IMAP_SECURITY: an account's password would travel in the clear")
    return faults


def _identity(settings: Settings) -> list[str]:
    """A provider is there as a whole or not at all: half of one would be a button that leads nowhere."""
    told = {name: getattr(settings, name) for name in ("oidc_name", "oidc_client_id", "oidc_client_secret")}
    if not any(told.values()) and not settings.oidc_server_url:
        return []
    faults = [
        f"TONGBAO_{name.upper()}: needed for signing in through an identity provider"
        for name, value in told.items()
        if not value
    ]
    if not settings.oidc_server_url.startswith("https://"):
        faults.append("TONGBAO_OIDC_SERVER_URL: an https address is needed: the identity token is trusted by it")
    return faults


def _engine(settings: Settings) -> list[str]:
    """The token of an endpoint is a secret: it is not repeated."""
    parts = _split(settings.engine.partition(";")[0])
    if settings.engine == "local" or (parts is not None and parts.scheme == "sc" and parts.hostname):
        return []
    return ["TONGBAO_ENGINE: local, or sc://HOST:PORT, with what goes with it after /;"]


def _archive(settings: Settings) -> list[str]:
    """An object store is one of its own house or over TLS, and knows us by a key; none is looked for elsewhere."""
    if "://" not in settings.archive_dir:
        return []
    if not _BUCKET.fullmatch(settings.archive_dir):
        return ["TONGBAO_ARCHIVE_DIR: a folder, or s3://BUCKET/PREFIX"]
    faults = [
        f"TONGBAO_{name.upper()}: needed for an archive in an object store"
        for name in ("archive_key_id", "archive_secret")
        if not getattr(settings, name)
    ]
    if not _REGION.fullmatch(settings.archive_region):
        faults.append("TONGBAO_ARCHIVE_REGION: the name of a region is needed, as us-east-1")
    return [*faults, *_endpoint(settings)]


def _endpoint(settings: Settings) -> list[str]:
    """What stands there is not repeated: somebody may have put a password into it."""
    url, parts = settings.archive_endpoint, _split(settings.archive_endpoint)
    nearby = parts is not None and parts.hostname in {"127.0.0.1", "localhost", "::1"}
    fault = ""
    if url and (parts is None or not _PLACE.fullmatch(url)):
        fault = "https://HOST or https://HOST:PORT, with nothing after it"
    elif settings.demo and not nearby:
        fault = "a demonstration reaches this machine only"
    elif url.startswith("http://") and not nearby and url not in settings.allowed_inside:
        fault = "in the clear only to this machine, or to what TONGBAO_ALLOWED_INSIDE names"
    return [f"TONGBAO_ARCHIVE_ENDPOINT: {fault}"] if fault else []


def _split(url: str) -> SplitResult | None:
    """The parts of an address, or None when it has none that hold together."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts


def _host(host: str) -> bool:
    """Whether this can be listened on: a name, an IPv4 address, or an IPv6 address in brackets."""
    if host.startswith("[") and host.endswith("]"):
        try:
            ipaddress.IPv6Address(host[1:-1])
        except ValueError:
            return False
        return True
    return _HOST.fullmatch(host) is not None
