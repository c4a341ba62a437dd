"""The slow, obvious twin of every fast routine in `kontor.engines`: the oracle of its tests."""
