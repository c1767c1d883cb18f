"""Messages that come in: answers by mail and SMS, bounces, and what cannot be placed. Nothing that arrives is lost.

placing.py  from a message to what it is: the verbs     judging.py  what a message is taken for
mailbox.py  reading a Maildir and an IMAP folder        hooks.py    what gateways post: reports and replies
"""
