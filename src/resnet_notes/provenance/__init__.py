"""What belongs to the params and the code in the tree: keys, seals, verify, prune.

A result's place is its provenance. A run's folder is named by its key, a hash of all that decides its bits; a file with
a fixed name has a seal beside it whose name holds its key. A result can be missing, but never stale.
"""
