"""Types at tokcli.exe in a console of wine's, which there is where a terminal is: the hidden prompt, and Ctrl-C.

Usage: console.py WINE TOKCLI_EXE
"""

import os
import pty
import select
import signal
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

wine, program = sys.argv[1:]
PROMPT = b"refresh token:"
# Wine kills what is slow to end.
CONTROL_C_EXITS = (0xC000013A & 0xFF, -signal.SIGKILL)
PROFILE = """[profiles.w]
dialect = "oauth2"
token_url = "http://127.0.0.1:%d/token"
authorization_url = "http://127.0.0.1:9/authorize"
client_id = "c"
store = "file"
"""
ANSWER = b'{"access_token": "at-one", "refresh_token": "rt-two", "token_type": "Bearer", "expires_in": 3600}'
asked, answer = threading.Event(), threading.Event()
requests = 0


class Vendor(BaseHTTPRequestHandler):
    """Answers when it is told to."""

    def do_POST(self):
        global requests
        requests += 1
        self.rfile.read(int(self.headers["Content-Length"]))
        asked.set()
        answer.wait(60)
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(ANSWER)))
        self.end_headers()
        self.wfile.write(ANSWER)

    def log_message(self, *_):
        pass


def typed(place, words, steps):
    """Runs `words`, types each step's keys the moment its mark is shown (or its event has come): what was shown, and the
    exit status."""
    environment = dict(
        os.environ,
        TERM="xterm",
        TOKCLI_CONFIG="Z:" + os.path.join(place, "profiles.toml"),
        TOKCLI_STATE_DIR="Z:" + os.path.join(place, "state"),
    )
    process, terminal = pty.fork()
    if process == 0:
        os.execve(wine, [wine, *words], environment)
    shown, until, steps = b"", time.time() + 120, list(steps)
    while True:
        if select.select([terminal], [], [], 0.05)[0]:
            try:
                part = os.read(terminal, 4096)
            except OSError:
                break
            if not part:
                break
            shown += part
        if steps and (steps[0][0] in shown if isinstance(steps[0][0], bytes) else steps[0][0].is_set()):
            os.write(terminal, steps.pop(0)[1])
        if time.time() > until:
            os.kill(process, signal.SIGKILL)
            raise SystemExit(f"it does not end: {shown}")
    return shown, os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def hold(what, shown):
    if not what:
        raise SystemExit(f"{sys.argv[0]}: failed; shown was {shown}")


vendor = HTTPServer(("127.0.0.1", 0), Vendor)
threading.Thread(target=vendor.serve_forever, daemon=True).start()
with tempfile.TemporaryDirectory() as place:
    with open(os.path.join(place, "profiles.toml"), "w") as profiles:
        profiles.write(PROFILE % vendor.server_port)

    shown, code = typed(place, [program, "import"], [(PROMPT, b"rt-pasted-at-once\r")])
    hold(code == 0 and b"imported" in shown and b"pasted" not in shown, shown)
    print("a token pasted the moment the prompt appears is taken, and not shown")

    # What it leaves would be read, and shown, by the next program of the console.
    with open(os.path.join(place, "both.bat"), "w") as both:
        both.write(f'@"{program}" import --replace\r\n@set /p left=next:\r\n')
    block = b'{\r"refresh_token": "rt-one"}\recho spilled\r'
    shown, code = typed(place, ["cmd", "/c", "Z:" + os.path.join(place, "both.bat")], [(PROMPT, block), (b"next:", b"\r")])
    hold(b"several lines" in shown and b"spilled" not in shown and b"rt-one" not in shown, shown)
    print("a paste of several lines is refused, and nothing of it is left")

    shown, code = typed(place, [program, "import", "--replace"], [(PROMPT, b"\x03")])
    hold(code in CONTROL_C_EXITS and b"error" not in shown, (code, shown))
    print("Ctrl-C ends it as Windows has it")

    pasted = b"http://127.0.0.1/?code=c0de-pasted&state=another\r"
    steps = [(b"hidden", pasted), (b"state", b"\x03")]
    shown, code = typed(place, [program, "login", "--paste", "--replace"], steps)
    hold(b"authorize?" in shown and b"c0de" not in shown, (code, shown))
    print("an address that is pasted at a login is not shown")

    def later():
        asked.wait(60)
        time.sleep(1)
        answer.set()

    threading.Thread(target=later, daemon=True).start()
    shown, code = typed(place, [program, "refresh"], [(asked, b"\x03")])
    hold(code in CONTROL_C_EXITS and answer.is_set() and b"then this run" in shown, (code, shown))
    shown, code = typed(place, [program, "token"], [])
    hold(code == 0 and b"at-one" in shown and requests == 1, (code, requests, shown))
    print("Ctrl-C in mid-request waits until what the vendor answers is stored")
