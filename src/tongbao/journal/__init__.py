"""The append-only record of who did what to what, when: one hash chain, sealed daily outside the box.

events.py   the closed vocabulary        record.py   ``verb`` and ``record``: how entries are written
chain.py    hashing and verifying, pure  seal.py     the daily signed seal
models.py   entries and the chain's head queries.py  reading
"""
