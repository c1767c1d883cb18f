"""Jurisdictions as data: dated TOML files and their loader. No Django here.

data/<id>.toml   one profile: levels, entity types, sectors, obligations, each with source and confidence
data/rsit.toml   the Reference Security Incident Taxonomy v1003 with Chinese labels
model.py         what a profile is        load.py   reading, checking, choosing the one in force
"""
