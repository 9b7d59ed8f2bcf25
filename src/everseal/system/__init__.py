"""The operating system and the network, wrapped: files, locks, processes, HTTP, names, time."""
