"""Texts that would act if they came out raw: at a terminal, in a page, in a log, in a spreadsheet, in a CI system."""

from __future__ import annotations

PAYLOADS: dict[str, str] = {
    "colours": "\x1b[31mred\x1b[0m",
    "clears the screen": "\x1b[2J\x1b[1;1Hall passed",
    "window title": "\x1b]0;owned\x07",
    "link": "\x1b]8;;http://evil.example\x1b\\click\x1b]8;;\x1b\\",
    "clipboard": "\x1b]52;c;cm0gLXJmIH4=\x07",
    "device control": "\x1bP$q\x1b\\",
    "C1": "\x9b31mred\x9d0;x\x9c",
    "backspaces": "failed\x08\x08\x08\x08\x08\x08passed",
    "carriage return": "failed\rpassed",
    "bell, tab and feeds": "a\x07b\tc\x0bd\x0ce",
    "bidi override": "abc\u202egpj.exe\u202c",
    "bidi isolates": "\u2066admin\u2069\u2067x\u2069",
    "zero width": "ad\u200bmin\u200d\u2060\ufeff",
    "line separators": "a\u2028b\u2029c\x85d",
    "tags": "x\U000e0041\U000e0042",
    "private use and unassigned": "\ue000\U000effff\u0378",
    "script": "<script>alert(1)</script>",
    "image": "<img src=x onerror=alert(1)>",
    "attribute": "\"' onmouseover='alert(1)' x=\"",
    "closes": "</td></table></code></details></style></script><b>x",
    "SVG": "<svg/onload=alert(1)>",
    "comment": "--><!--x",
    "entities": "&lt;b&gt;&amp;amp;&#x41;",
    "CDATA": "]]><x/><![CDATA[",
    "XML declaration": "<?xml version='1.0'?><!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>&e;",
    "Markdown link": "[x](javascript:alert(1)) ![i](http://evil.example/i.png)",
    "Markdown table": "a | b |\n|---|---|\n| c",
    "Markdown code": "``` x ``` `y` ~~~ <http://evil.example>",
    "Markdown blocks": "# x\n> y\n- z\n\n    w\n***",
    "autolink and mention": "www.evil.example a@evil.example @team #1 GH-1",
    "output command": "x\n::set-output name=x::y",
    "error command": "x\n::error file=a,line=1::y%0A%25",
    "stops commands": "\n::stop-commands::t\n::add-mask::x\n##[group]x\n##vso[task.complete]",
    "formula": '=HYPERLINK("http://evil.example","x")',
    "formula of a command": "=cmd|' /C calc'!A0",
    "other formulas": "+1+1\n-1+1\n@SUM(1)\t=1",
    "a log line": "x\n2026-01-01 00:00:00 idqp: passed: all\nidqp: error: y",
    "Slack": "<!channel> <@U1> <http://evil.example|bank> *b* _i_",
    "Discord and Teams": "@everyone @here <@&1> <at>all</at>",
    "Prometheus": 'x"} 1\nidqp_score{dataset="y\\',
    "JSON": '"}],"status":"passed",{"a":"\\u0000\\',
    "templates": "${IDQP_TOKEN} {{ 7*7 }} %s {0} $(id) `id` [bold red]x[/bold red] [/foo] :smile:",
}  # fmt: skip


def in_a_path(text: str) -> str:
    """Return a payload as a part of the name of a file."""
    return text.replace("/", "∕").replace("*", "+").replace("?", "¿").replace("[", "(").replace("]", ")")[:60]
