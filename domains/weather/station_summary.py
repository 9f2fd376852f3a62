"""A plain Dagster asset beside the domain's ports: what the stations reported, in one row each."""

from __future__ import annotations
