"""Metadata off, content kept. Runs as a process of its own: ``python -m tongbao.files.clean KIND IN OUT``.

KIND is one of jpeg, png, gif, webp, tiff, pdf, zip. The exit code is the answer: 0 cleaned, 3 a kind that
cannot be cleaned (encrypted, or a ZIP that is no office document), anything else failed. Nothing is
printed, nothing but IN is read and nothing but OUT is written; time, memory and output are limited.
"""

CLEANED = 0
UNSUPPORTED = 3
FAILED = 4


class Unsupported(Exception):  # noqa: N818 - an answer, not an error
    """The file may be in order, but is not one that can be cleaned."""
