#!/usr/bin/env python3
"""Makes docs/demo.svg of a real run of the demo, which it reads from standard input: `make recording`.

Each line appears when it would have been read up to there, and the picture scrolls as a terminal does. What the lines say is what the
run said; only the pace is made up.
"""

import sys
import textwrap
from html import escape

COLUMNS, ROWS = 110, 26
CELL, LINE, EDGE = 7.8, 17, 12
# Seconds before a line: a command is typed, a heading begins something new, the rest comes at once.
COMMAND, HEADING, OUTPUT, REST = 1.2, 2.0, 0.12, 6.0


def lines(text):
    """As a terminal of that width shows them, each with how it looks."""
    before = ""
    for line in text.splitlines():
        if line.startswith("$ "):
            kind = "command"
        elif line and not before:
            kind = "heading"
        else:
            kind = "output"
        for part in textwrap.wrap(line, COLUMNS, drop_whitespace=False, replace_whitespace=False) or [""]:
            yield part, kind
        before = line


def drawn(text):
    shown = list(lines(text))
    moments, now = [], 0.0
    for _, kind in shown:
        now += {"command": COMMAND, "heading": HEADING}.get(kind, OUTPUT)
        moments.append(now)
    length = now + REST
    percent = lambda moment: f"{100 * moment / length:.3f}%"
    width, height = COLUMNS * CELL + 2 * EDGE, ROWS * LINE + 2 * EDGE
    rules, texts, scroll = [], [], ["0%{transform:translateY(0)}"]
    for number, ((part, kind), moment) in enumerate(zip(shown, moments)):
        rules.append(
            f"@keyframes a{number}{{0%,{percent(moment - 0.001)}{{opacity:0}}{percent(moment)},100%{{opacity:1}}}}"
            f"#l{number}{{animation:a{number} {length:.2f}s infinite}}"
        )
        texts.append(f'<text id="l{number}" class="{kind}" y="{(number + 1) * LINE - 5}">{escape(part)}</text>')
        above = max(0, number + 1 - ROWS) * LINE
        scroll.append(f"{percent(moment)}{{transform:translateY(-{above}px)}}")
    scroll.append(f"100%{{transform:translateY(-{max(0, len(shown) - ROWS) * LINE}px)}}")
    newline = "\n"
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" role="img">
<title>A run of the demo of tokcli</title>
<style>
text{{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#d8dee9;white-space:pre}}
.command{{fill:#a3be8c}}.heading{{fill:#88c0d0;font-weight:bold}}
#all{{animation:scroll {length:.2f}s step-end infinite}}
@keyframes scroll{{{"".join(scroll)}}}
{newline.join(rules)}
</style>
<rect width="100%" height="100%" rx="6" fill="#2e3440"/>
<svg x="{EDGE}" y="{EDGE}" width="{width - 2 * EDGE:.0f}" height="{ROWS * LINE}"><g id="all">
{newline.join(texts)}
</g></svg>
</svg>
"""


sys.stdout.write(drawn(sys.stdin.read()))
