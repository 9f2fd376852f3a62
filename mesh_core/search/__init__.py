"""Search: finding a port by words, by facets, and by what can be joined with it."""
