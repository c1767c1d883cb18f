"""One adapter for every HTTP gateway that sends SMS or calls people: what is particular to it stands in a file.

described.py  that file, checked: request, answer, report, reply     outcomes.py  what an answer means, pure
adapter.py    the channel                                            text.py      what a short message says
simulator.py  a gateway for tests and the demonstration              simulator.toml  its description
"""
