"""The table of all endpoints."""

from tests.emulators.discord.rest import commands, interactions, messages, places
from tests.emulators.discord.rest.exchange import Route

_CHANNEL = "/channels/{channel}"
_MESSAGE = "/channels/{channel}/messages/{message}"
_COMMANDS = "/applications/{application}/commands"
_GUILD_COMMANDS = "/applications/{application}/guilds/{guild}/commands"
_WEBHOOK = "/webhooks/{application}/{token}"
_ANSWER = "/webhooks/{application}/{token}/messages/{message}"

ROUTES = (
    Route("GET", "/gateway", places.gateway, authorized=False),
    Route("GET", "/gateway/bot", places.gateway_bot),
    Route("GET", "/users/@me", places.me),
    Route("GET", "/users/{user}", places.user),
    Route("POST", "/users/@me/channels", places.direct),
    Route("GET", "/applications/@me", places.application),
    Route("GET", "/oauth2/applications/@me", places.application),
    Route("GET", "/guilds/{guild}", places.guild),
    Route("GET", _CHANNEL, places.channel),
    Route("PATCH", _CHANNEL, places.change_channel),
    Route("POST", f"{_CHANNEL}/typing", messages.typing),
    Route("POST", f"{_CHANNEL}/messages", messages.create),
    Route("GET", f"{_CHANNEL}/messages", messages.listed),
    Route("GET", _MESSAGE, messages.get),
    Route("PATCH", _MESSAGE, messages.edit),
    Route("DELETE", _MESSAGE, messages.remove),
    Route("POST", f"{_MESSAGE}/threads", places.thread_from_message),
    Route("POST", f"{_CHANNEL}/threads", places.thread_alone),
    Route("PUT", f"{_CHANNEL}/thread-members/@me", places.join_thread),
    *(
        Route(method, path, action)
        for path in (_COMMANDS, _GUILD_COMMANDS)
        for method, action in (("GET", commands.listed), ("PUT", commands.overwrite), ("POST", commands.create))
    ),
    *(
        Route(method, f"{path}/{{command}}", action)
        for path in (_COMMANDS, _GUILD_COMMANDS)
        for method, action in (("GET", commands.get), ("DELETE", commands.remove))
    ),
    Route("POST", "/interactions/{interaction}/{token}/callback", interactions.callback, authorized=False),
    Route("POST", _WEBHOOK, interactions.follow_up, authorized=False),
    Route("GET", _ANSWER, interactions.original, authorized=False),
    Route("PATCH", _ANSWER, interactions.edit, authorized=False),
    Route("DELETE", _ANSWER, interactions.remove, authorized=False),
)
