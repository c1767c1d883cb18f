"""A small IMAP server for the tests: one folder, as much of the protocol as reading it takes."""

import re
import socketserver
import threading
from typing import Any


class Folder:
    """``mails``: what is in it, by uid; ``seen``: what is flagged. ``password``: what it asks for."""

    def __init__(self, mails: dict[int, bytes], password: str = "secret") -> None:
        self.mails, self.password = mails, password
        self.seen: set[int] = set()
        folder = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                self.wfile.write(b"* OK here\r\n")
                for line in self.rfile:
                    tag, _, command = line.decode().strip().partition(" ")
                    self.wfile.write(folder.answer(tag, command))
                    if command.upper() == "LOGOUT":
                        return

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True

            def handle_error(self, *args: Any) -> None:
                """Clients that break off are part of the game."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = int(self.server.server_address[1])
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def answer(self, tag: str, command: str) -> bytes:
        word = command.upper()
        done = f"{tag} OK done\r\n".encode()
        if word == "CAPABILITY":
            return b"* CAPABILITY IMAP4rev1\r\n" + done
        if word.startswith("LOGIN"):
            return done if self.password in command else f"{tag} NO who are you\r\n".encode()
        if word.startswith("SELECT"):
            return b"* 1 EXISTS\r\n" + done if "INBOX" in command else f"{tag} NO no such folder\r\n".encode()
        if word.startswith("UID SEARCH"):
            found = " ".join(str(uid) for uid in sorted(set(self.mails) - self.seen))
            return f"* SEARCH {found}\r\n".encode() + done
        if found_ := re.match(r"UID FETCH (\d+) .*<0\.(\d+)>", command):
            uid, most = map(int, found_.groups())
            part = self.mails[uid][:most]
            head = f"* 1 FETCH (UID {uid} RFC822.SIZE {len(self.mails[uid])} BODY[]<0> {{{len(part)}}}\r\n".encode()
            return head + part + b")\r\n" + done
        if found_ := re.match(r"UID STORE (\d+) \+FLAGS \(\\Seen\)", command):
            self.seen.add(int(found_.group(1)))
            return done
        return b"* BYE\r\n" + done if word == "LOGOUT" else f"{tag} BAD\r\n".encode()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
