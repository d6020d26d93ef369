"""The time left, by routes that need no schedule: a sum for one slot, the longest chain for many, bounds between."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resnet_notes.params.study import load_study
from resnet_notes.progress.build import Build
from resnet_notes.progress.costs import networks_of, seconds_of_last_time, seconds_of_run
from resnet_notes.progress.jobs import Job, expected
from resnet_notes.provenance.plan import Plan

ROOT = Path(__file__).parents[2]


def job(seconds: float, *needs: str, kind: str = "any") -> Job:
    return Job(kind, seconds, {"it": 1.0}, frozenset(needs), seconds)


@st.composite
def builds(draw: st.DrawFn) -> dict[str, Job]:
    """Jobs that wait for some of those before them; the first has no need."""
    count = draw(st.integers(2, 12))
    return {
        str(n): job(
            draw(st.integers(1, 100)),
            *draw(st.sets(st.integers(0, n - 1).map(str), max_size=3) if n else st.just(set())),
            kind=draw(st.sampled_from(["one", "other"])),
        )
        for n in range(count)
    }


def longest_chain(jobs: Mapping[str, Job]) -> float:
    ends: dict[str, float] = {}
    for name, one in jobs.items():  # each comes after what it waits for
        ends[name] = one.seconds + max((ends[need] for need in one.needs), default=0.0)
    return max(ends.values())


@given(builds(), st.floats(0.1, 10.0))
def test_measured_seconds_scale_the_plan(jobs: dict[str, Job], slower: float) -> None:
    """A build all of whose jobs take the planned time times a factor is foretold exactly from its first job on."""
    first, rest = jobs["0"], {name: replace(one, needs=one.needs - {"0"}) for name, one in jobs.items() if name != "0"}
    left = {}
    for slots in (1, 2, len(jobs)):
        build = Build(jobs, slots, begun=0.0)
        assert build.time_left(0.0) is None
        build.begin("0", 0.0)
        assert build.finish("0", first.seconds * slower) == first.seconds * slower
        left[slots] = build.time_left(first.seconds * slower)
    if first.seconds < 0.02 * sum(one.seconds for one in jobs.values()):
        assert set(left.values()) == {None}
        return
    work = sum(one.seconds for one in rest.values()) * slower
    chain = longest_chain(rest) * slower
    assert left[1] == pytest.approx(work)
    assert left[len(jobs)] == pytest.approx(chain)
    least = max(work / 2, chain)
    assert least * (1 - 1e-9) <= left[2] <= (work + chain) / 2 * (1 + 1e-9), "as every greedy schedule of two slots"


def test_two_slots_by_hand() -> None:
    """A (60 s) and B (20 s) run; C (30 s) waits for B, D (100 s) for A and C: D begins at 60 s."""
    jobs = {"fast": job(10), "A": job(60), "B": job(20), "C": job(30, "B"), "D": job(100, "A", "C")}
    build = Build(jobs, 2, begun=0.0)
    build.begin("fast", 0.0)
    build.finish("fast", 10.0)
    build.begin("A", 10.0)
    build.begin("B", 10.0)
    assert build.time_left(10.0) == pytest.approx(160)
    assert build.time_left(20.0) == pytest.approx(150)


def test_a_job_that_says_how_far_it_is_is_believed_more_the_further_it_is() -> None:
    build = Build({"A": job(100)}, 1, begun=0.0)
    build.begin("A", 0.0)
    assert build.time_left_of("A", 10.0) is None, "nothing is known of its kind"
    build.advance("A", 0.5)
    assert build.time_left_of("A", 300.0) == pytest.approx(300, rel=0.5)
    build.advance("A", 0.2)
    assert build.running["A"].fraction == 0.5, "it never goes back"
    build.advance("A", 0.99)
    assert build.time_left_of("A", 990.0) == pytest.approx(10, rel=0.05)


def test_what_waits_for_a_failed_job_is_not_counted() -> None:
    build = Build({"A": job(10), "B": job(10), "C": job(90, "B"), "D": job(20, "A")}, 1, begun=0.0)
    build.begin("A", 0.0)
    build.finish("A", 10.0)
    assert build.time_left(10.0) == pytest.approx(120)
    build.begin("B", 10.0)
    build.fail("B")
    assert build.time_left(15.0) == pytest.approx(20)


def test_an_earlier_build_tells_unless_it_found_runs_made(tmp_path: Path) -> None:
    table, log = tmp_path / "cell.tsv", tmp_path / "cell.log"
    assert seconds_of_last_time(table) is None
    log.write_text("cell-seed0: step 4 of 4\n")
    table.write_text("s\th:m:s\tcpu_time\n12.5\t0:00:12\t9.0\n")
    assert seconds_of_last_time(table) == 12.5
    table.write_text("s\th:m:s\tcpu_time\n")
    assert seconds_of_last_time(table) is None
    table.write_text("s\th:m:s\tcpu_time\n12.5\t0:00:12\t9.0\n")
    log.write_text("cell-seed0: finished already\ncell-seed1: step 4 of 4\n")
    assert seconds_of_last_time(table) is None


def test_every_job_of_the_study_has_a_cost(tmp_path: Path) -> None:
    plan = Plan(ROOT, load_study(ROOT))
    names = {plan.rule_of(product) for product in plan.products.values()}
    nothing = tmp_path / "no.tsv"
    jobs = expected(
        plan, {name: (nothing, 1.0, frozenset()) for name in names} | {"all": (None, 0.0, frozenset(names))}
    )
    assert jobs["all"].seconds == 0
    assert all(jobs[name].seconds > 0 for name in names)
    assert all(sum(jobs[name].shares.values()) == pytest.approx(1) for name in names)
    run = plan.runs[0]
    deep = replace(run, settings=run.settings | {"depth": 2 * run.settings["depth"] + 4})
    assert seconds_of_run(deep) == pytest.approx(2 * seconds_of_run(run))
    assert networks_of([run, deep]) == 2


def test_a_job_goes_on_product_by_product() -> None:
    one = Job("any", 10.0, {"made": 0.0, "first": 0.25, "second": 0.75}, frozenset())
    assert one.fraction("first", 0.5) == pytest.approx(0.125)
    assert one.fraction("second", 1 / 3) == pytest.approx(0.5)
