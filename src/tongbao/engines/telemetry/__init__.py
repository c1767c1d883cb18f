"""Telemetry: files of events in, the owner of each address found, every event counted once.

opening.py     a file, .gz or .zip as streams of bytes, with a limit on what they may unpack to
blocks.py      a stream cut into blocks of whole records       records.py   a block as columns of text, bad lines aside
model.py, catalogue.py   feed definitions (feeds/*.toml) and how a report is found by its name
readings.py    what a cell says: number, moment, flag ...      fields.py    what a field of an event may hold
normalise.py   columns of text -> columns of events            owners.py    longest prefix
seen.py        what was counted before                         chain.py     all of it, in bounded memory
"""
