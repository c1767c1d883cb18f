"""A phishing page that citizens report: its hoster is asked, reminded, and the page is gone; another has just begun."""

from collections.abc import Callable
from datetime import timedelta

from tongbao.incidents.actions.submissions import submit
from tongbao.incidents.models import Submission
from tongbao.incidents.rules.intake import Draft, Entrance
from tongbao.kernel import clock
from tongbao.kernel.markings import TLP
from tongbao.parties.standing import actor_of
from tongbao.policy.actors import ANONYMOUS
from tongbao.takedown import actions
from tongbao.wiring.demo.country import Country

Say = Callable[[str], None]
GONE, NEW = "https://login.greenhill-secure.example/verify", "https://parcel-fee.example/pay"


def play(country: Country, say: Say) -> None:
    """One from the first report to the look that found it down, one that nobody has been asked for yet."""
    officer, now = actor_of(country.people["officer"]), clock.now()
    home = country.organisations["FARHILL"].public_id
    with clock.at(now - timedelta(hours=40)):
        _report(GONE, 6)
        gone = actions.open_takedown(actions.Draft(places=GONE, address="203.0.113.80"), actor=officer)
        _ask(gone.public_id, home, country)
    with clock.at(now - timedelta(hours=12)):
        actions.check_takedown(gone.public_id, verdict="up", words="由外部網路查看", actor=officer)
        _ask(gone.public_id, home, country)
    with clock.at(now - timedelta(hours=3)):
        actions.check_takedown(gone.public_id, verdict="down", words="頁面已移除", actor=officer)
    _report(NEW, 3)
    actions.open_takedown(actions.Draft(places=NEW, address="203.0.113.91", words="冒用物流名義"), actor=officer)
    say("    兩個釣魚網頁：一個經催辦後下架，一個待請求下架。")
    say("    Two phishing pages: one was taken down after a reminder, one waits to be asked for (/takedowns/).")


def _report(link: str, many: int) -> None:
    for number in range(many):
        draft = Draft(summary="可疑網址", description=link, entrance=Entrance.SUSPICIOUS)
        submit(draft, key=f"{link}:{number}", door=Submission.Door.WEB, actor=ANONYMOUS)


def _ask(key: str, home: str, country: Country) -> None:
    officer = actor_of(country.people["officer"])
    actions.ask_takedown(key, organisation=home, part="hoster", words="", tlp=TLP.GREEN, actor=officer)
