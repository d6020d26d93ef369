"""Two builds of the notes side by side, with what changed marked."""
