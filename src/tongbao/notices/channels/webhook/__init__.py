"""Webhooks: a notice as signed JSON to a machine of the recipient's. signing.py says how the other side checks it."""
