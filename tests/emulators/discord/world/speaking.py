"""What people do with messages: say, mention, reply, write directly, edit and delete."""

from tests.emulators.discord.rules.mentions import IN_A_MESSAGE, AllowedMentions
from tests.emulators.discord.world.messages import Message
from tests.emulators.discord.world.places import Channel, User
from tests.emulators.discord.world.threads import make_writable
from tests.emulators.discord.world.world import World
from tests.emulators.discord.world.writing import Circumstance, Text, change, write

_WITHOUT_PING = AllowedMentions(parse=IN_A_MESSAGE.parse, replied_user=False)


def say(world: World, channel: Channel, user: User, content: str) -> Message:
    """Post a message. A person who writes in an archived thread opens it."""
    make_writable(world, channel)
    return write(world, channel, user, Text(content=content))


def mention(world: World, channel: Channel, user: User, content: str) -> Message:
    """Post a message that begins with a mention of the bot."""
    return say(world, channel, user, f"{world.bot.mark} {content}".rstrip())


def reply(world: World, channel: Channel, user: User, to: Message, content: str, *, ping: bool) -> Message:
    """Reply to a message, with Discord's @ switch on (`ping`) or off."""
    make_writable(world, channel)
    text = Text(content=content, allowed=IN_A_MESSAGE if ping else _WITHOUT_PING)
    return write(world, channel, user, text, Circumstance(reply_to=to))


def rewrite(world: World, message: Message, content: str) -> None:
    """Edit a message of a person."""
    assert message.author is not world.bot, "people edit their own messages"
    change(world, message, Text(content=content, flags=message.flags))
