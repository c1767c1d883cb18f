"""Pages of watching."""
