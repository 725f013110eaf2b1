"""Which lane an answer's headers speak of, and what they say."""

import pytest

from adapters.discord.headers import lane_name, news
from bot.model import LaneNews

HEADERS = {"X-RateLimit-Limit": "5", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset-After": "1.250"}


def interaction_of(token: str) -> str:
    return {"secret": "77"}.get(token, "")


@pytest.mark.parametrize(
    ("method", "path", "lane"),
    [
        ("PATCH", "/channels/9/messages/1", "discord:edit:9"),
        ("POST", "/channels/9/messages", "discord:post:9"),
        ("POST", "/channels/9/typing", "discord:typing:9"),
        ("POST", "/webhooks/3/secret", "discord:token:77"),
        ("PATCH", "/webhooks/3/secret/messages/@original", "discord:token:77"),
        ("PATCH", "/webhooks/3/secret/messages/1", "discord:token:77"),
        ("PATCH", "/webhooks/3/unknown/messages/1", ""),
        ("POST", "/interactions/77/secret/callback", ""),
        ("GET", "/channels/9/messages", ""),
        ("GET", "/users/@me", ""),
    ],
)
def test_a_request_drew_on_the_lane_of_its_route(method: str, path: str, lane: str) -> None:
    assert lane_name(method, path, interaction_of) == lane


def test_headers_say_what_is_left_and_until_when() -> None:
    assert news("a", HEADERS) == LaneNews("a", limit=5, remaining=0, reset_after=1.25)


def test_two_routes_of_a_channel_may_be_one_bucket_and_two_channels_never_are() -> None:
    headers = HEADERS | {"X-RateLimit-Bucket": "abc"}
    buckets = [
        said.bucket for lane in ("discord:edit:9", "discord:post:9", "discord:edit:8") if (said := news(lane, headers))
    ]
    assert buckets == ["abc:9", "abc:9", "abc:8"]


@pytest.mark.parametrize("name", list(HEADERS))
@pytest.mark.parametrize("value", [None, "", "many", "-1", "nan", "inf"])
def test_headers_that_cannot_be_read_say_nothing(name: str, value: str | None) -> None:
    headers = {known: text for known, text in HEADERS.items() if known != name}
    assert news("a", headers if value is None else headers | {name: value}) is None
