"""The REST API, version 1: each module has a ``router``, mounted under ``/api/v1``."""

TOPICS = ("search", "domains", "ports", "facts", "standing", "vocabulary", "happenings", "registration")
"""Modules of this package, in the order of the document."""

PREFIX = "/api/v1"
