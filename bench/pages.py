"""Pages at full size: server time with middleware and template, in the process, and how many queries each asks."""

import random
import statistics
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from allauth.mfa.models import Authenticator
from django.db import connection
from django.test import Client, RequestFactory
from django.urls import reverse

from bench import texts
from tongbao.accounts.models import User
from tongbao.incidents.models import Incident, NamedAddress
from tongbao.kernel import clock
from tongbao.parties.models import Organisation
from tongbao.parties.standing import actor_of
from tongbao.wiring.wsgi import application

OFFICER, ORDINARY, LARGEST = "lin@nco.example", "chang@sunpower.example", "tsai@harbour.example"
WHO = {OFFICER: "duty officer", ORDINARY: "constituent", LARGEST: "constituent with the most cases"}
VARIANTS = 25
"""So many different cases, cursors, organisations stand behind one line of the table."""


class Browser:
    """Somebody signed in, asking the application itself."""

    application = application

    def __init__(self, email: str) -> None:
        user, client = User.objects.get(email=email), Client()
        Authenticator.objects.get_or_create(user=user, type="totp", defaults={"data": {"secret": ""}})
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        self.cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
        self.queries = 0

    def get(self, path: str) -> float:
        """Ask for a page; the seconds it took."""
        environ = RequestFactory(SERVER_NAME="127.0.0.1").get(path, HTTP_COOKIE=self.cookie).environ
        status = []
        self.queries = 0
        with connection.execute_wrapper(self._count):
            begun = time.perf_counter()
            response = self.application(environ, lambda line, headers: status.append(line))
            sum(len(part) for part in response)
            response.close()
            taken = time.perf_counter() - begun
        if status != ["200 OK"]:
            raise RuntimeError(f"{path}: {status}")
        return taken

    def _count(self, execute: Callable[..., Any], *arguments: Any) -> Any:
        self.queries += 1
        return execute(*arguments)


def measure(moment: str, rounds: int) -> list[dict[str, Any]]:
    """Every page of every visitor. Each address is asked once before, then ``rounds`` times."""
    with clock.at(datetime.fromisoformat(moment)):
        found = []
        for email, pages in (
            (OFFICER, _officer()),
            (ORDINARY, _constituent(ORDINARY)),
            (LARGEST, _constituent(LARGEST)),
        ):
            browser = Browser(email)
            found += [ask(browser, name, paths, rounds) | {"who": WHO[email]} for name, paths in pages.items()]
    return found


def ask(browser: Browser, name: str, paths: Sequence[str], rounds: int) -> dict[str, Any]:
    times, queries = [], 0
    for path in paths:
        browser.get(path)
    for _ in range(max(1, -(-rounds // len(paths)))):
        for path in paths:
            times.append(browser.get(path) * 1000)
            queries = max(queries, browser.queries)
    return {"page": name, "queries": queries, "requests": len(times), **_spread(times)}


def _spread(times: list[float]) -> dict[str, float]:
    ordered = sorted(times)
    return {
        "p50": round(statistics.median(ordered), 1),
        "p95": round(ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))], 1),
        "max": round(ordered[-1], 1),
    }


def _obligations() -> dict[str, list[str]]:
    """The obligations of the nation: every standing, and each way to narrow it."""
    address = reverse("incidents:obligations")
    sectors = Organisation.objects.filter(kind=Organisation.Kind.MINISTRY).values_list("public_id", flat=True)
    stages = ("TW:review", "TW:contain", "TW:final", "EU-NIS2:notification")
    return {
        "obligations, due": [address, f"{address}?regime=TW"],
        "obligations, overdue": [f"{address}?standing=overdue"],
        "obligations, by stage": [f"{address}?duty={stage}" for stage in stages],
        "obligations, by ministry": [f"{address}?ministry={key}" for key in sectors],
        "obligations, waiting or without a time": [
            f"{address}?standing={standing}" for standing in ("waiting", "no_limit", "periodic")
        ],
        "obligations, settled": [f"{address}?standing={standing}" for standing in ("met", "late", "superseded")],
    }


