"""Captured walks as plain values: for every check one that it refuses and one that it lets pass. Imported only where they are shown."""
