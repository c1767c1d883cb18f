"""What both tracks (administrative and national security) find together about a case, signed by named people.

rules.py    who may join, what the signatures amount to: pure     models.py   the record, editions, parties, signatures
actions.py  begin, join by code, name, write, sign                queries.py  reads
"""
