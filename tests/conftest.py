"""What holds for all tests."""

from hypothesis import settings

# other work on the machine must not fail a test: speed is measured in benchmarks/
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")
