"""Feeds: what the catalog knows, in the open formats of other tools: OpenLineage, CloudEvents, DCAT, ODPS."""
