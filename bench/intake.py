"""Reports through the API of a real ``serve`` against a bare durable insert of the same bytes, alternating.

Eight connections, one web process, the worker running as delivered. Every report is another text; all are taken
out of the world again at the end.
"""

import http.client
import json
import statistics
import threading
import time
from typing import Any

from bench.homes import Home

CONNECTIONS = 8
WARM = 40


def keys() -> dict[str, Any]:
    """For the parent: a bearer token of an ordinary constituent, an officer's session, what is the last row."""
    from bench.pages import OFFICER, ORDINARY, Browser
    from tongbao.accounts.actions import issue_token
    from tongbao.accounts.models import User
    from tongbao.parties.standing import actor_of
    from tongbao.policy.can import Can

    actor = actor_of(User.objects.get(email=ORDINARY))
    _, bearer = issue_token(actor=actor, label="bench", scopes=[Can.SUBMISSION_CREATE.value], days=30)
    return {"bearer": bearer, "cookie": Browser(OFFICER).cookie}


def body(number: int) -> bytes:
    """A report as a constituent's program sends it."""
    report = {
        "summary": f"調度中心檔案伺服器遭勒索軟體加密 {number}",
        "description": "凌晨發現調度中心檔案伺服器共用資料夾遭加密，螢幕出現勒索訊息。調度系統本身正常。" * 3,
        "type": "malicious-code/infected-system",
        "level": 3,
        "systems": "FS-03 檔案伺服器\n調度中心辦公網段",
        "addresses": "198.18.7.23\n198.18.9.66",
        "measures": "已將伺服器離線，保全映像檔。",
        "contact_name": "張聯絡",
    }
    return json.dumps(report, ensure_ascii=False).encode()


def measure(home: Home, bearer: str, rounds: int, each: int) -> dict[str, Any]:
    """``rounds`` times ``each`` reports and as many bare inserts. Rates per second and their ratio."""
    home.instance.serve("--workers", "1")
    headers = {"Authorization": f"Bearer {bearer}", "Content-Type": "application/json"}
    port, number = home.instance.port, 0
    _reports(port, headers, range(WARM))
    found: list[dict[str, float]] = []
    for _ in range(rounds):
        numbers = range(WARM + number, WARM + number + each)
        number += each
        rate, times = _reports(port, headers, numbers)
        bare = home.inside("bare", count=each)["rate"]
        found.append({"reports": rate, "bare": bare, "ratio": rate / bare, **times})
    home.instance.stop()
    return {"rounds": found} | {key: round(statistics.median(each[key] for each in found), 3) for key in found[0]}


def _reports(port: int, headers: dict[str, str], numbers: range) -> tuple[float, dict[str, float]]:
    """Hand in all of ``numbers`` over eight connections; reports per second, p50 and p95 in milliseconds."""
    waiting, taken, failures = iter(numbers), list[float](), list[str]()
    lock = threading.Lock()

    def client() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while True:
            with lock:
                number = next(waiting, None)
            if number is None:
                return connection.close()
            begun = time.perf_counter()
            connection.request("POST", "/api/submissions", body(number), headers)
            answer = connection.getresponse()
            content = answer.read()
            taken.append((time.perf_counter() - begun) * 1000)
            if answer.status != 201:
                failures.append(content.decode("utf-8", "replace")[:300])

    threads = [threading.Thread(target=client) for _ in range(CONNECTIONS)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - begun
    if failures:
        raise RuntimeError(f"{len(failures)} reports were refused: {failures[0]}")
    ordered = sorted(taken)
    return len(numbers) / seconds, {"p50": ordered[len(ordered) // 2], "p95": ordered[int(len(ordered) * 0.95)]}


def bare(count: int) -> dict[str, float]:
    """Inside the instance: rows of the same bytes into a table of one column, one commit each."""
    from django.db import connection

    bodies = [body(number).decode() for number in range(count)]
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS bench_bare (content text NOT NULL)")
        raw, mark = connection.connection, "?" if connection.vendor == "sqlite" else "%s"
        statement = f"INSERT INTO bench_bare (content) VALUES ({mark})"
        begun = time.perf_counter()
        for content in bodies:
            raw.execute(statement, [content])
        seconds = time.perf_counter() - begun
        cursor.execute("DROP TABLE bench_bare")
    return {"rate": count / seconds}
