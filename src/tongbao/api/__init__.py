"""The machine interface: the same verbs and reads as the pages, under the same policy, as JSON.

app.py       the API object, who may come in     endpoint.py  how an endpoint is declared, read and answered
problems.py  refusals as problem documents        shapes.py    what things look like in JSON
once.py      idempotency keys                      routes/      the endpoints, by noun
"""
