"""The statements of the notes as checks with a verdict."""
