"""What was measured on worlds of their own or on none: the law, messages of warning, warnings, mail."""

from collections.abc import Iterator
from statistics import median
from typing import Any

from bench.report_table import Line, each, table

MEMORY_TARGET, LAW_TARGET, CAP_TARGET = 20_000, 60.0, 5000
SEND_TARGET, BOARD_TARGET, ANSWER_TARGET, STEP_TARGET = 2.0, 50.0, 300.0, 2.0
MAIL_TARGET, SECOND_TARGET = 0.70, 1.6
Found = dict[str, Any]


def law(found: Found) -> str:
    again, memory = found["reevaluate"], found["memory"]
    runs = [("first, from nothing", again["first"])]
    runs += [("nothing to do", one) for one in again["idle"]] + [("after an edit", one) for one in again["edited"]]
    rows = [[name, one["seconds"], one["processor"], f"{one['moved']:,}", f"{one['duties']:,}"] for name, one in runs]
    head = ["run", "seconds", "of them processor", "cases moved", "duties moved"]
    return (
        f"Level and all clocks of {memory['incidents']:,} incidents in memory, a second in each round: "
        f"{', '.join(f'{rate:,}' for rate in memory['rates'])}. Re-evaluation of {again['cases']:,} open cases with "
        f"{again['obligations']:,} obligations:\n\n" + table(head, rows)
    )


def law_targets(found: Found) -> Iterator[Line]:
    rate = median(found["memory"]["rates"])
    yield Line("level and clocks in memory", f">= {MEMORY_TARGET:,}/s", f"{rate:,.0f}/s", rate >= MEMORY_TARGET)
    cases, slowest = found["reevaluate"]["cases"], max(one["seconds"] for one in found["reevaluate"]["edited"])
    said, kept = f"{slowest:.1f} s for {cases:,}", slowest <= LAW_TARGET * cases / 100_000
    yield Line("open cases after an edit", f"100,000 in <= {LAW_TARGET:.0f} s", said, kept)


def cap(found: Found) -> str:
    rows = [
        [name, one["bytes"], f"{median(one['wall']):.0f}", max(one["wall"]), f"{median(one['processor']):.0f}"]
        for name, one in found["kinds"].items()
    ]
    head = ["messages with", "bytes", "a second, median", "best", "a second of processor, median"]
    said = f"{found['each']:,} different messages of each kind, parsed, read and judged one by one in one process:\n\n"
    return said + table(head, rows)


def cap_targets(found: Found) -> Iterator[Line]:
    for kind, one in found["kinds"].items():
        rate = median(one["processor"])
        target = f">= {CAP_TARGET:,}/s of a core"
        yield Line(f"CAP read and judged, {kind}", target, f"{rate:,.0f}/s", rate >= CAP_TARGET)


def warnings(found: Found) -> str:
    rows = [[f"resolved and stored for {found['told']:,}, seconds", _both(found["send"])]]
    rows += [["its board, milliseconds, p50 (p95)", f"{found['board']['p50']} ({found['board']['p95']})"]]
    rows += [["answers through links, a second", _both([found["answers"]])]]
    rows += [["the same as whole requests", _both([found["requests"]])]]
    climb = found["escalation"]
    rows += [
        [
            f"{climb['due']:,} of {climb['open']:,} open rows due at once: the last is taken after",
            f"{climb['seconds']} s",
        ]
    ]
    rows += [["a sweep with nothing due", f"{climb['idle_ms']} ms"]]
    return table(["", "on the clock (of processor)"], rows)


def _both(times: list[Found]) -> str:
    return ", ".join(f"{one['wall']} ({one['processor']})" for one in times)


def warnings_targets(found: Found) -> Iterator[Line]:
    slowest, target = max(one["wall"] for one in found["send"]), SEND_TARGET * found["told"] / 10_000
    measure = f"a warning to {found['told']:,}, resolved and stored"
    yield Line(measure, f"10,000 in <= {SEND_TARGET:.0f} s", f"slowest {slowest:.2f} s", slowest <= target)
    p95 = found["board"]["p95"]
    yield Line("its board, p95", f"<= {BOARD_TARGET:.0f} ms", f"{p95:.1f} ms", p95 <= BOARD_TARGET)
    rate = found["answers"]["wall"]
    yield Line("answers through links", f">= {ANSWER_TARGET:.0f}/s", f"{rate:.0f}/s", rate >= ANSWER_TARGET)
    late, climb = found["escalation"]["seconds"], found["escalation"]
    measure = f"{climb['due']:,} steps due at once among {climb['open']:,} open receipts"
    yield Line(measure, f"late by < {STEP_TARGET:.0f} s", f"{late:.2f} s", late < STEP_TARGET)


def mail(found: Found) -> str:
    rows = [
        [
            server,
            f"{one['one']:,.0f} ({one['one_us']:.0f})",
            f"{one['bare']:,.0f} ({one['bare_us']:.0f})",
            f"{one['ratio']:.2f} ({each(one['rounds'], 'ratio')})",
            f"{one['two']:,.0f}",
            f"{one['second_worker']:.2f} ({each(one['rounds'], 'second_worker')})",
            f"{one['one_cores']:.2f}, {one['two_cores']:.2f}",
        ]
        for server, one in found.items()
    ]
    head = ["server", "one worker/s (µs of processor)", "bare loop", "ratio (in the rounds)", "two workers/s"]
    return table([*head, "to one (in the rounds)", "cores busy with one, two"], rows)


def mail_targets(found: Found) -> Iterator[Line]:
    """Of servers that keep what they take, as mail servers do."""
    for server, one in found.items():
        if server.startswith("on disk"):
            ratio, second = one["ratio"], one["second_worker"]
            measure, said = f"mail beside a bare loop, server {server}", f"{ratio:.0%} ({one['one']:,.0f}/s)"
            yield Line(measure, f">= {MAIL_TARGET:.0%}", said, ratio >= MAIL_TARGET)
            measure, said = f"two workers beside one, server {server}", f"{second:.2f}x ({one['two']:,.0f}/s)"
            yield Line(measure, f">= {SECOND_TARGET}x", said, second >= SECOND_TARGET, only="postgresql")
