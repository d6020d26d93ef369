"""The one exception whose message is meant for the user: a line that names the thing and what to do."""


class BadInput(Exception):
    """Something the user gave, or the machine lacks; the command line prints the message and exits with 1."""
