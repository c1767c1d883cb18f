"""One folder per channel. base.py: what each offers; registry.py: those that are set up here."""
