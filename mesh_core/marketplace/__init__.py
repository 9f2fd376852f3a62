"""The marketplace: the catalog's HTTP API, its pages, and the tools that agents call."""
