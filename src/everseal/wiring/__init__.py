"""The one place that names concrete classes and turns settings into objects."""
