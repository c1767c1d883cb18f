"""Tongbao (通報): the working system of a national security coordination office."""

__version__ = "0.1.0"
