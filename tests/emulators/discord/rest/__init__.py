"""The REST API: `routes` says what there is, `api` carries a request through faults, limits and its action.

An action is a plain function of the world and a request; it refuses by raising `RefusedError`.
"""
