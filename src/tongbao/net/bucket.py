"""The connection to the object store of the archive. The operator chose it, so it may be inside the house.

Where it leads is checked when the settings are read (kernel.settings): over TLS, or in the clear to this machine and to
what ``allowed_inside`` names; a demonstration reaches this machine only.
"""

from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, cast

from obstore.store import S3Store

from tongbao.engines.archive.stores import Bucket
from tongbao.kernel.settings import Settings

if TYPE_CHECKING:
    from obstore.store import S3Config

CONNECT = "5s"
STALL = "10s"
"""Without a byte for so long, a request has failed."""
WHOLE = timedelta(minutes=2)
"""For a file to be sent: shorter than the lease of who sends it."""
READ = "5m"
AGAIN = 2
"""So often a request is made once more."""


def bucket(settings: Settings) -> Bucket:
    """As the settings say. Nothing is asked of the store yet."""
    return _bucket(
        settings.archive_dir.rstrip("/"),
        settings.archive_endpoint or f"https://s3.{settings.archive_region}.amazonaws.com",
        settings.archive_region,
        settings.archive_key_id,
        settings.archive_secret,
    )


@lru_cache(maxsize=4)
def _bucket(url: str, endpoint: str, region: str, key: str, secret: str) -> Bucket:
    name, _, prefix = url.removeprefix("s3://").partition("/")
    known = {"aws_access_key_id": key, "aws_secret_access_key": secret, "aws_region": region}
    known |= {"aws_endpoint_url": endpoint, "aws_endpoint_url_s3": endpoint}  # neither may come from the environment
    plain = endpoint.startswith("http://")
    objects = S3Store(
        name,
        prefix=prefix or None,
        config=cast("S3Config", known),
        client_options={"allow_http": plain, "connect_timeout": CONNECT, "read_timeout": STALL, "timeout": WHOLE},
        retry_config={"max_retries": AGAIN, "retry_timeout": WHOLE},
    )
    options = {**known, "aws_allow_http": str(plain).lower(), "connect_timeout": CONNECT, "read_timeout": STALL}
    return Bucket(url, objects, {**options, "timeout": READ, "max_retries": AGAIN})
