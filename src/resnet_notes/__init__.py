"""An executable edition of the "Notes on Residual Networks"."""
