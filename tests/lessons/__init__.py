"""Lessons from closed cases."""
