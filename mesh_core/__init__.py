"""The platform of the mesh: what every domain shares, and knows no domain."""

__version__ = "0.1.0"
