"""What each channel makes of a notice: the bytes, and that hostile text in it is harmless.

`IDQP_GOLDEN=write pytest tests/alerts` writes the files anew; read the difference before you commit it.
"""

from __future__ import annotations

import base64
import hmac
import json
import os
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from idqp_cli.alerts import CHANNEL_TYPES, mail
from idqp_cli.alerts.alertmanager import Alertmanager
from idqp_cli.alerts.channel import Channel, Delivery, HttpChannel
from idqp_cli.alerts.discord import Discord
from idqp_cli.alerts.mail import Email
from idqp_cli.alerts.opsgenie import Opsgenie
from idqp_cli.alerts.pagerduty import PagerDuty
from idqp_cli.alerts.payload import narrowed, read, written
from idqp_cli.alerts.routing import AlertSettings, Occasion, of_run
from idqp_cli.alerts.slack import Slack
from idqp_cli.alerts.teams import Teams
from idqp_cli.alerts.values import Notice, Outcome, Told
from idqp_cli.alerts.webhook import Webhook, signature
from idqp_cli.core.incident import ChangeKind, Incident, IncidentChange, IncidentStatus
from idqp_cli.core.model import Result, Sample, Severity, Status, Verdict
from receivers import authority, mail_server, receiver

GOLDEN = Path(__file__).parent / "golden"
NOW = datetime(2024, 1, 31, 12, tzinfo=UTC)
SECRET = "s3cr3t"
DELIVERY = Delivery(NOW, {"IDQP_KEY": SECRET, "IDQP_URL": f"https://hooks.example.com/{SECRET}"})
CHANNELS: dict[str, Channel] = {
    "slack": Slack(webhook="${IDQP_URL}"),
    "email": Email(host="mail.example.com", sender="idqp@example.com", to=("a@example.com", "b@example.com")),
    "pagerduty": PagerDuty(routing_key="${IDQP_KEY}"),
    "webhook": Webhook(url="${IDQP_URL}", secret="${IDQP_KEY}"),
    "alertmanager": Alertmanager(url="https://alerts.example.com/prefix/"),
    "teams": Teams(webhook="${IDQP_URL}"),
    "discord": Discord(webhook="${IDQP_URL}"),
    "opsgenie": Opsgenie(api_key="${IDQP_KEY}"),
}
HTTP = [name for name in CHANNELS if name != "email"]
HOSTILE = [
    "& < >", "<!channel> <@U1> <http://evil.example|click>", "a\r\nBcc: all@example.com\r\n\r\nbody", "\x1b]0;owned\x07\x1b[2J",
    "*bold* _it_ `code` :smile: @here", "\u202eevil\u2066", "\x00\x9b31m", "{{ .Labels }} {% x %} ${IDQP_KEY}", '"; DROP', "\ud800",
    "<script>alert(1)</script>", "x" * 1_000_000, "\n.\r\nQUIT\r\n",
]  # fmt: skip


def made(kind: ChangeKind, number: int, **values: Any) -> IncidentChange:  # noqa: ANN401 - of any field
    incident = Incident(
        number, "flights", "range(delay)", "range", None, Severity.CRITICAL, IncidentStatus.OPEN,
        NOW - timedelta(hours=30), NOW, None, 4, 0.25, "delay is outside [0, 90]", fingerprint=f"{number:032x}",
        alerted_at=NOW - timedelta(hours=30),
    )  # fmt: skip
    incident = replace(incident, **values)
    status = Status.PASSED if kind is ChangeKind.RESOLVED else Status.FAILED
    verdict = Verdict(status, incident.message, incident.metric_value, 0.1, rows_evaluated=1000, rows_failed=250)
    sample = Sample(17, {"id": "k-17"}, {"delay": 999, incident.rule: incident.message})
    result = Result(incident.rule, "range", ("delay",), incident.severity, verdict, (sample,), incident.segment)
    return IncidentChange(
        kind, incident.dataset, result, number, incident, replace(incident, severity=Severity.WARNING)
    )


