"""Every way out: one rule, one gate, one ledger.

rules.py    released, reduced to "sign in to read", or withheld, and why: pure
gate.py     drill, test or real                  facts.py    what the rule has to know of many recipients
steps.py    judge and enter: for upper rooms     models.py   Outgoing, Release, Recall, Consent
actions.py  recalls, consent of originators      queries.py  ledger, red list      export.py  the ledger as CSV
"""
