"""SQLite whose writers wait in line. Django's database backend, with a gate before every BEGIN IMMEDIATE."""
