"""Alerts: decides which messages a change of an incident causes, and delivers them through channels."""

from collections.abc import Mapping

from idqp_cli.alerts.alertmanager import Alertmanager
from idqp_cli.alerts.channel import Channel
from idqp_cli.alerts.discord import Discord
from idqp_cli.alerts.mail import Email
from idqp_cli.alerts.opsgenie import Opsgenie
from idqp_cli.alerts.pagerduty import PagerDuty
from idqp_cli.alerts.slack import Slack
from idqp_cli.alerts.teams import Teams
from idqp_cli.alerts.webhook import Webhook

CHANNELS: tuple[type[Channel], ...] = (
    Slack, Email, PagerDuty, Webhook, Alertmanager, Teams, Discord, Opsgenie,
)  # fmt: skip
CHANNEL_TYPES: Mapping[str, type[Channel]] = {channel.type: channel for channel in CHANNELS}
