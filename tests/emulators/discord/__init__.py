"""An emulated Discord: a real server on loopback that enforces the limits, deadlines and errors of the real one.

`emulator` is the door for tests; `rules` are pure, `world` is the state, `rest` and `gateway` are the two faces, `control`
and `__main__` let it run alone. Nothing here imports discord.py.
"""

from tests.emulators.discord.emulator import TOKEN, DiscordEmulator
from tests.emulators.discord.faults import ANY, Broken, CutOff, Refuse, Slow, Throttle
from tests.emulators.discord.rest.api import Call, Latency
from tests.emulators.discord.rules.flags import MessageFlag, Permission
from tests.emulators.discord.rules.limits import Limits, Terms
from tests.emulators.discord.rules.windows import Limit
from tests.emulators.discord.world.messages import Message
from tests.emulators.discord.world.places import Channel, User

__all__ = [
    "ANY",
    "TOKEN",
    "Broken",
    "Call",
    "Channel",
    "CutOff",
    "DiscordEmulator",
    "Latency",
    "Limit",
    "Limits",
    "Message",
    "MessageFlag",
    "Permission",
    "Refuse",
    "Slow",
    "Terms",
    "Throttle",
    "User",
]
