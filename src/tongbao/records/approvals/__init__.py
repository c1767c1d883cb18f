"""Pages of what is judged: for those who judge, and for those who handed something in."""
