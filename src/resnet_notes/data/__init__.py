"""Where each data set comes from, fetching and checking it, and its tensors."""
