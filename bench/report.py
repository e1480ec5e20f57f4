"""The report: each figure with its aim, and plainly whether that was reached. No measuring here."""

from collections.abc import Iterable, Mapping, Sequence

from bench.aims import MODEL_TIME_S, Measured, aims
from bench.figures import median, ratio, saved
from bench.prompting import BuildTime, Common, Tokens
from bench.serving import ALONE, BARE, FLASK, FLASK_PLACES, SERVICE, Rounds

_MIB = 1024 * 1024
_SERVERS = (SERVICE, FLASK, BARE)


def lines(measured: Measured) -> Iterable[str]:
    """Yield the report, line by line."""
    yield from _heading("One request at a time, a model that takes no time")
    yield from _single(measured.single)
    for connections, found in measured.busy.items():
        yield from _heading(f"{connections} connections, a model that takes no time")
        yield from _busy(found)
    yield from _heading(f"At once over a {MODEL_TIME_S:g} s model")
    yield from _in_flight(measured.in_flight)
    yield from _heading("Peak memory, MiB (VmHWM, summed over processes, which share some of it)")
    yield from _memory(measured)
    yield from _heading("Building a prompt: clean, rubric, render, count")
    yield from _build(measured.build)
    yield from _heading("Tokens, against the naive template: same instructions and rubric, then the JSON")
    yield from _tokens(measured.tokens)
    yield from _heading("Common beginning of two candidates' prompts, same job and step")
    yield from _common(measured.common)
    yield from _heading("Aims")
    for aim in aims(measured):
        yield f"{'reached   ' if aim.reached else 'fell short'}  {aim.aim}: {aim.figure}"
    yield ""
    yield ", ".join(f"{name} {value}" for name, value in measured.machine.items())


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterable[str]:
    """Yield a table as text: the first column to the left, the others to the right."""
    all_rows = [head, *rows]
    widths = [max(len(row[at]) for row in all_rows) for at in range(len(head))]
    for row in all_rows:
        first, *others = (cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join([first.strip().ljust(widths[0]), *others])


def _heading(text: str) -> Iterable[str]:
    return ("", text, "─" * len(text))


def _single(single: Mapping[str, Rounds]) -> Iterable[str]:
    base = single[ALONE].of(lambda load: load.p50_ms)
    flask = median(single[FLASK].cpu_ms)
    rows = []
    for name in _SERVERS:
        rounds, cpu = single[name], median(single[name].cpu_ms)
        p50, p99 = (rounds.of(lambda load: load.p50_ms), rounds.of(lambda load: load.p99_ms))
        rows.append(
            (name, f"{cpu:.2f}", f"{ratio(cpu, flask):.2f}", f"{p50 - base:.2f}", f"{p99 - base:.2f}")
        )
    yield from table(("", "CPU ms", "× Flask", "p50 added ms", "p99 added ms"), rows)
    yield f"Added is over a direct call of the model with a prompt as large, whose p50 is {base:.2f} ms."
    yield _failures(single)


def _busy(found: Mapping[str, Rounds]) -> Iterable[str]:
    flask = found[FLASK].of(lambda load: load.per_second)
    rows = [
        (
            name,
            f"{rounds.of(lambda load: load.per_second):.0f}",
            f"{ratio(rounds.of(lambda load: load.per_second), flask):.2f}",
            f"{median(rounds.cpu_ms):.2f}",
            f"{rounds.cores:.2f}",
            f"{rounds.of(lambda load: load.p50_ms):.0f}",
            f"{rounds.of(lambda load: load.p99_ms):.0f}",
        )
        for name, rounds in found.items()
    ]
    yield from table(("", "requests/s", "× Flask", "CPU ms", "cores", "p50 ms", "p99 ms"), rows)
    share = max(load.cpu_s / load.seconds for name in _SERVERS for load in found[name].loads)
    held_back = "so it may have held them back" if share > 0.7 else "so it did not hold them back"
    yield f"The load generator used at most {share:.0%} of a core against the servers, {held_back}."
    yield _failures(found)


def _failures(found: Mapping[str, Rounds]) -> str:
    failed = {name: [load for load in rounds.loads if load.failed] for name, rounds in found.items()}
    told = [
        f"{name}: {sum(load.failed for load in loads)} failed ({loads[0].first_failure})"
        for name, loads in failed.items()
        if loads
    ]
    return "; ".join(told) or "No request failed."


def _in_flight(found: Mapping[str, Rounds]) -> Iterable[str]:
    rows = []
    for name, rounds in found.items():
        first, wall = rounds.loads[0], rounds.of(lambda load: load.seconds)
        rows.append(
            (
                name,
                f"{first.done + first.failed}",
                f"{wall:.2f}",
                f"{wall / MODEL_TIME_S:.2f}",
                f"{rounds.cores * wall:.2f}",
                f"{sum(load.failed for load in rounds.loads)}",
                f"{len(rounds.loads)}",
            )
        )
    yield from table(("", "requests", "s until all done", "× model", "CPU s", "failed", "runs"), rows)
    yield f"gunicorn works on {FLASK_PLACES} at once, so it is sent fewer: its time grows with their number."


def _memory(measured: Measured) -> Iterable[str]:
    rows = [
        (
            name,
            f"{len(measured.peaks[name])}",
            f"{sum(measured.peaks[name]) / _MIB:.0f}",
            f"{sum(measured.peaks_in_flight[name]) / _MIB:.0f}",
        )
        for name in _SERVERS
    ]
    yield from table(("", "processes", "after the fast model", "after many in flight"), rows)


def _build(build: Mapping[str, BuildTime]) -> Iterable[str]:
    rows = [
        (
            name,
            f"{found.cpu_ms:.2f}",
            f"{found.median_ms:.2f}",
            f"{found.p95_ms:.2f}",
            f"{found.least_ms:.2f}",
            f"{found.tokens:,}",
            f"{found.cut_tokens:,}",
        )
        for name, found in build.items()
    ]
    yield from table(("request", "CPU ms", "median ms", "p95 ms", "least ms", "tokens", "tokens cut"), rows)


def _tokens(tokens: Sequence[Tokens]) -> Iterable[str]:
    whole = Tokens(
        "all",
        sum(each.ours for each in tokens),
        sum(each.naive_indented for each in tokens),
        sum(each.naive_compact for each in tokens),
    )
    rows = [
        (
            each.fixture,
            f"{each.ours:,}",
            f"{each.naive_indented:,}",
            f"{saved(each.ours, each.naive_indented):.1%}",
            f"{each.naive_compact:,}",
            f"{saved(each.ours, each.naive_compact):.1%}",
        )
        for each in (*tokens, whole)
    ]
    yield from table(("fixture", "ours", "naive, indented", "saved", "naive, compact", "saved"), rows)


def _common(common: Sequence[Common]) -> Iterable[str]:
    rows = []
    for pack in dict.fromkeys(each.pack for each in common):
        pairs = [each for each in common if each.pack == pack]
        shares = [each.share for each in pairs]
        whole = sum(each.whole_beginning for each in pairs)
        tokens = median([each.common for each in pairs])
        rows.append(
            (
                pack,
                f"{len(pairs)}",
                f"{tokens:.0f}",
                f"{median(shares):.0%}",
                f"{min(shares):.0%}",
                f"{whole}",
            )
        )
    head = ("pack", "pairs", "tokens in common", "share", "least share", "all before the candidate")
    yield from table(head, rows)
