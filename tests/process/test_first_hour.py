"""A new installation, as its first user meets it: from an empty folder to the first report on the desk."""

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest

from tests.instance import PASSWORD, Instance, document, error
from tests.web import Visitor

pytestmark = pytest.mark.process


@pytest.mark.once
def test_it_gets_a_new_office_going(make_instance: Callable[..., Instance]) -> None:
    instance = make_instance("bare", TONGBAO_LANGUAGE="en")

    # Nothing is there: the commands say so, and what to do.
    assert error(instance.run("worker"))["code"] == "not-migrated"
    prepared = document(instance.run("migrate"))
    assert len(prepared["migrations"]) > 20

    # The first administrator is invited; asked again, the newer link is the one that works.
    invite = ("create-admin", "--email", "Admin@Office.example", "--name", "吳管理")
    first, second = (document(instance.run(*invite)) for _ in range(2))
    assert second["email"] == "admin@office.example"
    instance.serve("--workers", "1")
    admin = Visitor(instance.url)
    assert admin.get(urlsplit(first["set_password_at"]).path).status == 404
    admin.get(urlsplit(second["set_password_at"]).path)
    admin.send(admin.form(field="password"), password="short", again="short")
    assert admin.status == 422
    admin.send(admin.form(field="password"), password=PASSWORD, again=PASSWORD)
    assert (admin.status, "/login/" in admin.at) == (200, True), admin.text()
    admin.sign_in("admin@office.example", PASSWORD)
    assert "/2fa/" in admin.get("/organisations/").at, admin.text()
    admin.enrol_second_factor()
    assert admin.get("/organisations/").status == 200
    assert Visitor(instance.url).get(urlsplit(second["set_password_at"]).path).status == 404, "a link is good once"
    assert error(instance.run(*invite))["code"] == "admin-exists"

    # A program hands something in twice: it is taken once. With other content it is refused.
    handing = ("submit", "-", "--key", "ticket-4711")
    report = '{"summary": "檔案伺服器遭加密", "level": 3, "addresses": "203.0.113.66"}'
    taken, again = (document(instance.run(*handing, stdin=report)) for _ in range(2))
    assert (taken["repeat"], again["repeat"]) == (False, True)
    assert taken | {"repeat": True} == again
    assert error(instance.run(*handing, stdin=report.replace("3", "4")))["code"] == "key-reused"

    # Its receipt opens it on the portal.
    visitor = Visitor(instance.url).get("/follow-up/")
    visitor.send(visitor.form(field="receipt"), receipt=taken["receipt"])
    assert visitor.has("檔案伺服器遭加密"), visitor.text()
    verdict = document(instance.run("audit", "verify"))
    assert (verdict["ok"], verdict["checked"] > 5) == (True, True)
