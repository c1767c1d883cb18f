"""The demonstration's mailbox on a page: what real people would have found in theirs."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from tongbao.kernel.refusals import NotFound
from tongbao.ui.guards import Asked, public
from tongbao.wiring.demo import mailbox


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
    paths = list(_folder().glob(f"{number:05d}-*.eml"))
    if not paths:
        raise NotFound
    return render(request, "demo/mail.html", {"mail": _read(paths[0])})


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
