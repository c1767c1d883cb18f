"""The verbs of observations."""
