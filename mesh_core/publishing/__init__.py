"""How rows become a version that consumers read, without Dagster: attempts, audit, commit, registration, and back.

Read `publication.py` first; every other module is one of its steps, or what a step needs.
"""
