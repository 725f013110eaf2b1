"""What the gateway tells its sessions."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.emulators.discord.rules.flags import Intent

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Event:
    """This is one thing that happened: `render` spells it for a session, told whether that one reads message content.

    `intent` is what a session must have asked for, None if nothing. `guild` decides the shard; direct messages go to shard 0.
    """

    name: str
    render: Callable[[bool], Json]
    guild: int | None = None
    intent: Intent | None = None
