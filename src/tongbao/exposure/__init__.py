"""Are we exposed? What our own data say about an incident elsewhere: findings, cases, reports, networks.

rules.py    what is asked for, read out of a text: pure      queries.py  the answer, of what the reader may see
actions.py  asking the organisations concerned, in one step  views.py    the pages
"""
