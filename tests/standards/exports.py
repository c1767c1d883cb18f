"""Exports of other products, written by hand after their documented shapes."""

import base64
from typing import Any

import msgspec

TICKET: dict[str, Any] = {
    "id": 4711,
    "type": "ticket",
    "_url": "https://rt.example/REST/2.0/ticket/4711",
    "EffectiveId": {"id": "4711", "type": "ticket"},
    "Queue": {"id": "3", "Name": "Incidents", "type": "queue"},
    "Subject": "Phishing page of a bank",
    "Status": "resolved",
    "Created": "2024-03-01T02:00:00Z",
    "Resolved": "2024-03-04T08:30:00Z",
    "Started": "1970-01-01T00:00:00Z",
    "Requestor": [{"id": "citizen@mail.example", "type": "user"}],
    "CustomFields": [
        {"id": "1", "name": "Classification", "values": ['rsit:fraud="phishing"']},
        {"id": "2", "name": "Description", "values": ["A copy of the sign-in page."]},
        {"id": "3", "name": "IP", "values": ["203.0.113.80"]},
        {"id": "4", "name": "Domain", "values": ["login.bank-secure.example"]},
        {"id": "5", "name": "Resolution", "values": ["successfully resolved"]},
    ],
    "Transactions": {
        "items": [
            {
                "Type": "Create",
                "Created": "2024-03-01T02:00:00Z",
                "Creator": {"id": "citizen@mail.example"},
                "Attachments": [
                    {"ContentType": "text/plain", "Content": base64.b64encode("請看這個網址".encode()).decode()},
                    {"ContentType": "text/html", "Content": base64.b64encode(b"<p>x</p>").decode()},
                    {"ContentType": "image/png", "Filename": "shot.png", "Content": ""},
                ],
            },
            {"Type": "AddReminder", "Created": "2024-03-01T02:01:00Z"},
            {"Type": "Status", "OldValue": "open", "NewValue": "resolved", "Created": "2024-03-04T08:30:00Z"},
        ]
    },
}
HIVE: dict[str, Any] = {
    "_id": "~81924",
    "_type": "Case",
    "number": 12,
    "title": "勒索軟體：檔案伺服器",
    "description": "Encrypted since the morning",
    "severity": 3,
    "severityLabel": "HIGH",
    "startDate": 1709258400000,
    "status": "InProgress",
    "stage": "InProgress",
    "tlp": 3,
    "tlpLabel": "AMBER+STRICT",
    "tags": ["hospital"],
    "observables": [
        {"dataType": "ip", "data": "198.51.100.7", "tlp": 2, "tlpLabel": "AMBER"},
        {"dataType": "domain", "data": "c2.evil-host.example", "tlp": 4, "tlpLabel": "RED"},
        {"dataType": "file", "attachment": {"name": "x.exe", "hashes": ["a" * 64, "b" * 32]}},
    ],
    "tasks": [
        {
            "title": "Isolate",
            "status": "Completed",
            "startDate": 1709260000000,
            "assignee": "ana@csirt.example",
            "logs": [{"message": "Done at the switch", "date": 1709261000000, "_createdBy": "ana@csirt.example"}],
        },
        {"title": "Restore", "status": "Waiting"},
    ],
    "comments": [{"message": "Call the vendor", "createdAt": 1709262000000, "createdBy": "bo@csirt.example"}],
}
IRIS: dict[str, Any] = {
    "status": "success",
    "data": {
        "case": {
            "name": "#7 - Web shell on a portal",
            "open_date": "2024-05-02",
            "close_date": "Fri, 10 May 2024 00:00:00 GMT",
            "description": "Found by the owner",
            "soc_id": "SOC-9",
            "for_customer": "Harbour City",
            "opened_by": "ana",
        },
        "iocs": [{"ioc_value": "hxxp://shell.evil-host[.]example/a.php", "type_name": "url", "ioc_tags": "a,b"}],
        "assets": [{"asset_name": "WEB-01", "asset_ip": "203.0.113.9", "type": "Linux - Server"}],
        "timeline": [{"event_title": "Upload", "event_content": "POST a.php", "event_date": "2024-05-01T21:00:00"}],
        "notes": [{"note_title": "Idea", "note_content": "Old plugin", "note_creationdate": "2024-05-02T10:00:00"}],
        "tasks": [{"task_title": "Patch", "task_status": "Done", "task_open_date": "2024-05-02T11:00:00"}],
        "evidences": [{"filename": "access.log", "file_hash": "c" * 64, "date_added": "2024-05-02T12:00:00"}],
    },
}


def exported(*cases: dict[str, Any]) -> bytes:
    return msgspec.json.encode(list(cases))
