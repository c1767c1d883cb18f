"""Days of feeds in the demonstration country: rows of our own, owners told, answers, and what comes back."""

from collections.abc import Callable
from datetime import datetime, timedelta

from tongbao.kernel import clock
from tongbao.observations import digests, figures, page, receiving, running
from tongbao.observations.actions import findings, runs
from tongbao.observations.models import Digest, FeedRun, Finding
from tongbao.operations.models import routine
from tongbao.parties.standing import actor_of
from tongbao.parties.templatetags.parties import sector
from tongbao.policy import actors
from tongbao.wiring.demo.country import Country

Say = Callable[[str], None]
SUN, CITY, FAR, BANK, NOBODY = "198.51.100", "192.0.2", "203.0.113", "192.0.2", "100.200.1"
SCAN = "timestamp,ip,port,protocol,hostname,tag,asn,geo"
EVENT = "timestamp,protocol,src_ip,src_port,src_asn,src_geo,dst_ip,dst_port,infection"
SCANS: dict[str, tuple[tuple[str, int], ...]] = {
    "scan_ssh": ((f"{SUN}.31", 22), (f"{SUN}.32", 22), (f"{CITY}.21", 22)),
    "scan_rdp": ((f"{FAR}.70", 3389), (f"{BANK}.140", 3389)),
    "scan_telnet": ((f"{CITY}.22", 23), (f"{NOBODY}.5", 23)),
    "scan_smb": ((f"{SUN}.33", 445),),
    "scan_snmp": ((f"{CITY}.23", 161),),
    "scan_ntp": ((f"{FAR}.71", 123),),
    "scan_mqtt": ((f"{SUN}.34", 1883),),
    "scan_ftp": ((f"{BANK}.141", 21),),
}
EVENTS: dict[str, tuple[tuple[str, int, str], ...]] = {
    "event4_sinkhole": ((f"{SUN}.40", 49152, "conficker"), (f"{CITY}.30", 50123, "mirai")),
    "event4_honeypot_brute_force": ((f"{FAR}.72", 40011, ""),),
    "event4_honeypot_darknet": ((f"{FAR}.73", 40012, "mirai"),),
}
DAYS = (4, 3, 2, 1)
"""How many days ago the files came."""


def play(country: Country, say: Say) -> None:
    """Four days of files. A false positive, something mended that comes back, something that is no longer seen."""
    now = clock.now()
    for ago in DAYS:
        moment = now - timedelta(days=ago)
        with clock.at(moment):
            names = _files(ago)
            for name, content in names.items():
                _receive(f"{moment:%Y-%m-%d}-{name}-example-geo.csv", content)
        with clock.at(moment + timedelta(minutes=30)):
            digests.send_due()
        with clock.at(moment + timedelta(hours=5)):
            _answers(country, ago)
    _tell(now, say)


def _files(ago: int) -> dict[str, bytes]:
    """All reports on the first day, those of which something changes on the others."""
    moment = clock.now() - timedelta(hours=1)
    gone = {f"{CITY}.22"} if ago < 4 else set()
    mended = {f"{FAR}.70"} if ago in (3, 2) else set()
    scans = {
        name: _scan(moment, [row for row in rows if row[0] not in gone | mended])
        for name, rows in SCANS.items()
        if ago == 4 or name in ("scan_ssh", "scan_rdp", "scan_telnet")
    }
    events = {name: _event(moment, rows) for name, rows in EVENTS.items()} if ago == 4 else {}
    return scans | events


def _scan(moment: datetime, rows: list[tuple[str, int]]) -> bytes:
    lines = [f"{moment:%Y-%m-%d %H:%M:%S},{ip},{port},tcp,,,64500,TW" for ip, port in rows]
    return "\n".join([SCAN, *lines, ""]).encode()


def _event(moment: datetime, rows: tuple[tuple[str, int, str], ...]) -> bytes:
    lines = [f"{moment:%Y-%m-%d %H:%M:%S},tcp,{ip},{port},64500,TW,203.0.113.250,80,{name}" for ip, port, name in rows]
    return "\n".join([EVENT, *lines, ""]).encode()


def _receive(name: str, content: bytes) -> None:
    runs.take_in(
        receiving.arrive([content]),
        name=name,
        door=FeedRun.Door.FOLDER,
        operation=routine(),
        actor=actors.system("feeds"),
    )
    while running.work():
        pass


def _answers(country: Country, ago: int) -> None:
    if ago == 4:
        power, hoster, city = (actor_of(country.people[who]) for who in ("constituent", "hoster", "city"))
        findings.acknowledge(
            [_at(f"{SUN}.31")], verdict="false-positive", words="跳板機，僅允許特定來源登入。", actor=power
        )
        findings.acknowledge([_at(f"{SUN}.40")], verdict="confirmed", words="已離線，鑑識中。", actor=power)
        findings.fix([_at(f"{FAR}.70")], words="Closed at the border.", actor=hoster)
        findings.acknowledge([_at(f"{CITY}.30")], verdict="undetermined", actor=city)
    if ago == 3:
        findings.fix([_at(f"{SUN}.40")], words="系統已重新安裝。", actor=actor_of(country.people["constituent"]))


def _at(address: str) -> str:
    return Finding.objects.get(address=address).public_id


def _tell(now: datetime, say: Say) -> None:
    files, told = FeedRun.objects.count(), Digest.objects.filter(rows__gt=0).count()
    seen = Finding.objects.count()
    say(f"16  四天收進 {files} 個觀測檔案、{seen} 筆發現，彙整 {told} 則通知。Four days of feeds; owners are told.")
    say("17  一筆誤判、兩筆回報排除，其一再次出現。A false positive, two said to be mended, one of them came back.")
    found = figures.figures(Finding.objects.all(), (now - timedelta(days=5)).date(), now.date())
    times = [f"{sector(each.sector)}：{page.duration(each.to_fix)}" for each in found.paces if each.to_fix is not None]
    say(f"18  各領域排除時間：{'；'.join(times)}。Time to fix, by sector; {found.reappeared} came back.")
