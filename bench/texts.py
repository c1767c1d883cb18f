"""What the invented cases say: Chinese with English words in between, as officers write."""

import random

SYSTEMS = (
    ("檔案伺服器", "file server"),
    ("郵件伺服器", "mail server"),
    ("入口網站", "public web site"),
    ("個人電腦", "workstation"),
    ("網路儲存設備", "NAS"),
    ("視訊監控主機", "camera recorder"),
    ("無線基地台", "wireless access point"),
    ("工控閘道器", "control system gateway"),
    ("資料庫主機", "database host"),
    ("遠端連線閘道", "VPN gateway"),
    ("差勤系統", "attendance system"),
    ("公文系統", "document exchange"),
    ("帳務系統", "billing system"),
    ("測試環境主機", "staging host"),
)
EVENTS = (
    ("malicious-code/infected-system", "遭勒索軟體加密", "encrypted by ransomware"),
    ("malicious-code/infected-system", "遭植入後門程式", "infected with a backdoor"),
    ("malicious-code/c2-server", "對外連線至中繼站", "beaconing to a C2 server"),
    ("intrusions/application-compromise", "首頁遭置換", "defaced"),
    ("intrusions/system-compromise", "遭上傳網頁後門", "compromised through a web shell"),
    ("intrusion-attempts/brute-force", "帳號遭密碼猜測", "hit by password guessing"),
    ("information-gathering/social-engineering", "收到釣魚郵件", "targeted by phishing mail"),
    ("information-gathering/scanner", "遭大量掃描", "scanned"),
    ("availability/ddos", "遭分散式阻斷服務攻擊", "under a DDoS attack"),
    ("intrusion-attempts/ids-alert", "弱點未修補遭嘗試利用", "probed for an unpatched vulnerability"),
)
FACTS = (
    "承辦人於例行檢查時發現異常連線。",
    "使用者回報無法開啟共用資料夾，畫面出現要求付款的訊息。",
    "防毒軟體告警，已隔離可疑檔案。",
    "The log shows logins from abroad outside office hours.",
    "外部單位通報本機關位址對外攻擊。",
    "系統管理者檢視日誌後確認帳號遭盜用。",
    "影響範圍仍在確認，尚無資料外洩跡象。",
    "A contractor's laptop was connected to the network the day before.",
    "備份資料完整，預計以備份還原。",
    "已通知委外廠商協助處理。",
)
NOTES = (
    "已電話聯繫資安聯絡人，確認系統已離線。",
    "請提供近三十日之防火牆日誌與記憶體映像檔。",
    "Hash values sent to partners; no match in the platform so far.",
    "廠商到場鑑識，初步研判由遠端桌面入侵。",
    "已重設全部管理者密碼並啟用多因子驗證。",
    "收到回覆：惡意程式已清除，系統復原上線。",
    "The owner of the address confirms and is taking the host down.",
    "補充：受影響主機共三部，均屬內部網段。",
    "等候上級機關審核事件等級。",
    "Indicators were added to the block list of the sector.",
    "改善措施：更新韌體、關閉不必要服務、加強監控。",
    "已完成損害控制，持續觀察七日。",
)
NAMES_ZH = ("東", "西", "南", "北", "中", "新", "山", "海", "河", "湖", "林", "光", "明", "安", "和", "平")
NAMES_EN = ("East", "West", "South", "North", "Mid", "New", "Hill", "Sea", "River", "Lake", "Wood", "Light", "Bright")

RARE = "量子"
"""Stands in about one case of a hundred thousand."""
PAST = "千禧"
"""Stood in one case of fifty in the first half of the time, and in none since."""
ABSENT = "麒麟"


def title(rng: random.Random, organisation: str) -> tuple[str, str]:
    """A type of the taxonomy and a title."""
    kind, zh, en = rng.choice(EVENTS)
    system_zh, system_en = rng.choice(SYSTEMS)
    if rng.random() < 0.2:
        return kind, f"{organisation}: {system_en} {en}"[:200]
    return kind, f"{organisation}{system_zh}{zh}"


def summary(rng: random.Random, *, past: bool, rare: bool) -> str:
    """A few sentences."""
    parts = rng.sample(FACTS, rng.choice((1, 2, 2, 3)))
    if past:
        parts.append(f"與{PAST}年序問題相關之舊系統。")
    if rare:
        parts.append(f"涉及{RARE}金鑰設備。")
    return "".join(parts)


def note(rng: random.Random) -> str:
    """One entry of a log."""
    text = rng.choice(NOTES)
    return f"{text}（{address(rng)}）" if rng.random() < 0.2 else text


def address(rng: random.Random) -> str:
    """An address or host that belongs to nobody (RFC 2544, RFC 3849, RFC 2606)."""
    kind = rng.random()
    if kind < 0.6:
        return f"198.{rng.choice((18, 19))}.{rng.randrange(256)}.{rng.randrange(256)}"
    if kind < 0.7:
        return f"2001:db8:{rng.randrange(65536):x}::{rng.randrange(1, 65536):x}"
    return f"h{rng.randrange(400_000)}.example"
