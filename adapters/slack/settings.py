"""What an operator sets for Slack. Pure: reads the settings through a `Reader` and collects what is wrong with them."""

import re
from dataclasses import dataclass, field

from bot.config import Reader

# Where each of the secrets comes from.
ADVICE = {
    "SLACK_BOT_TOKEN": "copy the Bot User OAuth Token (it starts with xoxb-) "
    "from OAuth & Permissions of the app at https://api.slack.com/apps",
    "SLACK_APP_TOKEN": "create an App-Level Token (it starts with xapp-) with the scope connections:write "
    "under Basic Information of the app at https://api.slack.com/apps",
    "SLACK_SIGNING_SECRET": "copy the Signing Secret from Basic Information of the app at https://api.slack.com/apps",
}

_API_URL = "https://slack.com/api"
_HTTP_HOST = "0.0.0.0"  # noqa: S104 - Slack's deliveries come from outside
_HTTP_PORT = 3000


@dataclass(frozen=True, slots=True)
class SlackSettings:
    """This is how we reach Slack and how Slack reaches us: Socket Mode where there is an app token, else HTTP.

    `api_url` ends with a slash.
    """

    bot_token: str = field(repr=False)
    app_token: str = field(default="", repr=False)
    signing_secret: str = field(default="", repr=False)
    api_url: str = f"{_API_URL}/"
    http_host: str = _HTTP_HOST
    http_port: int = _HTTP_PORT


def read(reader: Reader) -> SlackSettings | None:
    """Fill the Slack settings, None where Slack is not configured at all; problems stay in `reader`."""
    if not any(_given(reader, name) for name in ADVICE):
        return None
    settings = SlackSettings(
        bot_token=reader.secret("SLACK_BOT_TOKEN"),
        app_token=reader.secret("SLACK_APP_TOKEN"),
        signing_secret=reader.secret("SLACK_SIGNING_SECRET"),
        api_url=reader.url("SLACK_API_URL", _API_URL) + "/",
        http_host=reader.text("SLACK_HTTP_HOST", _HTTP_HOST),
        http_port=reader.integer("SLACK_HTTP_PORT", _HTTP_PORT, 0, 65535),
    )
    _check(reader, settings)
    return settings


def _check(reader: Reader, settings: SlackSettings) -> None:
    if not _given(reader, "SLACK_BOT_TOKEN"):
        reader.problems.append(f"SLACK_BOT_TOKEN is not set: {ADVICE['SLACK_BOT_TOKEN']}.")
    if settings.bot_token and not _is_token(settings.bot_token, "xoxb"):
        reader.problems.append(f"SLACK_BOT_TOKEN is not a bot token: {ADVICE['SLACK_BOT_TOKEN']}.")
    if settings.app_token and not _is_token(settings.app_token, "xapp"):
        reader.problems.append(f"SLACK_APP_TOKEN is not an app-level token: {ADVICE['SLACK_APP_TOKEN']}.")
    if not _given(reader, "SLACK_APP_TOKEN") and not _given(reader, "SLACK_SIGNING_SECRET"):
        reader.problems.append(
            "Neither SLACK_APP_TOKEN nor SLACK_SIGNING_SECRET is set, so Slack cannot reach the bot. "
            f"For Socket Mode {ADVICE['SLACK_APP_TOKEN']}; for HTTP {ADVICE['SLACK_SIGNING_SECRET']}."
        )


def _given(reader: Reader, name: str) -> bool:
    return bool(reader.text(name) or reader.text(f"{name}_FILE"))


def _is_token(value: str, kind: str) -> bool:
    return re.fullmatch(rf"{kind}-[A-Za-z0-9_-]+", value) is not None
