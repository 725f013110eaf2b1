"""Servers on loopback that real SDKs talk to; they enforce the limits of the platforms that they stand for."""
