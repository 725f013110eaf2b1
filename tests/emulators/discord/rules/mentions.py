"""Who is pinged by a message. Pure.

https://docs.discord.com/developers/resources/message#allowed-mentions-object
"""

import re
from typing import Literal

import msgspec

from tests.emulators.discord.rules.refusals import invalid_form

Kind = Literal["users", "roles", "everyone"]

_CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)
_USER = re.compile(r"<@!?(\d+)>")
_ROLE = re.compile(r"<@&(\d+)>")
_EVERYONE = re.compile(r"@(?:everyone|here)")


class AllowedMentions(msgspec.Struct, frozen=True, kw_only=True):
    """This is the `allowed_mentions` field of a request."""

    parse: tuple[str, ...] = ()
    users: tuple[int | str, ...] = ()
    roles: tuple[int | str, ...] = ()
    replied_user: bool = False


NOBODY = AllowedMentions()
IN_A_MESSAGE = AllowedMentions(parse=("users", "roles", "everyone"), replied_user=True)
IN_AN_ANSWER = AllowedMentions(parse=("users",), replied_user=True)


def without_code(content: str) -> str:
    """The text outside code spans and closed fences, where Discord looks for mentions and links."""
    return _CODE.sub(" ", content)


def mentioned_users(content: str) -> frozenset[int]:
    """The ids of the users that a text mentions."""
    return frozenset(int(found) for found in _USER.findall(without_code(content)))


def pings(content: str, allowed: AllowedMentions, replied_to: int | None) -> frozenset[str]:
    """What is pinged, as Discord spells it: `<@1>`, `<@&2>`, `@everyone`, `@here`.

    Stricter than Discord, which asks for a permission before it lets a bot ping everybody or a role.
    """
    _check(allowed)
    text = without_code(content)
    users = {found for found in _USER.findall(text) if _may(found, "users", allowed, allowed.users)}
    roles = {found for found in _ROLE.findall(text) if _may(found, "roles", allowed, allowed.roles)}
    marks = {f"<@{user}>" for user in users} | {f"<@&{role}>" for role in roles}
    if "everyone" in allowed.parse:
        marks |= set(_EVERYONE.findall(text))
    if replied_to is not None and allowed.replied_user:
        marks.add(f"<@{replied_to}>")
    return frozenset(marks)


def _may(found: str, kind: Kind, allowed: AllowedMentions, listed: tuple[int | str, ...]) -> bool:
    return kind in allowed.parse or found in {str(one) for one in listed}


def _check(allowed: AllowedMentions) -> None:
    for kind, listed in (("users", allowed.users), ("roles", allowed.roles)):
        if kind in allowed.parse and listed:
            sentence = f"parse:[{kind!r}] and {kind}: [ids...] are mutually exclusive."
            raise invalid_form("allowed_mentions", "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", sentence)
