"""What a text names that can be looked up elsewhere: addresses, hosts, links, mailboxes, hashes, weaknesses. Pure.

extract.py   from text to typed values, each once        known.py   values that nobody should be accused of
known.toml   those values, as data
"""

from tongbao.engines.observables.extract import Kind, Seen, defanged, extract, refanged
from tongbao.engines.observables.known import warning

__all__ = ["Kind", "Seen", "defanged", "extract", "refanged", "warning"]
