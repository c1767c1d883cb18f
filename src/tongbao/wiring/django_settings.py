"""Django's settings, derived from ours. Nothing here reads the environment but ``load()`` and the face."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.utils.translation import gettext_lazy as _

from tongbao.kernel.settings import Settings, SettingsError, load
from tongbao.notices.channels.gateway import described
from tongbao.notices.partners import described as partners
from tongbao.profiles import load as profiles
from tongbao.profiles.check import ProfileError

TONGBAO: Settings = load()
FACE = os.environ.get("TONGBAO_FACE", "all")
"""Which face this process serves: portal, console, api or all."""

SECRET_KEY = TONGBAO.secret_key
SECRET_KEY_FALLBACKS = list(TONGBAO.secret_key_fallbacks)
DEBUG = False
ROOT_URLCONF = f"tongbao.wiring.urls.{FACE}"

_urls = [urlsplit(url) for url in (TONGBAO.portal_url, TONGBAO.console_url) if url]
SECURE = all(url.scheme == "https" for url in _urls)
ALLOWED_HOSTS = sorted({url.hostname or "" for url in _urls} | set(TONGBAO.extra_hosts))
CSRF_TRUSTED_ORIGINS = [f"{url.scheme}://{url.netloc}" for url in _urls]
if TONGBAO.demo:
    ALLOWED_HOSTS += ["127.0.0.1", "localhost", "[::1]"]

INSTALLED_APPS = [
    "tongbao.policy",
    "tongbao.journal",
    "tongbao.files",
    "tongbao.jobs",
    "tongbao.search",
    "tongbao.ui",
    "tongbao.accounts",
    "tongbao.parties",
    "tongbao.approvals",
    "tongbao.operations",
    "tongbao.cooperation",
    "tongbao.release",
    "tongbao.notices",
    "tongbao.observations",
    "tongbao.incidents",
    "tongbao.assistance",
    "tongbao.joint",
    "tongbao.exposure",
    "tongbao.takedown",
    "tongbao.lessons",
    "tongbao.watching",
    "tongbao.records",
    "tongbao.console",
    "tongbao.portal",
    "tongbao.api",
    "tongbao.wiring",
    "django.forms",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django_htmx",
    "template_partials",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "tongbao.ui.middleware.security",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "tongbao.wiring.middleware.actor",
    "tongbao.wiring.middleware.second_factor",
    "tongbao.ui.middleware.Refusals",
]

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "tongbao.ui.context.page",
                "tongbao.wiring.navigation.menu",
            ],
            "builtins": [
                "tongbao.ui.templatetags.tongbao",
                "django.templatetags.i18n",
                "tongbao.ui.templatetags.quick",
            ],
        },
    }
]
FORM_RENDERER = "tongbao.ui.controls.Controls"


def _database(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return {
            "ENGINE": "tongbao.wiring.sqlite",
            "NAME": url.removeprefix("sqlite:///"),
            "CONN_MAX_AGE": None,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                # Of a new database: every page costs its way through the log, half as many cost half of it.
                "init_command": "PRAGMA page_size=8192;"
                "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA cache_size=-65536;"
                # 32 MB of log are written back at once, not 8: a page that many commits touch is written back once.
                # Nothing is less durable, every commit still waits for the log to be on disk.
                "PRAGMA mmap_size=268435456;PRAGMA journal_size_limit=67108864;PRAGMA wal_autocheckpoint=4000",
            },
        }
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or "") or dict(parse_qsl(parts.query)).get("host", ""),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            # As long as SQLite's writers wait; and nobody who has vanished holds the journal's head for hours.
            "options": "-c lock_timeout=20s -c idle_in_transaction_session_timeout=60s",
            # A statement (policy.statements) is planned once for a connection.
            "server_side_binding": True,
        },
    }


def _folder(name: str) -> Path:
    """A folder that must be there before anything runs."""
    path = TONGBAO.data / name
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError([f"TONGBAO_DATA_DIR: {path}: {error.strerror}"]) from None
    return path


def _law() -> None:
    """The law of the jurisdiction must be there and hold together: everything that is due follows from it."""
    profiles.use(TONGBAO.profiles)
    try:
        known = profiles.regimes()
    except ProfileError as error:
        raise SettingsError([f"TONGBAO_PROFILES_DIR: {fault}" for fault in error.faults]) from None
    if TONGBAO.jurisdiction not in known:
        raise SettingsError([f"TONGBAO_JURISDICTION: {TONGBAO.jurisdiction!r} is unknown; known: {', '.join(known)}"])


def _described() -> None:
    """A gateway that is described wrongly would lose messages one by one: it refuses to start instead. So do rules
    about partners' messages."""
    for name, load_file in _FILES.items():
        path = getattr(TONGBAO, name)
        try:
            if path:
                load_file(Path(path))
        except (OSError, ValueError) as error:
            raise SettingsError([f"TONGBAO_{name.upper()}: {error}"]) from None


