"""Every way out of the product: one client for HTTPS, one for the mail server, one for the mailbox, one for the bucket.

``session(purpose=...)``   a requests.Session that reaches allowed hosts at public addresses only
``fetch(url)``             one GET through such a session
``smtp(settings)``         a connection to the operator's mail server
``imap(settings)``         a connection to the mailbox that replies come to
``bucket(settings)``       the object store that the archive of events lies in

rules.py  which names and addresses may be reached, pure    client.py  session and fetch
guard.py  the bounds of one session, enforced at the socket  mail.py    the mail server
refusals.py  how the way out says no                           imap.py    the mailbox   bucket.py  the object store
"""

from tongbao.net.bucket import bucket
from tongbao.net.client import Fetched, configured, fetch, session
from tongbao.net.guard import Guard
from tongbao.net.imap import imap
from tongbao.net.mail import smtp
from tongbao.net.refusals import MailServerAway, OutboundRefused

__all__ = [
    "Fetched",
    "Guard",
    "MailServerAway",
    "OutboundRefused",
    "bucket",
    "configured",
    "fetch",
    "imap",
    "session",
    "smtp",
]
