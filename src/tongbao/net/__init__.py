"""Every way out of the product: one client for HTTPS, one for the mail server.

``session(purpose=...)``   a requests.Session that reaches allowed hosts at public addresses only
``fetch(url)``             one GET through such a session
``smtp(settings)``         a connection to the operator's mail server

rules.py  which names and addresses may be reached, pure    client.py  session and fetch
guard.py  the bounds of one session, enforced at the socket  mail.py    the mail server
refusals.py  how the way out says no
"""

from tongbao.net.client import Fetched, configured, fetch, session
from tongbao.net.guard import Guard
from tongbao.net.mail import smtp
from tongbao.net.refusals import MailServerAway, OutboundRefused

__all__ = ["Fetched", "Guard", "MailServerAway", "OutboundRefused", "configured", "fetch", "session", "smtp"]
