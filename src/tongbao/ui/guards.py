"""Every view says who may come in. A test walks all routes and fails on one that does not say."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from tongbao.journal.record import note_refusal
from tongbao.kernel.refusals import Forbidden, SignInNeeded
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.policy.require import require

P = ParamSpec("P")


class Asked(HttpRequest):
    """A request as views see it: with the actor that the middleware has set."""

    actor: Actor


View = Callable[Concatenate[Asked, P], HttpResponseBase]


def needs(can: Can) -> Callable[[View[P]], View[P]]:
    """For those whose role carries ``can``. Anyone else signs in, or is refused and noted."""

    def guard(view: View[P]) -> View[P]:
        @wraps(view)
        def answer(request: Asked, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            try:
                require(request.actor, can)
            except Forbidden as refusal:
                note_refusal(refusal, view.__name__)
                raise
            return view(request, *args, **kwargs)

        return _guarded(answer, can)

    return guard


def signed_in(view: View[P]) -> View[P]:
    """For everyone who has signed in; what they see is decided by visibility."""

    @wraps(view)
    def answer(request: Asked, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not request.actor.signed_in:
            raise SignInNeeded
        return view(request, *args, **kwargs)

    return _guarded(answer, "signed-in")


def public(view: View[P]) -> View[P]:
    """For everyone."""
    return _guarded(view, "public")


def _guarded(view: View[P], guard: str) -> View[P]:
    cast(Any, view).guard = guard
    return view
