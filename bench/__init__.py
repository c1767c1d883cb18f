"""The measures of docs/benchmarks.md, run by ``make bench``, part by part, and docs/measured.md, the page of them.

parts.py, measuring.py  what is measured, and how     results.py  what was measured, kept     __main__.py  the run
report.py, report_*.py  the page, from what is kept
homes.py  one instance per database under .data/   texts.py, world.py, load.py  a million cases, made and stored
inside.py what runs inside an instance's process   pages.py, leak.py, journal.py, mail.py, intake.py, wire.py  measures
law.py, warning.py, desk.py, alike.py  measures on worlds of their own   cap.py  messages of warning, in memory
feeds.py, feeds_data.py, feeds_inside.py, feeds_intelmq.py  the telemetry engine beside IntelMQ, without a world
feeds_chain.py, feeds_mail.py, feeds_pages.py, feeds_lookup.py  feeds in instances of their own
"""
