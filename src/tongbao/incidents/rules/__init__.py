"""Decisions of the case desk, pure: what is taken in, what the law requires, who is concerned, what may be closed."""
