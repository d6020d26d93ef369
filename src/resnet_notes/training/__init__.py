"""Determinism, the optimiser and its schedule, the loop, checkpoints and resume."""
