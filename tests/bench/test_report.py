"""The report's verdicts and tables."""

from bench.aims import Measured, aims
from bench.load import Load
from bench.prompting import BuildTime, Common, Tokens
from bench.report import lines, table
from bench.serving import ALONE, BARE, FLASK, SERVICE, Rounds

NAMES = (SERVICE, FLASK, BARE, ALONE)


def measured(cpu_ms: float = 1.0, wall_s: float = 3.0, ours: int = 70, whole: bool = True) -> Measured:
    """Return a run in which Flask takes 2 ms, the naive prompts 120 and 100 tokens."""
    load = Load(done=10, failed=0, seconds=wall_s, p50_ms=1.0, p99_ms=2.0, cpu_s=0.1)
    rounds = {name: Rounds([cpu_ms if name == SERVICE else 2.0], [load]) for name in NAMES}
    build = BuildTime(12_000, 1, 4.0, 7.0, 8.0, 4.0, 3_000, 0)
    return Measured(
        machine={"cores": 2},
        single=rounds,
        busy={64: rounds},
        in_flight=rounds,
        peaks={name: [2**20] for name in NAMES},
        peaks_in_flight={name: [2**21] for name in NAMES},
        build={"12 kB": build},
        tokens=[Tokens("a", ours, 120, 100)],
        common=[Common("a", "b", "default", 100, 60, whole)],
    )


def verdicts(run: Measured) -> list[bool]:
    """Return whether each aim was reached."""
    return [aim.reached for aim in aims(run)]


def test_aims_are_reached_where_the_figures_say_so() -> None:
    """A run that meets everything is said to."""
    assert verdicts(measured()) == [True] * 6


def test_each_aim_falls_short_by_its_own_figure() -> None:
    """CPU as high as Flask's, a slow burst, too many tokens and an early difference are each told."""
    assert verdicts(measured(cpu_ms=2.0)) == [False, True, True, True, True, True]
    assert verdicts(measured(wall_s=4.1)) == [True, False, True, True, True, True]
    assert verdicts(measured(ours=80)) == [True, True, True, True, False, True]
    assert verdicts(measured(whole=False)) == [True, True, True, True, True, False]


def test_report_says_plainly_what_fell_short() -> None:
    """Each aim stands on a line of its own with its figure and its verdict."""
    told = list(lines(measured(cpu_ms=3.0)))

    assert (
        "fell short  less CPU per request than the Flask example: 3.00 ms against 2.00 ms, 1.50 times" in told
    )
    assert sum(line.startswith("reached ") for line in told) == 5


def test_figures_are_kept_with_their_verdicts() -> None:
    """What is kept as JSON holds the aims and every round."""
    kept = measured().as_json()

    assert [aim["reached"] for aim in kept["aims"]] == [True] * 6
    assert kept["single"][SERVICE]["cpu_ms"] == [1.0]
    assert kept["common"][0]["share"] == 0.6


def test_table_lines_up() -> None:
    """Names stand to the left, figures to the right."""
    assert list(table(("", "ms"), [("a", "10"), ("long", "5")])) == ["      ms", "a     10", "long   5"]
