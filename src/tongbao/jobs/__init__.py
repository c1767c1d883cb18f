"""Background work without a queue: rows are the truth, every worker sweeps, leases decide who does what.

models.py  Schedule (when a sweep is due), Cursor (how far a handler has read), Heartbeat (who is alive)
loop.py    the worker's loop              pump.py  handlers on journal events, at least once
health.py  what /healthz says, pure       supervisor.py  the parent of web and worker processes
"""
