"""Promises as test classes: every implementation of a port subclasses its contract."""
