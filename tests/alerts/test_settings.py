"""What the rules file says under `alerts`, and what is refused there, with its line."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from idqp_cli.alerts.alertmanager import Alertmanager
from idqp_cli.alerts.mail import Email
from idqp_cli.alerts.pagerduty import PagerDuty
from idqp_cli.alerts.routing import AlertSettings
from idqp_cli.alerts.slack import Slack
from idqp_cli.alerts.values import Match, Route, Silence
from idqp_cli.alerts.webhook import Webhook
from idqp_cli.core.errors import RulesError
from idqp_cli.project.project import load

HEAD = "version: 1\ndatasets: {d: {path: x.csv}}\nalerts:\n"


def settings(folder: Path, text: str) -> AlertSettings:
    path = folder / "rules.yaml"
    path.write_text(HEAD + text, encoding="utf-8")
    found = load(str(path), {}).alerts
    assert found is not None
    return found


ALL = """\
  channels:
    oncall: {type: pagerduty, routing_key: "${IDQP_KEY}"}
    europe: {type: pagerduty, routing_key: "${IDQP_KEY}", url: "https://events.eu.pagerduty.com/v2/enqueue"}
    data: {type: slack, webhook: "${IDQP_HOOK}"}
    mail:
      type: email
      host: mail.example.com
      port: 465
      tls: implicit
      from: idqp@example.com
      to: [a@example.com, "${IDQP_BOSS}"]
      user: "${IDQP_USER}"
      password: "${IDQP_PASSWORD}"
    hook: {type: webhook, url: "https://${IDQP_HOST}/in", secret: "${IDQP_KEY}"}
    prometheus: {type: alertmanager, url: "http://localhost:9093", token: "${IDQP_KEY}"}
  routes:
    - {match: {severity: critical, tag: [money, "m*"]}, to: [oncall, data]}
    - {match: {dataset: "f*", type: unique}, to: mail}
    - to: [data]
  silences:
    - {match: {dataset: d}, from: 2024-01-31, until: "2024-02-01T06:00:00+02:00"}
    - {between: ["22:00", "06:00"], days: [sat, sun]}
  digest: 5
  repeat: 2d
  samples: true
  allow_private: true