def notices(channel: Channel, *changes: IncidentChange, samples: bool = False, digest: int = 20) -> tuple[Notice, ...]:
    settings = AlertSettings(channels={"c": channel}, samples=samples, digest=digest)
    changes = tuple(replace(change, history=(0.0, 0.05)) for change in changes)
    return of_run(settings, changes, Occasion("0190-run", NOW))


def shown(channel: Channel, notice: Notice) -> str:
    """Return a message as text for the eye: the request, or the letter."""
    if isinstance(channel, HttpChannel):
        request = channel.request(notice, DELIVERY)
        headers = "".join(f"{name}: {value}\n" for name, value in request.headers.items())
        return f"POST {request.url}\n{headers}\n{json.dumps(json.loads(request.body), indent=1, ensure_ascii=False)}\n"
    assert isinstance(channel, Email)
    return channel.letter(notice, DELIVERY).as_bytes().decode("ascii").replace("\r\n", "\n")


def test_every_channel_is_tested() -> None:
    assert list(CHANNELS) == [*CHANNEL_TYPES]
    assert [channel.type for channel in CHANNELS.values()] == list(CHANNEL_TYPES)


@pytest.mark.parametrize("name", CHANNELS)
def test_golden(name: str) -> None:
    channel = CHANNELS[name]
    told = [
        *notices(channel, made(ChangeKind.ESCALATED, 1), made(ChangeKind.OPENED, 2, rule="unique(id)", metric_value=None), samples=True),
        *notices(channel, made(ChangeKind.RESOLVED, 3, severity=Severity.WARNING)),
        *notices(channel, *(made(ChangeKind.OPENED, number, dataset=f"d{number}") for number in range(1, 31))),
    ]  # fmt: skip
    text = "\n".join(shown(channel, notice) for notice in told)
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("IDQP_GOLDEN") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text


def strings(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for pair in value.items() for one in pair for text in strings(one)]
    if isinstance(value, list):
        return [text for one in value for text in strings(one)]
    return [value] if isinstance(value, str) else []


