"""What gateways post to us: delivery reports, and what people have sent back. Opened by the gateway's token."""

import hmac
from typing import Any

import msgspec
from django.conf import settings
from django.http import HttpRequest, JsonResponse, QueryDict
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from tongbao.kernel.refusals import NotFound, Refusal
from tongbao.notices import reports
from tongbao.notices.channels import registry
from tongbao.notices.channels.gateway import described
from tongbao.notices.channels.gateway.adapter import Gateway
from tongbao.notices.channels.gateway.described import Described
from tongbao.notices.incoming import placing
from tongbao.ui.guards import public

MOST = 64 * 1024
AT_ONCE = 500


@csrf_exempt
@public
@require_http_methods(["GET", "POST"])
def report(request: HttpRequest, kind: str) -> JsonResponse:
    """What became of messages. The same report again changes nothing."""
    found = _opened(request, kind).report
    if found is None:
        raise NotFound
    told = list(described.reports(found, _document(request)))[:AT_ONCE]
    known = [reports.hear(kind, each.references, each.verdict, text=each.text) for each in told if each.verdict]
    return JsonResponse({"taken": sum(known), "known": len(known) - sum(known)})


@csrf_exempt
@public
@require_http_methods(["GET", "POST"])
def reply(request: HttpRequest, kind: str) -> JsonResponse:
    """What people have sent back. Each is kept, whether it can be placed or not."""
    found = _opened(request, kind).reply
    if found is None:
        raise NotFound
    said = list(described.replies(found, _document(request)))[:AT_ONCE]
    for each in said:
        placing.take_sms(kind, each)
    return JsonResponse({"taken": len(said)})


def _opened(request: HttpRequest, kind: str) -> Described:
    """The gateway of this kind, for whoever shows the token: as a bearer, or in the query where it knows no header."""
    token = settings.TONGBAO.gateway_token
    shown = request.headers.get("Authorization", "").removeprefix("Bearer ") or request.GET.get("token", "")
    if not token or not hmac.compare_digest(shown.encode(), token.encode()):
        raise NotFound
    gateway = next((each for each in registry.every() if each.kind == kind), None)
    if not isinstance(gateway, Gateway) or gateway.found is None:
        raise NotFound
    return gateway.found


def _document(request: HttpRequest) -> Any:
    """JSON, a form, or the query. Raises Refusal for what is none of them."""
    if request.method == "GET":
        return _fields(request.GET)
    if request.content_type == "application/json":
        try:
            return msgspec.json.decode(request.body[:MOST])
        except msgspec.DecodeError:
            raise Refusal("bad-request") from None
    return _fields(request.POST)


def _fields(given: QueryDict) -> dict[str, Any]:
    return {name: given.get(name) for name in given}
