"""Organisations and their people: supervision, sectors, seats, tenures, contact points, networks, groups.

models.py   the nouns                     directory.py  who reads the directory, who an address belongs to
rules.py    checks and import fates       actions/      the verbs
standing.py from a signed-in user to an Actor
"""
