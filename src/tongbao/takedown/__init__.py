"""Having harmful sites taken down: reported, asked for, looked at again until they are gone.

rules.py     which step follows which, when to look again, whose figures: pure
models.py    Takedown, TakedownStep                  reported.py   what reports and cases name, by host
contacts.py  who can take it down: the directory     queries.py    reads, figures
actions.py   open, ask, check, drop; hearing answers handlers.py   an answer to a request
"""
