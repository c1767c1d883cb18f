"""The demonstration country: invented organisations and people, the same that the tests tell stories with.

cast.py   who is who        country.py  builds it with the product's own verbs
feeds.py  days of feeds
partners.py  warnings of a weather service come in
story.py  the central job, played once                    mailbox.py  a mail server that keeps what it gets
"""
