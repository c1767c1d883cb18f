"""The frame that every operational row belongs to: operations, their facts, tasks and decisions.

models.py   Operation, Fact, Decision, Task, Enrolment       rules.py      kinds and modes, what a new one needs: pure
actions.py  facts, decisions, tasks                          frame_actions.py      an operation begins, ends
rendering.py  how a mode is shown: prefix, status, words     enrolment_actions.py  whom a drill may reach
queries.py, page.py  reads                                   ladder.py     levels of the law's response ladder
"""
