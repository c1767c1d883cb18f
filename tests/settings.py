"""The product's own settings for a test run: a throw-away folder, quick hashes, nothing durable."""

import os
import tempfile
from pathlib import Path

_run = os.environ.setdefault("TEST_RUN", str(os.getpid()))  # two runs at once share nothing
HOME = Path(tempfile.gettempdir()) / f"tongbao-tests-{_run}"
_data = HOME / os.environ.get("PYTEST_XDIST_WORKER", "main")
os.environ["TONGBAO_DATA_DIR"] = str(_data)
os.environ["TONGBAO_SECRET_KEY"] = "for tests only " * 5
os.environ["TONGBAO_LANGUAGE"] = "en"
os.environ["TONGBAO_MAIL_FROM"] = "tongbao@nco.example"
os.environ["TONGBAO_EXTRA_HOSTS"] = "testserver"

from tongbao.wiring.django_settings import *  # noqa: E402, F403
from tongbao.wiring.django_settings import DATABASES  # noqa: E402

_data.mkdir(parents=True, exist_ok=True)
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
if DATABASES["default"]["ENGINE"] == "tongbao.wiring.sqlite":
    DATABASES["default"]["OPTIONS"]["init_command"] = "PRAGMA journal_mode=WAL;PRAGMA synchronous=OFF"
