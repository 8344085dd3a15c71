"""An OpenAPI or Swagger description as data: read from JSON or YAML, its own references followed and no others."""
from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from sandbox.errors import InputRefused
from sandbox.http.addresses import decoded

MAX_BYTES = 30_000_000
MAX_DEPTH = 100
_MAX_HOPS = 32
_MAX_STEPS = 500_000
_VERBS = ("get", "post", "put", "patch", "delete")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Node = Mapping[str, Any]


class LeftOut(Exception):
    """Why an operation cannot be offered, as the end of a sentence."""


class Description:
    """A description of version 2.0, 3.0 or 3.1."""

    def __init__(self, document: Mapping[str, Any] | bytes | str) -> None:
        self.root: Node = _loaded(document) if isinstance(document, (bytes, str)) else document
        version = str(self.root.get("openapi", self.root.get("swagger", "")))
        if not version.startswith(("2.", "3.")) or not isinstance(self.root.get("paths"), Mapping):
            raise InputRefused("this is no OpenAPI description: it should say openapi 3.x or swagger 2.0, and hold paths")
        self.is_swagger = version.startswith("2.")
        self._steps = 0

    def operations(self) -> Iterator[tuple[str, str, Node, list[Node]]]:
        """(verb, path, operation, its parameters and those of its path) in the order of the description."""
        for path, item in self.root["paths"].items():
            if not isinstance(item, Mapping) or not str(path).startswith("/"):
                continue
            for verb in _VERBS:
                if isinstance(item.get(verb), Mapping):
                    yield verb, str(path), item[verb], [*_list(item.get("parameters")), *_list(item[verb].get("parameters"))]

    def follow(self, node: Any) -> tuple[Node, str]:
        """(what the node means, the reference it was found by); raises LeftOut where that cannot be followed."""
        self._steps += 1
        if self._steps > _MAX_STEPS:
            raise InputRefused("the description refers to itself too often to be read")
        name = ""
        for _ in range(_MAX_HOPS):
            if not isinstance(node, Mapping):
                return {}, name
            if "$ref" not in node:
                return node, name
            name = str(node["$ref"])
            node = self._target(name)
        raise LeftOut(f"its reference {name} leads in a circle")

    def _target(self, name: str) -> Any:
        if not name.startswith("#"):
            raise LeftOut(f"it refers to {name[:200]}, outside this description; put that into the one file")
        found: Any = self.root
        for part in name[1:].split("/")[1:]:
            key = decoded(part).replace("~1", "/").replace("~0", "~")
            if not isinstance(found, Mapping) or key not in found:
                raise LeftOut(f"its reference {name[:200]} leads nowhere")
            found = found[key]
        return found

    def base(self) -> str:
        """The address of the first server it names; empty, or without a host, where it does not say one."""
        if self.is_swagger:
            schemes = [str(each) for each in _list(self.root.get("schemes"))] or ["https"]
            host = str(self.root.get("host", ""))
            start = f"{'https' if 'https' in schemes else schemes[0]}://{host}" if host else ""
            return start + str(self.root.get("basePath", "")).rstrip("/")
        servers = [each for each in _list(self.root.get("servers")) if isinstance(each, Mapping)]
        if not servers:
            return ""
        url = str(servers[0].get("url", ""))
        for name, variable in _node(servers[0].get("variables")).items():
            url = url.replace("{" + str(name) + "}", str(_node(variable).get("default", "")))
        return url.rstrip("/")

    def answer(self, operation: Node) -> tuple[Any, set[str]]:
        """(schema of the good answer, its media types); the schema is None where nothing is said of JSON."""
        responses = {str(code).upper(): response for code, response in _node(operation.get("responses")).items()}
        code = next((code for code in ("200", "2XX", "206", "DEFAULT") if code in responses), "")
        response, _ = self.follow(responses.get(code))
        if self.is_swagger:
            kinds = _list(operation.get("produces")) or _list(self.root.get("produces"))
            return response.get("schema"), {str(kind).lower() for kind in kinds}
        content = _node(response.get("content"))
        json_kind = next((kind for kind in content if "json" in str(kind).lower() or str(kind) == "*/*"), None)
        holder = content.get(json_kind) if json_kind is not None else None
        return (holder.get("schema") if isinstance(holder, Mapping) else None), {str(kind).lower() for kind in content}

    def answer_headers(self, operation: Node) -> set[str]:
        """The names of the headers of its good answer, in lower case."""
        response, _ = self.follow(_node(operation.get("responses")).get("200"))
        return {str(name).lower() for name in _node(response.get("headers"))}


def _node(value: Any) -> Node:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _loaded(document: bytes | str) -> Node:
    if len(document) > MAX_BYTES:
        raise InputRefused(f"the description has {len(document)} bytes; at most {MAX_BYTES} are read")
    try:
        text = document if isinstance(document, str) else document.decode("utf-8-sig")
        loaded = json.loads(text) if text.lstrip().startswith("{") else _from_yaml(text)
    except UnicodeDecodeError as error:
        raise InputRefused(f"the description is not UTF-8 at byte {error.start}") from error
    except (ValueError, RecursionError) as error:
        raise InputRefused(f"the description is not JSON: {error}") from error
    except yaml.YAMLError as error:
        raise InputRefused(f"the description is not YAML: {' '.join(str(error).split())[:300]}") from error
    if not isinstance(loaded, Mapping):
        raise InputRefused("the description should be a record with paths")
    return loaded


def _from_yaml(text: str) -> Any:
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        # An alias can make a small text enormous, and descriptions have $ref for the same purpose.
        if isinstance(event, yaml.AliasEvent):
            raise InputRefused(f"the description uses the YAML alias *{event.anchor}; write it out or use $ref")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise InputRefused(f"the description is nested deeper than {MAX_DEPTH} levels")
    return yaml.load(text, Loader=_LOADER)  # noqa: S506 – a safe loader, in C where there is one
