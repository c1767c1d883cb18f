"""Telling people, and knowing who was reached and who answered.

models.py     Notice -> Receipt per recipient -> Delivery per contact point; Answer; Letter
wording/      notice templates as data, both languages       templates.py  loading and filling them
rules.py      what an answer does, what a mail may show, when to try again: pure
links.py      the signed link of one receipt                 delivery.py   sending what is due, by lease
channels/     one folder per channel                         outbox.py     account mail through the same channel
"""
