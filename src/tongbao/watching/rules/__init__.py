"""Decisions of watching, pure."""
