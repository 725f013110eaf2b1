"""Slack's rate limits as lanes. Pure. Slack counts per method, per workspace and per app, whoever asks.

https://docs.slack.dev/apis/web-api/rate-limits
"""

from typing_extensions import override

from bot.model import Lane, MessageRef, Place
from bot.ports import Budget

_MINUTE = 60.0


class SlackBudget(Budget):
    """These are the lanes of one Slack app: one for the edits of a workspace, two for posts, one for status."""

    @override
    def post(self, place: Place) -> tuple[Lane, ...]:
        # "One message per second per channel, short bursts allowed": any 4 posts lie at least 4 s before the 4 next,
        # which never asks more than a bucket of 4 that gains one a second. The cap of the workspace is published only
        # as "several hundred a minute".
        method = f"slack:{place.workspace}:chat.postMessage"
        return (Lane(f"{method}:{place.channel}", 4, 4.0), Lane(method, 300, _MINUTE))

    @override
    def edit(self, message: MessageRef) -> tuple[Lane, ...]:
        # Tier 3, for all answers of the workspace together.
        return (Lane(f"slack:{message.place.workspace}:chat.update", 50, _MINUTE),)

    @override
    def status(self, place: Place) -> tuple[Lane, ...]:
        # The number of this method is not published; tier 3 is a careful guess.
        return (Lane(f"slack:{place.workspace}:assistant.threads.setStatus", 50, _MINUTE),)
