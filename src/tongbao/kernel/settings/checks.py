"""What one value cannot show alone: combinations of settings that cannot work or are not safe."""

from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tongbao.kernel.settings.fields import Settings

_LOOPBACK = {"127.0.0.1", "localhost", "[::1]"}


def faults_of(settings: Settings) -> list[str]:
    """Every fault, each starting with the variable that it lies in."""
    return [*_keys(settings), *_addresses(settings), *_listening(settings), *_mail(settings), *_identity(settings)]


def _keys(settings: Settings) -> list[str]:
    if len(settings.secret_key) >= 50:
        return []
    return ["TONGBAO_SECRET_KEY: at least 50 random characters are needed outside a demonstration"]


def _addresses(settings: Settings) -> list[str]:
    faults = []
    if settings.profiles is not None and not settings.profiles.is_dir():
        faults.append(f"TONGBAO_PROFILES_DIR: {settings.profiles_dir!r} is not a folder")
    scheme = urlsplit(settings.database).scheme
    if scheme not in {"sqlite", "postgresql"}:
        faults.append(f"TONGBAO_DATABASE_URL: {scheme or 'no scheme'}: only sqlite and postgresql are known")
    for name in ("portal_url", "console_url"):
        url = getattr(settings, name)
        if url and (urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname):
            faults.append(f"TONGBAO_{name.upper()}: {url!r} is not an http or https address")
    try:
        ZoneInfo(settings.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        faults.append(f"TONGBAO_TIME_ZONE: {settings.time_zone!r} is not a time zone")
    return faults


def _listening(settings: Settings) -> list[str]:
    faults = []
    for name in ("listen", "portal_listen", "console_listen", "api_listen"):
        host, _, port = getattr(settings, name).rpartition(":")
        if not host or not port.isdigit() or int(port) > 65535:
            faults.append(f"TONGBAO_{name.upper()}: {getattr(settings, name)!r} is not ADDRESS:PORT")
        elif settings.demo and host not in _LOOPBACK:
            faults.append(f"TONGBAO_{name.upper()}: a demonstration listens on loopback only")
    return faults


def _mail(settings: Settings) -> list[str]:
    faults = []
    if settings.smtp_username and settings.smtp_security == "none" and settings.smtp_host not in _LOOPBACK:
        faults.append("TONGBAO_SMTP_SECURITY: an account's password would travel in the clear")
    if "@" not in settings.mail_from or set("\r\n<> ") & set(settings.mail_from):
        faults.append("TONGBAO_MAIL_FROM: one plain address is needed")
    return faults


def _identity(settings: Settings) -> list[str]:
    if settings.oidc_name and not settings.oidc_server_url.startswith("https://"):
        return ["TONGBAO_OIDC_SERVER_URL: an https address is needed: the identity token is trusted by it"]
    return []
