"""The gateway: `sessions` number and keep what was told, `wire` compresses it, `conversation` talks over one socket,
`hub` finds the sessions that an event concerns and lets tests break connections.

https://docs.discord.com/developers/events/gateway
"""
