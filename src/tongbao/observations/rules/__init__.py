"""Decisions about findings, pure.

life.py   states, and what a sighting, a digest, an answer or a silence makes of one
days.py   the days on which a thing was seen, and after which runs it counts as gone
keeping.py  how long events are kept
telling.py  which contact points of an owner are told of what
counts.py   how many rows and findings each track has
"""
