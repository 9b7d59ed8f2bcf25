"""The tests mirror the tree of `src/everseal`; `tests.servers` starts the servers that some talk to."""
