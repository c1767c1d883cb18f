"""How a cell is read: one function per reading, a column of text in, typed values out.

Each returns the values (null: the cell says nothing) and a mask of the rows whose cell cannot be read at all, or None
where there are none. Such a row is refused as a whole.
"""

import base64 as coding
import binascii
import ipaddress
import socket
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import polars as pl
from dateutil import parser
from polars import Series

from tongbao.engines.telemetry.series import nothing, patched, worked_out

Read = tuple[Series, Series | None]
TIME = pl.Datetime("us", "UTC")
_TRUE = ["y", "yes", "true", "enabled", "1"]
_FALSE = ["n", "no", "false", "disabled", "0"]
_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_DEFAULTS = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2001, 2, 2, tzinfo=UTC))
_USUAL = "%Y-%m-%d %H:%M:%S"
_HTTP = r"^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:[0-5]\d GMT$"
"""An HTTP-date (RFC 9110, 5.6.7), strictly: chrono reads more than is meant."""
IPV4 = rf"^(?:{_OCTET}\.){{3}}{_OCTET}$"


def plain(cells: Series) -> Read:
    return cells, None


def verbatim(cells: Series) -> Read:
    return cells.fill_null(""), None


def text(cells: Series) -> Read:
    return nothing(cells, (cells == "0") | (cells == "unknown")), None


def words(cells: Series) -> Read:
    return nothing(cells, cells.is_in(["0", "unknown", "-", "N/A"])), None


def whole(cells: Series) -> Read:
    values = cells.cast(pl.Int64, strict=False)
    return patched(values, cells, values.is_null() & cells.is_not_null(), _whole)


def _whole(cell: str) -> int:
    number = int(cell)
    if not -(2**63) <= number < 2**63:
        raise ValueError(cell)
    return number


def code(cells: Series) -> Read:
    values, unread = whole(cells)
    return nothing(values, values == 0), unread


def decimal(cells: Series) -> Read:
    values = cells.cast(pl.Float64, strict=False)
    return patched(values, cells, values.is_null() & cells.is_not_null(), float)


def flag(cells: Series) -> Read:
    said = cells.str.to_lowercase()
    yes, no = said.is_in(_TRUE), said.is_in(_FALSE)
    return nothing(yes, ~(yes | no)), None


def moment(cells: Series) -> Read:
    """A time for people's eyes: what nobody can read says nothing."""
    values = _usual_moment(cells)
    values, _ = patched(values, cells, values.is_null() & cells.is_not_null(), _any_moment)
    return values, None


def strict_moment(cells: Series) -> Read:
    """The time of the event: ISO 8601 with or without zone, or as in mails (RFC 5322); or the row cannot be read."""
    values = _usual_moment(cells)
    return patched(values, cells, values.is_null() & cells.is_not_null(), _iso_moment)


def _usual_moment(cells: Series) -> Series:
    """What is written as nearly all are, a column at a time; the heads of HTTP where the first cell is one."""
    shape = _USUAL
    if (first := cells.drop_nulls().head(1)).len() and first.str.contains(_HTTP).all():
        cells, shape = nothing(cells, ~cells.str.contains(_HTTP)), "%a, %d %b %Y %H:%M:%S GMT"
    return cells.str.to_datetime(shape, time_unit="us", strict=False).dt.replace_time_zone("UTC")


def _iso_moment(cell: str) -> datetime:
    try:
        found = datetime.fromisoformat(cell.strip().removesuffix(" UTC"))
    except ValueError:
        found = parsedate_to_datetime(cell)
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def _any_moment(cell: str) -> datetime:
    """Whatever says year, month and day in some order; what is left open is not made up."""
    try:
        return _iso_moment(cell)
    except ValueError:
        pass
    try:
        found, again = (parser.parse(cell, fuzzy=True, default=each) for each in _DEFAULTS)
    except OverflowError:
        raise ValueError(cell) from None
    if found != again:
        raise ValueError(f"{cell}: not a whole date")
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def address(cells: Series) -> Read:
    usual = cells.str.contains(IPV4) & (cells != "0.0.0.0")  # noqa: S104 - the address that is none
    if usual.all() and not cells.null_count():
        return cells, None
    values = nothing(cells, ~usual)
    values, _ = patched(values, cells, ~usual.fill_null(value=True), canonical_address)
    return values, None


def canonical_address(cell: str) -> str:
    """An address as RFC 5952 writes it, without its zone. Raises ValueError for what is none, and for 0.0.0.0."""
    cell = cell.strip().partition("%")[0]
    if ":" in cell and "." not in cell:
        try:
            packed = socket.inet_pton(socket.AF_INET6, cell)
        except OSError:
            raise ValueError(cell) from None
        if packed[:10] != bytes(10) and len(packed) == 16:
            return socket.inet_ntop(socket.AF_INET6, packed)
    found = str(ipaddress.ip_address(int(cell) if cell.isdecimal() and str(int(cell)) == cell else cell))
    if found == "0.0.0.0":  # noqa: S104 - the address that is none
        raise ValueError(cell)
    return found


def spelled_address(cells: Series) -> Read:
    """An address as it was spelled, for what is kept aside."""
    values, _ = address(cells)
    return nothing(cells, values.is_null()), None


def network(cells: Series) -> Read:
    values, _ = worked_out(cells, _network, pl.String)
    return values, None


def _network(cell: str) -> str:
    if "/" not in cell:
        raise ValueError(cell)
    return str(ipaddress.ip_network(cell.strip(), strict=False))


def name(cells: Series) -> Read:
    from tongbao.engines.telemetry.fields import host

    values, refused = host(cells)
    return (values if refused is None else nothing(cells, refused)), None


def base64(cells: Series) -> Read:
    values, _ = worked_out(cells, _base64, pl.String)
    return values, None


def _base64(cell: str) -> str:
    try:
        coding.b64decode(cell, validate=True)
    except (binascii.Error, ValueError):
        return coding.b64encode(cell.encode()).decode()
    return cell


def url(cells: Series, host: Series, path: Series, application: Series | None) -> Series:
    """Addresses of pages, from the host asked for and a path (or the first line of a request).

    Where both are there: scheme://host/path, "http" where ``application`` is neither http nor https. Else the cell.
    """
    frame = pl.DataFrame({"cell": cells, "host": host, "path": path, "scheme": application})
    after_slash = pl.col("path").str.extract(r"^[^/]*(\S*)", 1)
    scheme = pl.when(pl.col("scheme").is_in(["http", "https"])).then("scheme").otherwise(pl.lit("http"))
    both = pl.col("host").is_not_null() & pl.col("path").is_not_null()
    joined = pl.concat_str(scheme, pl.lit("://"), "host", after_slash)
    return frame.select(pl.when(both).then(joined).otherwise("cell").alias(cells.name)).to_series()


def url_address(cells: Series) -> Read:
    """The address that a page is asked for by, where it is one."""
    return address(_host_of(cells))


def url_host(cells: Series) -> Read:
    """The name that a page is asked for by, where it is one."""
    return name(_host_of(cells))


def _host_of(cells: Series) -> Series:
    found = cells.str.extract(r"^[a-zA-Z][a-zA-Z0-9+.-]*://(?:[^/?#@]*@)?(\[[0-9a-fA-F:.]+\]|[^/?#:]+)", 1)
    return found.str.strip_chars("[]")


READ: dict[str, Callable[[Series], Read]] = {
    each.__name__: each
    for each in (
        *(plain, verbatim, text, words, whole, code, decimal, flag, moment),
        *(address, network, name, url_address, url_host, base64),
    )
}
