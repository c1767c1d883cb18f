"""Files that people send: kept by hash, bounded, never rendered, handed out as attachments only.

rules.py    what bytes look like, which state follows    store.py    bytes on disk, by SHA-256
models.py   the bytes' row and the file's row            uploads.py  how a request's files come in
steps.py    keeping and finding, for upper rooms' verbs  forms.py    the form field for uploads
actions.py  the verbs: purge, note a reading, settle     serving.py  the answer that hands a file out
cleaner.py  starts ``clean/`` in a process of its own    sweeps.py   what the worker calls again and again

No Django is imported here: the cleaning process imports this package and must stay small.
"""
