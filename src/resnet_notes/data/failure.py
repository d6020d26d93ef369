"""How a source says that it cannot deliver."""


class SourceFailed(Exception):
    """One source of a data set failed; the message is its reason in one line, and the next source is tried."""
