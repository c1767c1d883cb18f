"""The verbs of the case desk, by noun."""
