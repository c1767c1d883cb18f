"""Review and approval: 審核、核定、核備 and 備查 kept apart, each pinned to the hash of what was judged.

rules.py    what may happen in which state, what two editions say differently: pure
models.py   Approval -> Edition (what was handed in) -> Finding, Opinion; Ruling pins an edition
steps.py    handing in, for upper rooms        actions.py  the verbs of reviewers and of whoever handed in
"""
