"""Contracts in and out of other formats: dbt, JSON Schema, Avro, SQL DDL."""
