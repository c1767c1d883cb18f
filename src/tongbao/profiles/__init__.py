"""Jurisdictions as data: dated TOML files and their loader. No Django here.

data/<id>.toml   one profile: scales, duties, forms, bodies, calendars, each fact with source and confidence
data/rsit.toml   the Reference Security Incident Taxonomy v1003 with Chinese labels
model/           what a profile is          load.py, check.py  reading, choosing the one in force, faults by place
classify.py      how serious, and why       clocks.py          what is required of whom by when (durations.py)
calendars.py     what recurs, by ministry   difference.py      what two profiles say differently
facts.py         facts from outside, judged law.py, citing.py  ready for many incidents; how a source is cited
"""
