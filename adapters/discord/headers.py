"""What the rate-limit headers of an answer say about which lane. Pure.

https://docs.discord.com/developers/topics/rate-limits#header-format
"""

from collections.abc import Callable, Mapping

from adapters.discord.budget import edit_lane, post_lane, token_lane, typing_lane
from bot.model import LaneNews


def lane_name(method: str, path: str, interaction_of: Callable[[str], str]) -> str:
    """The lane that a request drew on, "" if none of ours; `path` is relative to the address of the API.

    `interaction_of` names the interaction of a token, "" if it is not known.
    """
    match method, path.strip("/").split("/"):
        case "PATCH", ["channels", channel, "messages", _]:
            return edit_lane(channel).name
        case "POST", ["channels", channel, "messages"]:
            return post_lane(channel).name
        case "POST", ["channels", channel, "typing"]:
            return typing_lane(channel).name
        case ("POST", ["webhooks", _, token]) | ("PATCH", ["webhooks", _, token, "messages", _]):
            interaction = interaction_of(token)
            return token_lane(interaction).name if interaction else ""
        case _:
            return ""


def news(name: str, headers: Mapping[str, str]) -> LaneNews | None:
    """What these headers say about the lane `name`; None where they say nothing that can be read.

    Not for a 429: the write that got it raises `Throttled`, which closes its lanes, and twice would be once too often.
    """
    try:
        limit = int(headers["X-RateLimit-Limit"])
        remaining = int(headers["X-RateLimit-Remaining"])
        reset_after = float(headers["X-RateLimit-Reset-After"])
    except (KeyError, ValueError):
        return None
    if limit < 1 or remaining < 0 or not 0 <= reset_after < float("inf"):
        return None
    return LaneNews(name, limit, remaining, reset_after, bucket=_bucket(name, headers.get("X-RateLimit-Bucket", "")))


def _bucket(name: str, shared: str) -> str:
    """The bucket of a lane: routes may share the platform's name for it, channels and tokens never share the bucket."""
    return f"{shared}:{name.rpartition(':')[2]}" if shared else ""
