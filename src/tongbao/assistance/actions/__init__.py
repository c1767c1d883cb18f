"""The verbs: capabilities, helping, membership."""
