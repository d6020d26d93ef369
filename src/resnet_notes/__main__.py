"""`python -m resnet_notes`: the command line."""

from resnet_notes.cli import main

main()
