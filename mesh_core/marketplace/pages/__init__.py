"""The marketplace's pages: each module has a ``router``, mounted at the root."""

PAGES = (
    "theme",
    "home",
    "search",
    "port",
    "product",
    "compare",
    "domains",
    "lineage",
    "glossary",
    "entities",
    "insights",
    "changes",
)
"""Modules of this package, in the order in which they are mounted."""