"""


def test_all_of_it(tmp_path: Path) -> None:
    assert settings(tmp_path, ALL) == AlertSettings(
        channels={
            "oncall": PagerDuty(routing_key="${IDQP_KEY}"),
            "europe": PagerDuty(routing_key="${IDQP_KEY}", url="https://events.eu.pagerduty.com/v2/enqueue"),
            "data": Slack(webhook="${IDQP_HOOK}"),
            "mail": Email(
                host="mail.example.com", port=465, tls="implicit", sender="idqp@example.com",
                to=("a@example.com", "${IDQP_BOSS}"), user="${IDQP_USER}", password="${IDQP_PASSWORD}",
            ),
            "hook": Webhook(url="https://${IDQP_HOST}/in", secret="${IDQP_KEY}"),
            "prometheus": Alertmanager(url="http://localhost:9093", token="${IDQP_KEY}"),
        },
        routes=(
            Route(Match(severity=("critical",), tag=("money", "m*")), ("oncall", "data")),
            Route(Match(dataset=("f*",), type=("unique",)), ("mail",)),
            Route(Match(), ("data",)),
        ),
        silences=(
            Silence(Match(dataset=("d",)), datetime(2024, 1, 31, tzinfo=UTC), datetime(2024, 2, 1, 4, tzinfo=UTC)),
            Silence(Match(), between=(time(22), time(6)), days=(5, 6)),
        ),
        digest=5, repeat=timedelta(days=2), samples=True, allow_private=True,
    )  # fmt: skip


def test_without_any(tmp_path: Path) -> None:
    assert settings(tmp_path, "  channels: {}\n") == AlertSettings()
    assert settings(tmp_path, "  repeat: never\n") == AlertSettings(repeat=None)


SLACK = '  channels: {s: {type: slack, webhook: "${IDQP_H}"}}\n'
MAIL = "  channels: {m: {type: email, host: mail.example.com, from: a@b.c, to: d@e.f, "


@pytest.mark.parametrize(("text", "message"), [
    ("  chanels: {}", "4: alerts: unknown key 'chanels'; did you mean 'channels'?"),
    ("  channels: [a]", "4: alerts: channels: must be a mapping (key: value), not a list"),
    ("  channels: {a b: {type: slack}}", "4: alerts: channels: 'a b': a name consists of letters, digits, _ . - (at most 100)"),
    ("  channels: {s: {webhook: x}}", "4: alerts: channels: s: type: is missing; known types: slack, email, pagerduty, webhook, alertmanager, teams, discord, opsgenie"),
    ("  channels: {s: {type: pager}}", "4: alerts: channels: s: unknown channel type 'pager'; known types: slack, email, pagerduty, webhook, alertmanager, teams, discord, opsgenie"),
    ("  channels: {s: {type: slack}}", "4: alerts: channels: s: webhook: is missing"),
    ("  channels: {s: {type: slack, webhok: x}}", "4: alerts: channels: s: unknown key 'webhok'; did you mean 'webhook'?"),
    ('  channels: {s: {type: slack, webhook: "http://example.com/"}}', "4: alerts: channels: s: webhook: the address must begin with https://; http:// works only for loopback"),
    ('  channels: {s: {type: slack, webhook: "${HOME}"}}', "4: alerts: channels: s: webhook: ${HOME}: only variables that begin with IDQP_ are read"),
    ("  channels: {p: {type: pagerduty, routing_key: R0123}}", "4: alerts: channels: p: routing_key: is a secret: use a variable instead, like ${IDQP_ROUTING_KEY}, and set it in the environment"),
    ('  channels: {w: {type: webhook, url: "https://e.org", secret: "x${IDQP_S}"}}', "4: alerts: channels: w: secret: is a secret: use a variable instead, like ${IDQP_SECRET}, and set it in the environment"),
    (MAIL + "tls: none}}", "4: alerts: channels: m: tls: none is for loopback alone"),
    (MAIL + "tls: ssl}}", "4: alerts: channels: m: tls: must be one of starttls, implicit, none, not 'ssl'"),
    (MAIL + "port: 0}}", "4: alerts: channels: m: port: must be a port, 1 to 65535, not '0'"),
    (MAIL + "user: me}}", "4: alerts: channels: m: user and password come together"),
    ('  channels: {m: {type: email, host: h, from: "a\\r\\nBcc: b@c.d", to: d@e.f}}', "4: alerts: channels: m: from: 'a\\r\\nBcc: b@c.d' is not an e-mail address"),
    ("  channels: {m: {type: email, host: h, from: a@b.c, to: []}}", "4: alerts: channels: m: to: names nobody"),
    (SLACK + "  routes: [{to: t}]", "5: alerts: routes: to: there is no channel 't'; the file has s"),
    (SLACK + "  routes: [{match: {severity: critical}}]", "5: alerts: routes: to: is missing; name the channels"),
    (SLACK + "  routes: [{match: {severity: high}, to: s}]", "5: alerts: routes: match: severity: must be one of info, warning, critical, not 'high'"),
    (SLACK + "  routes: [{match: {owner: me}, to: s}]", "5: alerts: routes: match: unknown key 'owner'; known keys: severity, dataset, tag, type"),
    ("  silences: [{match: {dataset: d}}]", "4: alerts: silences: a silence needs a time: set from, until, between, days or cron"),
    ("  silences: [{from: tomorrow}]", "4: alerts: silences: from: must be a time like 2024-01-31T06:00:00Z, not 'tomorrow'"),
    ("  silences: [{from: 2024-02-01, until: 2024-02-01}]", "4: alerts: silences: until: must be later than from"),
    ("  silences: [{zone: UTC}]", "4: alerts: silences: a silence needs a time: set from, until, between, days or cron"),
    ("  silences: [{days: [mon], zone: Mars/Olympus}]", "4: alerts: silences: zone: 'Mars/Olympus' is not a time zone like Europe/Berlin"),
    ("  silences: [{days: [mon], zone: ../../etc/passwd}]", "4: alerts: silences: zone: '../../etc/passwd' is not a time zone like Europe/Berlin"),
    ('  silences: [{cron: "0 22 * * *"}]', "4: alerts: silences: set cron and for together: the start of the silence and its length"),
    ('  silences: [{cron: "0 25 * * *", for: 8h}]', """4: alerts: silences: cron: must be a cron expression, like "0 22 * * 1-5" (22:00 from Monday to Friday), not '0 25 * * *'"""),
    ("  tell_after: 0", "4: alerts: tell_after: must be a number of failures, 1 to 1000, not '0'"),
    ('  channels: {s: {type: slack, webhook: "${IDQP_X}", text: "{nobody}"}}', "4: alerts: channels: s: text: there is no field {nobody}; known fields: summary, severity, dataset, rule, told, message, count, incident, command"),
    ('  channels: {s: {type: slack, webhook: "${IDQP_X}", mention: "<!here>"}}', "4: alerts: channels: s: mention: '<!here>' must be a member (U…), a user group (S…), here, channel or everyone"),
    ('  silences: [{between: ["22:00"]}]', '4: alerts: silences: between: must be two times of the day, like ["22:00", "06:00"]'),
    ('  silences: [{between: ["22:00", "24:00"]}]', '4: alerts: silences: between: must be two times of the day, like ["22:00", "06:00"]'),
    ("  silences: [{days: [someday]}]", "4: alerts: silences: days: must be one of mon, tue, wed, thu, fri, sat, sun, not 'someday'"),
    ("  repeat: 5", "4: alerts: repeat: must be a duration with a unit, like 90s, 30m, 24h or 7d, not '5'"),
    ("  repeat: 5s", "4: alerts: repeat: must be a minute or more, or never, not '5s'"),
    ("  digest: -1", "4: alerts: digest: must be a whole number, 0 or more, not '-1'"),
    ("  samples: yes", "4: alerts: samples: must be true or false, not 'yes'"),
])  # fmt: skip
def test_refusal(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(RulesError) as refused:
        settings(tmp_path, text)
    line, _, rest = message.partition(":")
    found = re.fullmatch(rf"{re.escape(str(tmp_path))}/rules.yaml:{line}:[0-9]+:(.*)", str(refused.value))
    assert found is not None, refused.value
    assert found[1] == rest
