"""The demonstration's mailbox on a page: what real people would have found in theirs."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tongbao import net
from tongbao.kernel.refusals import NotFound
from tongbao.ui.guards import Asked, public
from tongbao.wiring.demo import mailbox

LONGEST = 4000


@public
@require_GET
def mails(request: Asked) -> HttpResponse:
    """Every mail that the demonstration has sent, the newest first."""
    found = [_read(path) for path in sorted(_folder().glob("*.eml"), reverse=True)[:200]]
    return render(request, "demo/mails.html", {"mails": found})


@public
@require_GET
def mail(request: Asked, number: int) -> HttpResponse:
    """One mail."""
    return render(request, "demo/mail.html", {"mail": _read(_path(number))})


@public
@require_POST
def reply(request: Asked, number: int) -> HttpResponse:
    """Whoever got a mail answers it, by mail, as in their own mail program."""
    told, _body = mailbox.read(_path(number))
    server = net.smtp(settings.TONGBAO)
    try:
        server.send_message(mailbox.reply(told, request.POST.get("words", "")[:LONGEST]))
    finally:
        server.close()
    messages.success(request, _("The reply is with the mail server; the office reads its mail every ten seconds."))
    return redirect("demo-mail", number=number)


def _path(number: int) -> Path:
    found = next(iter(_folder().glob(f"{number:05d}-*.eml")), None)
    if found is None:
        raise NotFound
    return found


def _folder() -> Path:
    folder: Path = settings.TONGBAO.data / "mail"
    return folder


def _read(path: Path) -> dict[str, Any]:
    message, body = mailbox.read(path)
    links = [word for word in body.split() if word.startswith(("http://", "https://"))]
    return {
        "number": int(path.name[:5]),
        "to": message["To"],
        "title": message["Subject"],
        "date": message["Date"].datetime if message["Date"] else None,
        "body": body,
        "links": links,
    }