CONTROL = re.compile("[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@pytest.mark.parametrize("name", HTTP)
@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_harmless(name: str, hostile: str) -> None:
    channel = CHANNELS[name]
    assert isinstance(channel, HttpChannel)
    change = made(ChangeKind.OPENED, 1, dataset=hostile, rule=hostile, message=hostile, segment=hostile)
    for notice in notices(channel, change, samples=True):
        request = channel.request(notice, DELIVERY)
        assert request.body.isascii()
        assert len(request.body) < 20_000
        found = strings(json.loads(request.body))
        assert not any(CONTROL.search(text) for text in found)
        assert not any(SECRET in text for text in found if name != "pagerduty" or text != SECRET)
        if name == "slack":
            assert not any(re.search(r"[<>]|&(?!amp;|lt;|gt;)", text) for text in found)
            assert '"mrkdwn"' not in request.body.decode().replace('"mrkdwn": false', "")
            assert all(
                block["type"] in {"header", "section", "context"} for block in json.loads(request.body)["blocks"]
            )


@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_harmless_in_a_letter(hostile: str) -> None:
    channel = CHANNELS["email"]
    assert isinstance(channel, Email)
    change = made(ChangeKind.OPENED, 1, dataset=hostile, rule=hostile, message=hostile, segment=hostile)
    (notice,) = notices(channel, change, samples=True)
    content = channel.letter(notice, DELIVERY).as_bytes()
    assert len(content) < 20_000
    letter = message_from_bytes(content, policy=default)
    assert set(letter.keys()) == {
        "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "Content-Type", "Content-Transfer-Encoding", "MIME-Version",
    }  # fmt: skip
    assert letter["To"] == "a@example.com, b@example.com"
    assert not CONTROL.search(letter["Subject"] + letter.get_content().replace("\r\n", "\n"))
    assert letter.get_content_type() == "text/plain"


def test_slack_keeps_to_its_limits() -> None:
    changes = [made(ChangeKind.OPENED, number, rule="&" * 100, message="<" * 300) for number in range(1, 21)]
    (notice,) = notices(CHANNELS["slack"], *changes)
    channel = CHANNELS["slack"]
    assert isinstance(channel, Slack)
    body = json.loads(channel.request(notice, DELIVERY).body)
    assert len(body["blocks"]) <= 50
    assert all(
        len(text["text"]) <= 3000 for block in body["blocks"] for text in block.get("elements", [block.get("text")])
    )
    assert len(body["blocks"][0]["text"]["text"]) <= 150
    assert "and 10 others: idqp incident list --dataset flights" in json.dumps(body)


@pytest.mark.parametrize(("told", "action"), [
    (ChangeKind.OPENED, "trigger"), (ChangeKind.ESCALATED, "trigger"), (ChangeKind.REOPENED, "trigger"),
    (ChangeKind.SEEN, "trigger"), (ChangeKind.RESOLVED, "resolve"),
])  # fmt: skip
def test_a_page_and_its_end_have_one_key(told: ChangeKind, action: str) -> None:
    channel = CHANNELS["pagerduty"]
    assert isinstance(channel, PagerDuty)
    (notice,) = notices(channel, made(told, 1))
    event = json.loads(channel.request(notice, DELIVERY).body)
    assert (event["event_action"], event["dedup_key"], event["routing_key"]) == (action, f"{1:032x}", SECRET)
    # Where people get a digest, each page keeps its key.
    events = [
        json.loads(channel.request(one, DELIVERY).body)
        for one in notices(channel, *(made(told, number) for number in range(1, 4)), digest=0)
    ]
    assert [(event["event_action"], event["dedup_key"]) for event in events] == [
        (action, f"{number:032x}") for number in range(1, 4)
    ]


def test_an_acknowledgement_reaches_the_page() -> None:
    channel = CHANNELS["pagerduty"]
    assert isinstance(channel, PagerDuty)
    (notice,) = notices(channel, made(ChangeKind.OPENED, 1))
    acknowledged = replace(notice, news=(replace(notice.news[0], told=Told.ACKNOWLEDGED),))
    event = json.loads(channel.request(acknowledged, DELIVERY).body)
    assert event == {"routing_key": SECRET, "event_action": "acknowledge", "dedup_key": f"{1:032x}"}


def test_a_webhook_is_signed() -> None:
    """As https://www.standardwebhooks.com says to check it; the last one is the specification's own example."""
    with receiver() as found:
        channel = Webhook(url=found.url + "/in", secret="${IDQP_KEY}")
        (notice,) = notices(channel, made(ChangeKind.OPENED, 1))
        assert channel.deliver(notice, DELIVERY) == Outcome()
        assert channel.deliver(notice, replace(DELIVERY, at=NOW + timedelta(hours=1))) == Outcome()
    first, second = found.received
    for one, at in ((first, NOW), (second, NOW + timedelta(hours=1))):
        assert one.headers["webhook-timestamp"] == str(int(at.timestamp()))
        signed = f"{one.headers['webhook-id']}.{one.headers['webhook-timestamp']}.".encode() + one.body
        expected = base64.b64encode(hmac.digest(SECRET.encode(), signed, "sha256")).decode()
        assert one.headers["webhook-signature"] == f"v1,{expected}"
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert (first.path, first.json["text"]) == ("/in", "critical: flights: range(delay) fails")
    example = signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}'
    )
    assert example == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("name", HTTP)
def test_a_variable_that_is_not_set_is_named_and_nothing_is_sent(name: str) -> None:
    channel = {**CHANNELS, "alertmanager": Alertmanager(url="${IDQP_KEY}")}[name]
    (notice,) = notices(channel, made(ChangeKind.OPENED, 1))
    outcome = channel.deliver(notice, Delivery(NOW, {}))
    assert (outcome.error or "").endswith("is not set in the environment")
    assert outcome.retry


def test_no_secret_is_in_any_outcome_or_value() -> None:
    environment = {"IDQP_KEY": SECRET, "IDQP_URL": f"https://{SECRET}.invalid/{SECRET}"}
    for channel in CHANNELS.values():
        (notice,) = notices(channel, made(ChangeKind.OPENED, 1))
        assert SECRET not in repr(channel) + repr(notice)
    for url in (
        environment["IDQP_URL"],
        f"http://{SECRET}.example.com",
        f"https://a:{SECRET}@b/",
        f"http://127.0.0.1:1/{SECRET}",
    ):
        channel = Slack(webhook="${IDQP_URL}")
        outcome = channel.deliver(notices(channel, made(ChangeKind.OPENED, 1))[0], Delivery(NOW, {"IDQP_URL": url}))
        assert outcome.error is not None
        assert SECRET not in outcome.error