def _officer() -> dict[str, list[str]]:
    rng, cases, search = random.Random(1), reverse("incidents:list"), reverse("console:search")
    large = Organisation.objects.get(code="HARBOUR").public_id
    others = rng.sample(list(Organisation.objects.values_list("public_id", flat=True)), VARIANTS)
    addresses = [_some(NamedAddress, rng).value for _ in range(VARIANTS)]
    return {
        "board": [reverse("console:now")],
        "triage list": [reverse("console:triage")],
        "triage, set aside": [reverse("console:triage") + "?quarantine=1"],
        "case list, first page": [cases],
        "case list, deep cursor": [f"{cases}?after={_cursor(rng)}" for _ in range(VARIANTS)],
        "case list, open": [f"{cases}?state=open"],
        "case list, open, deep": [f"{cases}?state=open&after={_cursor(rng)}" for _ in range(VARIANTS)],
        "case list, closed": [f"{cases}?state=closed"],
        **_obligations(),
        "case list, by level": [f"{cases}?level={level}" for level in (1, 2, 3, 4)],
        "case list, open and level 4": [f"{cases}?state=open&level=4"],
        "case list, by organisation": [f"{cases}?owner={ref}" for ref in others],
        "case list, largest organisation": [f"{cases}?owner={large}"],
        "case list, changed in 8 hours": [f"{cases}?since={quote((clock.now() - timedelta(hours=8)).isoformat())}"],
        "case, open": _details(rng, Incident.objects.filter(state="open", tlp__lte=3, track=0)),
        "case, closed": _details(rng, Incident.objects.filter(state="closed", tlp__lte=3, track=0)),
        "search, common word": [f"{search}?q={quote(word)}" for word in ("勒索", "防火牆", "密碼")],
        "search, rare word": [f"{search}?q={quote(texts.RARE)}"],
        "search, a word of the past": [f"{search}?q={quote(texts.PAST)}"],
        "search, two words": [f"{search}?q={quote('勒索 備份')}"],
        "search, English prefix": [f"{search}?q={word}" for word in ("phish", "ransom", "unpatch")],
        "search, address": [f"{search}?q={quote(value)}" for value in addresses],
        "search, no hit": [f"{search}?q={quote(texts.ABSENT)}", f"{search}?q=zzyzx"],
        "case list, open, with words": [f"{cases}?state=open&q={quote(word)}" for word in ("勒索", texts.RARE)],
    }


def _constituent(email: str) -> dict[str, list[str]]:
    rng, cases = random.Random(2), reverse("portal:cases")
    actor = actor_of(User.objects.get(email=email))
    own = Incident.objects.visible_to(actor).filter(owner=actor.organisation)
    middle = own.order_by("-opened_at")[own.count() // 2]
    after = f"{int(middle.opened_at.timestamp() * 1_000_000)}.{middle.pk}"
    refs = rng.sample(list(own.values_list("public_id", flat=True)[:1000]), min(VARIANTS, own.count()))
    return {
        "own cases": [cases],
        "own cases, deep cursor": [f"{cases}?after={after}"],
        "own cases, open": [f"{cases}?state=open"],
        "own case": [reverse("portal:case", args=[ref]) for ref in refs],
        "inbox": [reverse("portal:inbox")],
    }


def _details(rng: random.Random, rows: Any) -> list[str]:
    keys = list(rows.order_by("-id").values_list("public_id", flat=True)[:2000])
    longest = rows.filter(log__isnull=False).order_by("-id").values_list("public_id", flat=True)[:1]
    return [reverse("incidents:detail", args=[ref]) for ref in {*rng.sample(keys, min(VARIANTS, len(keys))), *longest}]


def _cursor(rng: random.Random) -> str:
    found = _some(Incident, rng)
    return f"{int(found.opened_at.timestamp() * 1_000_000)}.{found.pk}"


def _some(model: Any, rng: random.Random) -> Any:
    last = model.objects.order_by("-pk").values_list("pk", flat=True)[0]
    return model.objects.filter(pk__gte=rng.randrange(1, last)).order_by("pk")[0]
