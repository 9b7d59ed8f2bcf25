"""The command line: parse, ask the manager, show, return a status."""
