"""Sphinx settings of the documentation; `make docs` builds it."""

project = "Everseal"
author = "the Everseal authors"
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
html_theme = "furo"
myst_heading_anchors = 3
