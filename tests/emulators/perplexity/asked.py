"""What the emulator remembers of one request: what was asked, when each word was said, and who left early."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.emulators.perplexity.faults import Fault


@dataclass(slots=True)
class Asked:
    """This is one request, as it arrived and as it went on.

    `at` and `word_times` are on the emulator's clock: `word_times[i - 1]` is when word i was handed to the connection.
    `body` is the JSON as sent ({} if it was none); `prompt` is every message as (role, text), empty if refused.
    `status` is what HTTP said, 0 if nothing. `fault` is how it was broken on purpose. `done` says that all that was planned
    has been sent, `closed_early` that the client left before.
    """

    api: str
    path: str
    headers: Mapping[str, str]
    at: float
    body: dict[str, object] = field(default_factory=dict[str, object])
    prompt: tuple[tuple[str, str], ...] = ()
    response_id: str = ""
    status: int = 0
    fault: Fault | None = None
    word_times: list[float] = field(default_factory=list[float])
    closed_early: bool = False
    cancelled: bool = False
    done: bool = False
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def question(self) -> str:
        """What the user said last."""
        return next((text for role, text in reversed(self.prompt) if role == "user"), "")
