"""E-mail over SMTP. compose.py: the bytes of a message; transport.py: one connection, replies kept as evidence."""
