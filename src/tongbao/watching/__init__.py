"""Watching over the law's times: who is on duty, who is alerted of what, when everything falls due, how it went.

rules/      whose watch it is, when an alert is due and how it climbs, what is counted: pure
models.py   Watch (a planned time on duty) -> HandOver; Alert -> Told; Feed (a person's calendar elsewhere)
roster.py   reading the roster          watched.py   what there is to alert of
actions/    the verbs                   sweeps.py    looks every minute, by every worker, idempotent
calendar.py dates of duties             totals.py    the statutory statistics
"""