_FILES: dict[str, Callable[[Path], object]] = {
    "sms_gateway": described.load,
    "voice_gateway": described.load,
    "cap_partners": partners.load,
}
_law()
_described()
DATABASES = {"default": _database(TONGBAO.database)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ATOMIC_REQUESTS = False
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "shared_cache"},
}

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_REDIRECT_URL = "/"
LOGIN_URL = "account_login"
ACCOUNT_ADAPTER = "tongbao.wiring.adapters.Accounts"
ACCOUNT_FORMS = {"user_token": "tongbao.wiring.adapters.ResetLink"}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_SESSION_REMEMBER = False
SOCIALACCOUNT_ADAPTER = "tongbao.wiring.adapters.Social"
SOCIALACCOUNT_ONLY = False
SOCIALACCOUNT_LOGIN_ON_GET = True  # a form that leads to another site is stopped by our own content security policy
SOCIALACCOUNT_PROVIDERS: dict[str, Any] = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": []}}
if TONGBAO.oidc_name:
    SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"] = [
        {
            "provider_id": "office",
            "name": TONGBAO.oidc_name,
            "client_id": TONGBAO.oidc_client_id,
            "secret": TONGBAO.oidc_client_secret,
            "settings": {"server_url": TONGBAO.oidc_server_url},
        }
    ]
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = TONGBAO.demo
MFA_TOTP_ISSUER = TONGBAO.office_name_en

EMAIL_BACKEND = "tongbao.notices.outbox.Outbox"
DEFAULT_FROM_EMAIL = TONGBAO.mail_from
SERVER_EMAIL = TONGBAO.mail_from

LANGUAGE_CODE = TONGBAO.language
LANGUAGES = [("zh-hant", _("Traditional Chinese")), ("en", _("English"))]
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = SECURE
LOCALE_PATHS = [str(Path(__file__).parents[1] / "locale")]
TIME_ZONE = TONGBAO.time_zone
USE_TZ = True
USE_I18N = True

STATIC_URL = "/static/"
STATIC_ROOT = TONGBAO.data / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

WHITENOISE_ALLOW_ALL_ORIGINS = False

DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 300
DATA_UPLOAD_MAX_NUMBER_FILES = TONGBAO.upload_count
FILE_UPLOAD_TEMP_DIR = str(_folder("uploads"))
FILE_UPLOAD_HANDLERS = ["tongbao.files.uploads.BoundedUploadHandler"]

SESSION_COOKIE_AGE = TONGBAO.session_hours * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = SECURE
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_COOKIE_SECURE = SECURE
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "tongbao.ui.errors.csrf_failure"
SECURE_HSTS_SECONDS = 31536000 if SECURE else 0
SECURE_SSL_REDIRECT = False
USE_X_FORWARDED_HOST = False
if TONGBAO.trusted_proxies:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"
SILENCED_SYSTEM_CHECKS = [
    "security.W002",  # ui.middleware sends X-Frame-Options
    "security.W004",  # HSTS follows from the addresses: on when all of them are https
    "security.W005",  # the domain's other hosts are not ours to promise for
    "security.W008",  # the proxy that ends TLS redirects
    "security.W012",  # secure cookies follow from the addresses
    "security.W016",  # the same
    "security.W021",  # preloading is the domain owner's to ask for
]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": TONGBAO.log_level},
    "loggers": {
        "mail.log": {"level": "ERROR"},
        "django.request": {"level": "ERROR"},
        "django.security.DisallowedHost": {"level": "CRITICAL"},
    },
}
