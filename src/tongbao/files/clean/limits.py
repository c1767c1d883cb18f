"""What one cleaning may use up. Set by the cleaning process on itself before it opens the file."""

import resource

MEMORY = 1024 * 1024 * 1024
"""Bytes of address space."""
SECONDS = 20
"""Seconds of processor time."""
OUTPUT = 100 * 1024 * 1024
"""Bytes that may be written."""


def apply() -> None:
    """Bind this process for good. A tighter limit that already holds stays."""
    for kind, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_FSIZE, OUTPUT),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(kind)[1]
        bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (bound, bound))
