"""What exists on the emulated Discord: guilds, channels, threads, people, messages, commands, interactions.

`world` holds the state, `writing` and `threads` change it, `asking` and `people_do` are what humans do; `payloads` spells it as
Discord does. Nothing here knows sockets; whoever listens to `World.listeners` hears every event.
"""
