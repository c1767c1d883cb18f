"""/healthz for the machines that watch: which part is well, and nothing else."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_GET

from tongbao.policy.actors import ANONYMOUS
from tongbao.records import health
from tongbao.ui.guards import public


@public
@require_GET
def healthz(request: HttpRequest) -> JsonResponse:
    """200 while every part is well, 503 otherwise. Counts and names of hosts stay inside."""
    found = health.now(ANONYMOUS)
    parts = {part.name: "ok" if part.ok else part.why for part in found.parts}
    return JsonResponse({"ok": found.ok, "parts": parts}, status=200 if found.ok else 503)
