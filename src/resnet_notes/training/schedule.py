"""Learning-rate schedules: a warm-up, then steps down (He et al. 2015) or half a cosine (Loshchilov, Hutter 2017)."""

import math


def learning_rate(step: int, steps: int, base: float, decay: dict, warmup: dict) -> float:
    """Return the learning rate of training step ``step``, counted from 0.

    Args:
        step: the step, 0 to ``steps`` - 1.
        steps: length of the training.
        base: the learning rate after the warm-up.
        decay: ``{"kind": "cosine"}``, or ``{"kind": "steps", "at": [32000, 48000], "factor": 0.1}``.
        warmup: ``{"kind": "linear", "steps": 30}`` from base / 30 up to base, or
            ``{"kind": "constant", "steps": 400, "learning_rate": 0.01}``.
    """
    if step < warmup["steps"]:
        if warmup["kind"] == "constant":
            return warmup["learning_rate"]
        return base * (step + 1) / warmup["steps"]
    if decay["kind"] == "steps":
        return base * decay["factor"] ** sum(step >= at for at in decay["at"])
    progress = (step - warmup["steps"]) / (steps - warmup["steps"])
    return 0.5 * base * (1.0 + math.cos(math.pi * progress))
