"""The bit fields of the API: message flags, gateway intents, permissions. Pure values.

https://docs.discord.com/developers/resources/message#message-object-message-flags
https://docs.discord.com/developers/events/gateway#gateway-intents
https://docs.discord.com/developers/topics/permissions
"""

from enum import IntFlag


class MessageFlag(IntFlag):
    """These are the flags of a message that matter here."""

    SUPPRESS_EMBEDS = 1 << 2
    HAS_THREAD = 1 << 5
    EPHEMERAL = 1 << 6
    LOADING = 1 << 7
    SUPPRESS_NOTIFICATIONS = 1 << 12
    IS_COMPONENTS_V2 = 1 << 15


NO_FLAGS = MessageFlag(0)
SETTABLE_ON_CREATE = MessageFlag.SUPPRESS_EMBEDS | MessageFlag.SUPPRESS_NOTIFICATIONS | MessageFlag.IS_COMPONENTS_V2
SETTABLE_ON_ANSWER = SETTABLE_ON_CREATE | MessageFlag.EPHEMERAL


class Intent(IntFlag):
    """These are the intents that matter here; the two privileged ones need a switch in the developer portal."""

    GUILDS = 1 << 0
    GUILD_MEMBERS = 1 << 1
    GUILD_MESSAGES = 1 << 9
    DIRECT_MESSAGES = 1 << 12
    MESSAGE_CONTENT = 1 << 15


class Permission(IntFlag):
    """These are the permissions that matter here."""

    ADD_REACTIONS = 1 << 6
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    USE_APPLICATION_COMMANDS = 1 << 31
    MANAGE_THREADS = 1 << 34
    CREATE_PUBLIC_THREADS = 1 << 35
    SEND_MESSAGES_IN_THREADS = 1 << 38


NOTHING = Permission(0)
EVERYONE = (
    Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.EMBED_LINKS
    | Permission.ATTACH_FILES
    | Permission.READ_MESSAGE_HISTORY
    | Permission.USE_APPLICATION_COMMANDS
    | Permission.CREATE_PUBLIC_THREADS
    | Permission.SEND_MESSAGES_IN_THREADS
)


def edited_flags(old: MessageFlag, sent: int | None) -> MessageFlag:
    """The flags after an edit: what was sent decides on suppressed embeds, nothing sent keeps them.

    Components V2 can be switched on and never off. https://docs.discord.com/developers/resources/message#edit-message
    """
    kept = old & ~MessageFlag.LOADING
    if sent is None:
        return kept
    on = MessageFlag(sent) & (MessageFlag.SUPPRESS_EMBEDS | MessageFlag.IS_COMPONENTS_V2)
    return (kept & ~MessageFlag.SUPPRESS_EMBEDS) | on
