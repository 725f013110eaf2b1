"""A Slack on loopback that enforces Slack's limits: Web API, Socket Mode, signed HTTP events. Start reading in `server.py`."""

from tests.emulators.slack.faults import Breakdown, DropAfter, DropBefore, Fault, Faults, Refuse, Slow, Throttle
from tests.emulators.slack.messages import Message, Version
from tests.emulators.slack.places import App, Channel, User, Workspace
from tests.emulators.slack.rules.content import Sizes
from tests.emulators.slack.rules.limits import RateLimits
from tests.emulators.slack.server import SlackEmulator
from tests.emulators.slack.terms import SCOPES, SUBSCRIPTIONS, Latency, Redelivery, SocketTerms, Terms
from tests.emulators.slack.world import Seen, Status

__all__ = [
    "SCOPES",
    "SUBSCRIPTIONS",
    "App",
    "Breakdown",
    "Channel",
    "DropAfter",
    "DropBefore",
    "Fault",
    "Faults",
    "Latency",
    "Message",
    "RateLimits",
    "Redelivery",
    "Refuse",
    "Seen",
    "Sizes",
    "SlackEmulator",
    "Slow",
    "SocketTerms",
    "Status",
    "Terms",
    "Throttle",
    "User",
    "Version",
    "Workspace",
]
