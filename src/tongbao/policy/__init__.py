"""Who may see and do what. Knows actors and markings, no room's models.

actors.py   who asks: a frozen Actor          can.py      what can be done, and which role may
rules.py    the two decisions, pure           models.py   Marked, its audience rows, the SQL twin
require.py  the gate every verb passes        throttle.py how often a network may try (buckets.py)
"""
