"""Pages of the office about feeds and findings."""
