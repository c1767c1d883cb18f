"""Who can help, and helping: capabilities on offer, requests for a case, the public-private alliance.

rules.py       what may be offered, who can be asked, which step follows which: pure
kinds.toml     kinds of capability, and what membership of the alliance brings: data in both languages
kinds.py       the data, read                       models.py   Capability, HelpRequest, Engagement, Membership
actions/       capabilities: offer, vet, withdraw; helping: ask, answer, assign, report, release, close;
               membership: apply, vet, sign, leave
queries.py     reads                                views/      office.py for the desk, own.py for organisations
"""
