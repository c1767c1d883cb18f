"""Agreements with partners: nothing is exchanged without one.

rules.py    what an agreement covers, what a new one needs: pure     models.py   Agreement, its editions
actions.py  make, amend, end                                         queries.py  what is in force for whom
"""
