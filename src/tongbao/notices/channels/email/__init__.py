"""E-mail over SMTP, encrypted (OpenPGP) where the contact point has a key.

words.py: what a mail says; compose.py: its bytes; transport.py: one connection, replies kept as evidence;
channel.py: all of it together.
"""
