"""One search on both databases: two-character Chinese words, English prefixes, addresses, numbers.

words.py   text to tokens and a query to terms, pure     models.py  SearchDoc, one row per thing and reader class
walk.py    what each database's index proposes            find.py    which of it holds, among what the asker may see
"""
