"""Who is who, and how a connection is opened: `auth.test`, `users.info`, `team.info`, `apps.connections.open`."""

import msgspec

from tests.emulators.slack.methods.context import Context, Method
from tests.emulators.slack.payloads import user_json
from tests.emulators.slack.rules.rejection import Json, Rejected


class Nothing(msgspec.Struct):
    """These are the arguments of a method that needs none."""


class UserInfo(msgspec.Struct, kw_only=True):
    """These are the arguments of `users.info`."""

    user: str


def auth_test(context: Context, _: Nothing) -> Json:
    """Whose token this is: https://docs.slack.dev/reference/methods/auth.test."""
    workspace = context.workspace
    return {
        "url": f"{context.url}/",
        "team": workspace.name,
        "user": workspace.bot.name,
        "team_id": workspace.id,
        "user_id": workspace.bot.id,
        "bot_id": workspace.bot_id,
        "is_enterprise_install": False,
    }


def user_info(context: Context, wanted: UserInfo) -> Json:
    """Who a user is: https://docs.slack.dev/reference/methods/users.info."""
    user = context.world.users.get(wanted.user)
    if user is None or user.team_id != context.workspace.id:
        raise Rejected("user_not_found")
    return {"user": user_json(user)}


def team_info(context: Context, _: Nothing) -> Json:
    """What the workspace is: https://docs.slack.dev/reference/methods/team.info."""
    workspace = context.workspace
    return {"team": {"id": workspace.id, "name": workspace.name, "domain": workspace.name, "url": f"{context.url}/"}}


def open_connection(context: Context, _: Nothing) -> Json:
    """The address of a new WebSocket: https://docs.slack.dev/reference/methods/apps.connections.open."""
    return {"url": context.url.replace("http", "ws", 1) + context.issue_ticket()}


METHODS = (
    Method("auth.test", Nothing, auth_test),
    Method("users.info", UserInfo, user_info, ("users:read",)),
    Method("team.info", Nothing, team_info, ("team:read",)),
    Method("apps.connections.open", Nothing, open_connection, token="app"),
)
