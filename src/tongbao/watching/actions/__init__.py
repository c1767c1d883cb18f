"""The verbs of watching, by noun."""
