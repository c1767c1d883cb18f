"""Paper: a call sheet to print, tick and type back. sheet.py: its rows; the page, the CSV and the PDF are made of them.

It is no channel that a worker sends on: people carry it. What they hear comes back as answers by telephone.
"""
