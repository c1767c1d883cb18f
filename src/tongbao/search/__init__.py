"""One search on both databases: two-character Chinese words, English prefixes, addresses, numbers.

words.py   text to tokens and a query to terms, pure     models.py  SearchDoc, one row per thing and reader class
find.py    newest visible rows first, then the index
"""
