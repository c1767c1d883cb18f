"""What others may learn from a closed case, without a word of whose case it was.

rules.py        what gives a case away in a text: pure      identifying.py  what identifies a case, read from it
models.py       the lesson and its state                    actions.py      write, hand in, publish, take back
handlers.py     a decision of the approvals room arrives    queries.py      reads
"""
