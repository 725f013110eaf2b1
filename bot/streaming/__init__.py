"""From a growing text to writes on a platform: what may be shown, which budget it needs, which write comes next."""
