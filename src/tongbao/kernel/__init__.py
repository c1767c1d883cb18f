"""What every room may use and what uses nothing: time, ids, refusals, markings, settings, canonical text.

No Django and no network here (an import contract holds that).
"""
