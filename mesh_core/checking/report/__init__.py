"""Findings for machines: SARIF for code scanning, workflow commands for GitHub's annotations."""

from mesh_core.checking.report.github import workflow_commands
from mesh_core.checking.report.sarif import sarif

__all__ = ["sarif", "workflow_commands"]
