"""Doubles that play the core's roles and remember what happened, so that a test asserts what a reader would have seen."""
