"""Domain names: under which suffix they were registered. By the Public Suffix List, in the edition that comes with the
library; nothing is fetched."""

from functools import cache

from tldextract import TLDExtract


def suffix(name: str) -> str:
    """The public suffix of a name in lower case: ``com.tw`` of ``www.example.com.tw``, the last label of one that is
    in no list. Suffixes that companies give out below their own domains count as domains of these companies."""
    return _list().extract_str(name).suffix or name.rpartition(".")[2]


def public(name: str) -> bool:
    """Whether anybody may register below it: then it is nobody's."""
    return name == suffix(name)


def above(name: str) -> list[str]:
    """The name and what lies above it, up to the domain that was registered; the longest first."""
    end = len(suffix(name))
    found = []
    while len(name) > end:
        found.append(name)
        name = name.partition(".")[2]
    return found


@cache
def _list() -> TLDExtract:
    return TLDExtract(cache_dir=None, suffix_list_urls=(), include_psl_private_domains=False)
