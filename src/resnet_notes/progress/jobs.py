"""The jobs of a build with what they cost, from the plan of the study and earlier builds."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from resnet_notes.progress.costs import OTHERS, START, seconds_of_last_time, seconds_of_run
from resnet_notes.provenance.plan import Plan, Product


@dataclass(frozen=True)
class Job:
    """What a job is expected to take, and the jobs that it waits for."""

    kind: str
    """Jobs of one kind are off by about the same factor."""
    seconds: float
    shares: Mapping[str, float]
    """The part of the time that each of its products takes, in order; they sum to 1."""
    needs: frozenset[str]
    priority: float = 0.0

    def fraction(self, product: str, part: float) -> float:
        """Return how much of the job is done when ``part`` of a product is, and all products before it."""
        names = list(self.shares)
        before = names[: names.index(product)]
        return sum(self.shares[name] for name in before) + part * self.shares[product]


def expected(plan: Plan, rules: Mapping[str, tuple[Path | None, float, frozenset[str]]]) -> dict[str, Job]:
    """Return the jobs of a build by the names of their rules.

    Args:
        plan: the study's products.
        rules: what Snakemake is about to run: by the rule's name its benchmark file, its priority and the rules that
            it waits for. A rule that makes nothing itself takes no time.
    """
    products: dict[str, list[Product]] = {name: [] for name in rules}
    for product in plan.products.values():
        if (rule := plan.rule_of(product)) in rules:
            products[rule].append(product)
    return {name: _job(plan, products[name], *about) for name, about in rules.items()}


def _job(plan: Plan, products: list[Product], benchmark: Path | None, priority: float, needs: frozenset[str]) -> Job:
    if not products:
        return Job("", 0.0, {}, needs, priority)
    costs = {product.name: _cost(plan, product) for product in products}
    missing = {product.name: costs[product.name] for product in products if not _is_there(product)} or costs
    whole, part = sum(costs.values()), sum(missing.values())
    last = seconds_of_last_time(benchmark) if benchmark else None
    seconds = START + part if last is None else last * part / whole
    first = products[0]
    kind = plan.run(first.name).job if first.kind == "run" else first.kind
    return Job(kind, seconds, {name: missing.get(name, 0.0) / part for name in costs}, needs, priority)


def _cost(plan: Plan, product: Product) -> float:
    return seconds_of_run(plan.run(product.name)) if product.kind == "run" else OTHERS[product.kind]


def _is_there(product: Product) -> bool:
    return all(Path(path).exists() for path in product.paths)
