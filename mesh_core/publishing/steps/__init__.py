"""Internal steps: bronze and silver tables of one domain, kept up to date without an audit."""
