"""What surrounds a message: the status of a thread, reactions, views."""

import msgspec

from tests.emulators.slack.messages import Message
from tests.emulators.slack.methods.context import Context, Method
from tests.emulators.slack.places import Channel
from tests.emulators.slack.rules.rejection import Json, Rejected


class SetStatus(msgspec.Struct, kw_only=True):
    """These are the arguments of `assistant.threads.setStatus`; an empty status takes it away."""

    channel_id: str
    thread_ts: str
    status: str
    loading_messages: list[str] | None = None


class Reaction(msgspec.Struct, kw_only=True):
    """These are the arguments of `reactions.add` and `reactions.remove`."""

    channel: str
    timestamp: str
    name: str


class OpenView(msgspec.Struct, kw_only=True):
    """These are the arguments of `views.open`."""

    trigger_id: str
    view: Json


def set_status(context: Context, wanted: SetStatus) -> Json:
    """Show a status under a thread: https://docs.slack.dev/reference/methods/assistant.threads.setStatus."""
    channel = context.channel(wanted.channel_id)
    root = channel.messages.get(wanted.thread_ts)
    if root is None or root.is_reply:
        raise Rejected("invalid_thread_ts")
    sizes = context.terms.sizes
    loading = wanted.loading_messages
    if loading is not None:
        if not 1 <= len(loading) <= sizes.status_loading_items:
            raise Rejected("invalid_arguments")
        if not all(1 <= len(text) <= sizes.status_loading_text for text in loading):
            raise Rejected("invalid_arguments")
    context.world.set_status(channel, wanted.thread_ts, wanted.status, tuple(loading or ()))
    return {}


def add_reaction(context: Context, wanted: Reaction) -> Json:
    """React to a message: https://docs.slack.dev/reference/methods/reactions.add."""
    _, message = _reacted_to(context, wanted)
    users = message.reactions.setdefault(wanted.name, [])
    if context.workspace.bot.id in users:
        raise Rejected("already_reacted")
    users.append(context.workspace.bot.id)
    return {}


def remove_reaction(context: Context, wanted: Reaction) -> Json:
    """Take a reaction back: https://docs.slack.dev/reference/methods/reactions.remove."""
    _, message = _reacted_to(context, wanted)
    users = message.reactions.get(wanted.name, [])
    if context.workspace.bot.id not in users:
        raise Rejected("no_reaction")
    users.remove(context.workspace.bot.id)
    if not users:
        del message.reactions[wanted.name]
    return {}


def open_view(context: Context, wanted: OpenView) -> Json:
    """Open a view for who has just used a control: https://docs.slack.dev/reference/methods/views.open."""
    context.triggers.use(wanted.trigger_id, context.now)
    if wanted.view.get("type") not in {"modal", "home", "workflow_step"}:
        raise Rejected("invalid_arguments")
    return {"view": wanted.view | {"id": f"V{context.world.new_ts()}", "team_id": context.workspace.id}}


def _reacted_to(context: Context, wanted: Reaction) -> tuple[Channel, Message]:
    channel = context.channel(wanted.channel)
    if channel.archived:
        raise Rejected("is_archived")
    if not wanted.name.strip(":"):
        raise Rejected("invalid_name")
    return channel, context.message(channel, wanted.timestamp)


METHODS = (
    Method("assistant.threads.setStatus", SetStatus, set_status, ("chat:write", "assistant:write")),
    Method("reactions.add", Reaction, add_reaction, ("reactions:write",)),
    Method("reactions.remove", Reaction, remove_reaction, ("reactions:write",)),
    Method("views.open", OpenView, open_view),
)
