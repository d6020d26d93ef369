"""The typed model of params.yaml, and the grids of runs it expands to."""
