"""Answers as bytes: JSON straight from our structs, documents as JSON or YAML, problems, and links to further pages."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

import msgspec
from fastapi import Request, Response

from mesh_core.marketplace.problems import PROBLEM_JSON, Problem

JSON = "application/json"
YAML = "application/yaml"


def json_answer(
    value: Any, *, status: int = 200, headers: Mapping[str, str] | None = None, media_type: str = JSON
) -> Response:
    """``value`` as JSON; what JSON lacks is told as text."""
    body = msgspec.json.encode(value, enc_hook=str)
    return Response(body, status, headers=dict(headers or {}), media_type=media_type)


def yaml_answer(value: Any) -> Response:
    """``value`` as YAML, keys in their order."""
    import yaml

    text = yaml.safe_dump(msgspec.to_builtins(value, enc_hook=str), sort_keys=False, allow_unicode=True, width=120)
    return Response(text, media_type=f"{YAML}; charset=utf-8")


def problem_answer(problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """The problem as RFC 9457 has it."""
    return json_answer(problem, status=problem.status, headers=headers, media_type=PROBLEM_JSON)


def tag_of(body: bytes) -> str:
    """A strong entity tag: the same bytes have the same, others another."""
    return f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'


def text_answer(text: str, media_type: str) -> Response:
    """A document in another format than ours, as it stands."""
    return Response(text, media_type=media_type)


def yaml_wanted(request: Request, given: str | None) -> bool:
    """Whether the client wants YAML: it says so, or accepts it and no JSON."""
    accepted = request.headers.get("accept", "")
    return given == "yaml" or (given is None and "yaml" in accepted and "json" not in accepted)


def http_date(at: str) -> dict[str, str]:
    """``Last-Modified`` for an ISO time; nothing for none."""
    if not at:
        return {}
    moment = datetime.fromisoformat(at).astimezone(UTC)
    return {"Last-Modified": format_datetime(moment.replace(microsecond=0), usegmt=True)}
