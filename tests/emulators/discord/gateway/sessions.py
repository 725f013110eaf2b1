"""A session: what was told to one client, numbered and kept, so that a lost connection can be resumed."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from tests.emulators.discord.rules.flags import Intent
from tests.emulators.discord.world.events import Event

Json = dict[str, Any]

DISPATCH = 0


@dataclass(slots=True, eq=False)
class Session:
    """This is one identified client, connected or not. `send` puts a frame on its connection, None while there is none."""

    intents: Intent
    shard: tuple[int, int] = (0, 1)
    id: str = field(default_factory=lambda: secrets.token_hex(16))
    seq: int = 0
    kept: list[tuple[int, bytes]] = field(default_factory=list[tuple[int, bytes]])
    send: Callable[[bytes], None] | None = None

    def tell(self, event: Event) -> None:
        """Dispatch an event if this session is concerned: by its shard and by what it asked for."""
        if self.concerned(event):
            self.dispatch(event.name, event.render(Intent.MESSAGE_CONTENT in self.intents))

    def dispatch(self, name: str, payload: Json) -> None:
        """Number an event, keep it, and send it if there is a connection."""
        self.seq += 1
        frame = msgspec.json.encode({"op": DISPATCH, "t": name, "s": self.seq, "d": payload})
        self.kept.append((self.seq, frame))
        if self.send is not None:
            self.send(frame)

    def missed(self, seq: int) -> list[bytes]:
        """The frames after number `seq`, oldest first."""
        return [frame for number, frame in self.kept if number > seq]

    def concerned(self, event: Event) -> bool:
        """Whether an event belongs to this shard and was asked for."""
        if event.intent is not None and event.intent not in self.intents:
            return False
        index, count = self.shard
        return ((event.guild >> 22) % count if event.guild is not None else 0) == index
