"""Warnings of partners that come in by CAP: sources and rules in a file, each message kept once, drafts proposed.

described.py  the file: where to ask, and which message asks for which warning    taking.py    the verb
facts.py      what rules ask of a message, pure                                   fetching.py  the sweep over the feeds
"""
