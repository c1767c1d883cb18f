"""The measures of docs/benchmarks.md, run by ``make bench``.

homes.py  one instance per database under .data/   texts.py, world.py, load.py  a million cases, made and stored
inside.py what runs inside an instance's process   pages.py, leak.py, journal.py, mail.py, intake.py, wire.py  measures
law.py, cap.py  the law and the messages of warning, mostly in memory
feeds.py, feeds_data.py, feeds_inside.py, feeds_intelmq.py  the telemetry engine beside IntelMQ, without a world
report.py the tables, and docs/benchmarks.md       __main__.py  the run
"""
