"""The errors that Discord answers with, as it spells them, and the shape of their JSON. Pure.

https://docs.discord.com/developers/topics/opcodes-and-status-codes#json
"""

from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reason:
    """This is one kind of refusal: HTTP status, Discord's own code, and its sentence."""

    status: int
    code: int
    message: str


@dataclass(eq=False)
class RefusedError(Exception):
    """A request that Discord does not carry out; `errors` names the offending fields, `retry_after` is in seconds."""

    reason: Reason
    errors: Json | None = None
    retry_after: float | None = None

    def body(self) -> Json:
        """The JSON of the response."""
        body: Json = {"message": self.reason.message, "code": self.reason.code}
        if self.errors is not None:
            body["errors"] = self.errors
        if self.retry_after is not None:
            body |= {"retry_after": self.retry_after, "global": False}
        return body


UNAUTHORIZED = Reason(401, 0, "401: Unauthorized")
NO_ROUTE = Reason(404, 0, "404: Not Found")
UNKNOWN_CHANNEL = Reason(404, 10003, "Unknown Channel")
UNKNOWN_GUILD = Reason(404, 10004, "Unknown Guild")
UNKNOWN_MESSAGE = Reason(404, 10008, "Unknown Message")
UNKNOWN_USER = Reason(404, 10013, "Unknown User")
UNKNOWN_WEBHOOK = Reason(404, 10015, "Unknown Webhook")
UNKNOWN_INTERACTION = Reason(404, 10062, "Unknown interaction")
UNKNOWN_COMMAND = Reason(404, 10063, "Unknown application command")
TOO_MANY_COMMANDS = Reason(400, 30032, "Maximum number of application commands reached (100).")
DAILY_COMMANDS = Reason(429, 30034, "Max number of daily application command creates has been reached (200)")
OLD_EDITS = Reason(429, 30046, "Maximum number of edits to messages older than 1 hour reached. Try again later")
TOO_LARGE = Reason(413, 40005, "Request entity too large")
ALREADY_ACKNOWLEDGED = Reason(400, 40060, "Interaction has already been acknowledged.")
MISSING_ACCESS = Reason(403, 50001, "Missing Access")
NOT_THE_AUTHOR = Reason(403, 50005, "Cannot edit a message authored by another user")
EMPTY_MESSAGE = Reason(400, 50006, "Cannot send an empty message")
CLOSED_TO_MESSAGES = Reason(403, 50007, "Cannot send messages to this user")
MISSING_PERMISSIONS = Reason(403, 50013, "Missing Permissions")
WRONG_CHANNEL_TYPE = Reason(400, 50024, "Cannot execute action on this channel type")
INVALID_WEBHOOK_TOKEN = Reason(401, 50027, "Invalid Webhook Token")
INVALID_FORM = Reason(400, 50035, "Invalid Form Body")
ARCHIVED = Reason(400, 50083, "Thread is archived")
ARCHIVED_INTERACTION = Reason(403, 50083, "Thread is archived")
INVALID_JSON = Reason(400, 50109, "The request body contains invalid JSON.")
NO_HISTORY = Reason(403, 160002, "Cannot reply without permission to read message history")
THREAD_EXISTS = Reason(400, 160004, "A thread has already been created for this message")
LOCKED = Reason(403, 160005, "Thread is locked")
BLOCKED_BY_AUTOMOD = Reason(400, 200000, "Message was blocked by automatic moderation")


def invalid_form(field: str, code: str, sentence: str) -> RefusedError:
    """A refusal of one field; a dotted name such as `embeds.0.title` says where it is."""
    errors: Json = {"_errors": [{"code": code, "message": sentence}]}
    for part in reversed(field.split(".")):
        errors = {part: errors}
    return RefusedError(INVALID_FORM, errors)


def too_long(field: str, most: int) -> RefusedError:
    """A refusal of a text with more than `most` code points."""
    return invalid_form(field, "BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length.")


def bad_length(field: str, least: int, most: int) -> RefusedError:
    """A refusal of a text or list that is shorter than `least` or longer than `most`."""
    return invalid_form(field, "BASE_TYPE_BAD_LENGTH", f"Must be between {least} and {most} in length.")
