"""From a submission to a closed case.

models/     submissions, cases, obligations     rules/      decisions, pure
queries.py  what pages and the API read         concern.py  who is concerned, with reasons
actions/    the verbs, by noun                  handlers.py what journal events set off here
"""
