"""Pages about submissions and cases, for the office."""
