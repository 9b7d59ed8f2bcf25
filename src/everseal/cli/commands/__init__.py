"""One small module per verb; each has ``run(session) -> int``."""
