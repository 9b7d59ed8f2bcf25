"""How plans, lineages and outcomes are shown: as text for people and as JSON for programs."""