def test_a_letter_arrives_encrypted_and_with_a_login(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made_up = authority(tmp_path)
    delivery = Delivery(NOW, {"IDQP_USER": "idqp", "IDQP_PASSWORD": "secret"})
    with mail_server(made_up.server) as box:
        channel = Email(
            host="localhost", port=box.port, sender="idqp@example.com", to=("a@example.com",), user="${IDQP_USER}",
            password="${IDQP_PASSWORD}",
        )  # fmt: skip
        (notice,) = notices(channel, made(ChangeKind.OPENED, 1))
        assert channel.deliver(notice, delivery) == Outcome("its certificate is not trusted", retry=True)
        monkeypatch.setenv("SSL_CERT_FILE", str(made_up.pem))
        assert channel.deliver(notice, delivery) == Outcome()
        (content,) = box.letters
        letter = message_from_bytes(content, policy=default)
        assert letter["Subject"] == "[idqp] critical: flights: range(delay) fails"
        assert "idqp incident show 1" in letter.get_content()
        wrong = Delivery(NOW, {"IDQP_USER": "idqp", "IDQP_PASSWORD": "wrong"})
        assert channel.deliver(notice, wrong) == Outcome("the server refuses the login")
        assert len(box.letters) == 1
    assert channel.deliver(notice, delivery) == Outcome("connection refused", retry=True)


@pytest.mark.parametrize(("refuse", "outcome"), [
    ("452 later", Outcome("answered 452", retry=True)),
    ("554 no", Outcome("answered 554")),
    (None, Outcome()),
])  # fmt: skip
def test_a_mail_server_refuses(refuse: str | None, outcome: Outcome) -> None:
    with mail_server(None, refuse=refuse) as box:
        channel = Email(host="127.0.0.1", port=box.port, sender="idqp@example.com", to=("a@example.com",), tls="none")
        (notice,) = notices(channel, made(ChangeKind.OPENED, 1))
        assert channel.deliver(notice, DELIVERY) == outcome
        encrypted = replace(channel, tls="starttls")
        assert encrypted.deliver(notice, DELIVERY) == Outcome("the server offers no TLS, or no login")


def test_only_the_recipient_who_was_refused_is_tried_again() -> None:
    people = ("a@example.com", "${IDQP_BOSS}", "c@example.com")
    delivery = Delivery(NOW, {"IDQP_BOSS": "b@example.com"})
    with mail_server(None, refused={"b@example.com": "450 later"}) as box:
        channel = Email(host="127.0.0.1", port=box.port, sender="idqp@example.com", to=people, tls="none")
        (notice,) = notices(channel, made(ChangeKind.OPENED, 1))
        outcome = channel.deliver(notice, delivery)
        assert outcome == Outcome("the server refuses 1 of 3 recipients", retry=True, left=("${IDQP_BOSS}",))
        left = read(narrowed(written(notice), outcome.left))
        assert channel.deliver(left, delivery) == Outcome("the server refuses the recipients", retry=True)
        box.refused.clear()
        assert channel.deliver(left, delivery) == Outcome()
        assert box.recipients == [["a@example.com", "c@example.com"], ["b@example.com"]]
        box.refused["a@example.com"] = "550 unknown"
        assert channel.deliver(notice, delivery) == Outcome(
            "the server refuses 1 of 3 recipients", left=("a@example.com",)
        )


def test_a_mail_server_that_takes_its_time_gets_one_copy() -> None:
    with mail_server(None, slow=6) as box:
        channel = Email(host="127.0.0.1", port=box.port, sender="idqp@example.com", to=("a@example.com",), tls="none")
        (notice,) = notices(channel, made(ChangeKind.OPENED, 1))
        assert channel.deliver(notice, DELIVERY) == Outcome()
        assert len(box.letters) == 1


def test_each_kind_of_encryption_has_its_port() -> None:
    assert mail.PORTS == {"starttls": 587, "implicit": 465, "none": 25}


TEXT = "{severity}|{dataset}|{rule}|{told}|{count}|{incident}|{command}|${IDQP_SAY}|{message}"


@pytest.mark.parametrize("name", [name for name in CHANNELS if name != "email"])
def test_own_words_hold_fields_and_variables(name: str) -> None:
    channel = replace(CHANNELS[name], text=TEXT)
    assert isinstance(channel, HttpChannel)
    change = made(ChangeKind.OPENED, 7, rule="${IDQP_KEY} {dataset}", message="<!here> @everyone [a](http://x)")
    (notice,) = notices(channel, change)
    delivery = replace(DELIVERY, environment={**DELIVERY.environment, "IDQP_SAY": "said {rule}"})
    body = channel.request(notice, delivery).body.decode()
    plain = re.sub(r"\\\\(?=[^u\\w])|\\\\(?=_)", "", body)
    assert "critical|flights|${IDQP_KEY} {dataset}|opened|1|7|idqp incident show 7|said {rule}|" in plain
    # What a field says is neither a link nor a mention.
    if name == "slack":
        assert "<!here>" not in body
    if name == "teams":
        card = json.loads(body)["attachments"][0]["content"]
        assert r"\<\!here\> @everyone \[a\]\(http" in card["body"][0]["text"]
    if name == "discord":
        assert json.loads(body)["allowed_mentions"] == {"parse": [], "users": [], "roles": []}
        assert r"\<!here\> \@everyone \[a\]\(http" in json.loads(body)["content"]


@pytest.mark.parametrize(("channel", "found"), [
    (Slack(webhook="${IDQP_URL}", mention=("U012", "S99", "here")), '"<@U012> <!subteam^S99> <!here>"'),
    (Teams(webhook="${IDQP_URL}", mention=("ann@example.com",)), '"mentioned": {"id": "ann@example.com"'),
    (Discord(webhook="${IDQP_URL}", mention=("80351110224678912", "&417719", "here")), '"<@80351110224678912> <@&417719> @here"'),
])  # fmt: skip
def test_people_are_called_for_what_is_wrong_and_not_for_what_is_over(channel: HttpChannel, found: str) -> None:
    assert channel.fault() is None
    (notice,) = notices(channel, made(ChangeKind.OPENED, 1))
    assert found in channel.request(notice, DELIVERY).body.decode()
    (notice,) = notices(channel, made(ChangeKind.RESOLVED, 1))
    assert found not in channel.request(notice, DELIVERY).body.decode()
    assert replace(channel, mention=("<@U1>",)).fault()  # type: ignore[call-arg] # each of them has it


def test_a_new_priority_reaches_the_alert_that_is_there() -> None:
    with receiver() as found:
        channel = Opsgenie(api_key="${IDQP_KEY}", url=found.url)
        (notice,) = notices(channel, made(ChangeKind.ESCALATED, 1))
        assert channel.deliver(notice, DELIVERY) == Outcome()
    assert [one.path for one in found.received] == [
        "/v2/alerts", f"/v2/alerts/{1:032x}/priority?identifierType=alias",
    ]  # fmt: skip
    assert found.received[1].json == {"priority": "P1"}


def test_a_letter_without_tls_goes_nowhere_else() -> None:
    channel = Email(host="${IDQP_URL}", sender="idqp@example.com", to=("a@example.com",), tls="none")
    (notice,) = notices(channel, made(ChangeKind.OPENED, 1))
    assert channel.deliver(notice, Delivery(NOW, {"IDQP_URL": "mail.example.com"})) == Outcome(
        "tls: none is for loopback alone"
    )
    private = replace(channel, host="10.255.255.1", tls="starttls")
    assert private.deliver(notice, DELIVERY).error == "its address is private; alerts.allow_private: true permits that"
    hostile = replace(channel, to=("${IDQP_URL}",), host="localhost")
    environment = {"IDQP_URL": "a@example.com\r\nBcc: b@example.com"}
    assert hostile.deliver(notice, Delivery(NOW, environment)) == Outcome("an e-mail address is not valid")
