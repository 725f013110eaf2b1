"""Slack's errors in our terms. The one place where what slack_sdk and aiohttp raise becomes `ChatFailed`.

The codes: https://docs.slack.dev/reference/methods/chat.postMessage and https://docs.slack.dev/reference/methods/chat.update
"""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import cast

import aiohttp
import msgspec
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.errors import ChatFailed, MessageGone, PlaceClosed, Refused, Throttled, TokenRefused, Unreachable

_OVER_BUDGET = frozenset({"ratelimited", "rate_limited"})
_NO_TOKEN = frozenset({"invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive"})
_CLOSED = frozenset(
    {
        "access_denied",
        "cannot_reply_to_message",
        "channel_not_found",
        "ekm_access_denied",
        "is_archived",
        "is_inactive",
        "messages_tab_disabled",
        "missing_scope",
        "no_permission",
        "not_in_channel",
        "team_access_not_granted",
        "thread_not_found",
    }
)
# Slack's own trouble, reported with status 200; "some aspect of the operation may have succeeded".
_BROKEN = frozenset({"fatal_error", "internal_error", "request_timeout", "service_unavailable", "team_added_to_org"})

# Where Slack names no time to wait.
_PATIENCE = 5.0


@contextmanager
def in_our_terms() -> Generator[None]:
    """Raise every failure of a call to Slack as a `ChatFailed`."""
    try:
        yield
    except SlackApiError as error:
        raise _meaning(error) from error
    except SlackClientError as error:
        raise Refused("request") from error
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
        raise Unreachable(uncertain=False) from error
    except (aiohttp.ClientError, TimeoutError) as error:
        raise Unreachable(uncertain=True) from error
    except msgspec.ValidationError as error:
        raise Unreachable(uncertain=True) from error
    except AttributeError as error:
        # slack_sdk asks any answer for its `ok`, also one in plain text from somebody between us and Slack.
        if not isinstance(error.obj, str | list | int | float):
            raise
        raise Unreachable(uncertain=True) from error


def refusal_of_upload(answer: aiohttp.ClientResponse) -> ChatFailed:
    """What it means that the store of files, which does not speak the Web API, gave another status than 200."""
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        return Throttled(_retry_after(answer.headers))
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Unreachable(uncertain=False)
    return Refused(f"upload_{answer.status}")


def _meaning(error: SlackApiError) -> ChatFailed:
    status, headers, code = _answer(error)
    if status == HTTPStatus.TOO_MANY_REQUESTS or code in _OVER_BUDGET:
        return Throttled(_retry_after(headers))
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or not code or code in _BROKEN:
        return Unreachable(uncertain=True)
    if code == "message_not_found":
        return MessageGone()
    if code in _NO_TOKEN:
        return TokenRefused(code)
    if code in _CLOSED or code.startswith("restricted_action"):
        return PlaceClosed(code)
    return Refused(code)


def _answer(error: SlackApiError) -> tuple[int, Mapping[str, str], str]:
    """Status, headers and Slack's code, "" where the answer was not Slack's JSON."""
    response = cast("object", error.response)
    if isinstance(response, AsyncSlackResponse):
        answer = cast("object", response.data)
        code = cast("dict[str, object]", answer).get("error") if isinstance(answer, dict) else None
        return response.status_code, response.headers, code if isinstance(code, str) else ""
    if isinstance(response, aiohttp.ClientResponse):  # an answer that claimed to be JSON and was not
        return response.status, response.headers, ""
    return 0, {}, ""


def _retry_after(headers: Mapping[str, str]) -> float:
    try:
        return max(float(headers.get("Retry-After", _PATIENCE)), 0.0)
    except ValueError:
        return _PATIENCE
