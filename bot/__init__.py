"""The platform-neutral core: what was asked, what may be shown, what is written next, and what is remembered.

Nothing here knows a chat platform, a network or a database. Start reading at `answering.py`.
"""
