"""Pages for constituents and the public."""
