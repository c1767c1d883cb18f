"""Observations: files of feeds come in, findings come out, and owners are told, answer, and are looked at again.

models/      FeedRun (a file that came in) -> Finding (what is seen of an organisation) -> Step; Digest of a day
rules/       the life of a finding, what a run covers, days on which it was seen: pure
receiving.py a file becomes a run                     running.py   the worker's part: engine, findings, verdict
holdings.py  whose addresses are whose                applying.py  rows of a run become findings, in batches
shaping.py   events as rows for them (Polars)         staging.py   a batch in a table of its own, and its SQL
digests.py   what owners are told once a day          enclosing.py the rows as CSV, JSON lines, STIX
wording.py   what a type means and what to do (types.toml)   figures.py  how long it takes, how it ends
counting.py  figures for a page, beforehand where findings are many
actions/     the verbs                                queries.py, page.py, views/   reading
"""
