"""The notes: numbers and verdicts put into the text, and the text turned into documents."""
