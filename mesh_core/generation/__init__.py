"""Rows made from contracts: keys, enums, ranges, patterns and foreign keys respected."""
