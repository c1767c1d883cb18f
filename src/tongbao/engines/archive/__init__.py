"""The archive of events: plain Parquet by day. Which files count is told by a manifest that is kept elsewhere.

schema.py      what an event has in the archive, alike for every engine that reads it
stores.py      where its files lie: a folder, or a bucket of an object store
places.py      addresses as numbers that keep their order     writing.py    events of a run, put down by day
compacting.py  many files of a day become few, each event once
frames.py      files as one table: Polars here, or a Spark Connect endpoint
questions.py   what is asked, written once in Narwhals
"""
