"""The Perplexity engine: its pure parts on recordings, its network on the emulator."""
