"""Policies as code: small typed functions, one rule each, the same at every gate."""
