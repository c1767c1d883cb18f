"""Pages of the duty desk."""
