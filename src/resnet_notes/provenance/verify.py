"""Does every file belong to the params and the code in the tree?"""

import json
from pathlib import Path

from resnet_notes.provenance.files import hash_of_file
from resnet_notes.provenance.plan import Plan
from resnet_notes.provenance.product import Product
from resnet_notes.provenance.prune import strangers

VERSIONED_BY_DVC = ("data", "run")
"""Kinds whose files are in the DVC cache, so that a clone may lack them until it pulls or builds them."""


def faults(plan: Plan, complete: bool = False) -> list[str]:
    """Return a line for each file that is stale, changed, foreign or missing; none where all is well.

    Args:
        plan: of the params and the code in the tree.
        complete: data and runs must be there too, as they must before a state is recorded.
    """
    found = []
    for product in plan.products.values():
        if product.is_finished():
            found += _changed(product)
        elif complete or product.kind not in VERSIONED_BY_DVC:
            found.append(f"{product.kind} {product.name}: not made from the params and the code in the tree; build it")
    found += [f"{path}: belongs to no params and code in the tree; build, or prune" for path in strangers(plan)]
    return found


def absent(plan: Plan) -> list[Product]:
    """Return the data sets and runs that are not there, which a clone may lack."""
    return [product for product in plan.of_kind(*VERSIONED_BY_DVC) if not product.is_finished()]


def _changed(product: Product) -> list[str]:
    seal = product.folder / product.seal
    try:
        content = json.loads(seal.read_text(encoding="utf-8"))
        key, hashes = content["key"], content["sha256"]
    except (ValueError, KeyError, TypeError):
        return [f"{seal}: not a seal; remove it and build"]
    if key != product.key:
        return [f"{seal}: holds the key {key}; remove it and build"]
    return [
        f"{product.folder / name}: changed since it was made; remove it and build"
        for name in product.files
        if hashes.get(name) != hash_of_file(Path(product.folder / name))
    ]
