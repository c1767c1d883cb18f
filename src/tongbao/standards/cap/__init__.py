"""Common Alerting Protocol 1.2 (OASIS, 1 July 2010): messages of warning as structs, read, judged, written, signed.

    data ─ documents.root ─ reading.read ─ rules.judge ─ Verdict          verdict.judge does all of it
                │                │             profile.judge
           refused: hostile   structs (model), by the rows of schema and the forms of values
    Alert ─ writing.serialise ─ bytes ─ signing.sign ─ bytes

No network, no files, no Django. docs/cap.md shows the way of a message through the product.
"""
