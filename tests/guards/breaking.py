"""What in a new OpenAPI document would break a program that was written against an older one. Pure.

Requests that were understood have to be understood still, and answers have to be such as could come before; more fields
in answers, more operations and more optional parameters break nobody.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]
VERBS = ("get", "put", "post", "patch", "delete")
ROLES = ("public", "signed_in", "viewer", "staff", "admin", "owner")
UPPER = ("maxLength", "maximum", "exclusiveMaximum", "maxItems")
LOWER = ("minLength", "minimum", "exclusiveMinimum", "minItems")


def breaks(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """A sentence for each thing that worked by the old document and may work no more by the new one."""
    found: list[str] = []
    for path, verbs in sorted(old["paths"].items()):
        for verb in VERBS:
            if verb not in verbs:
                continue
            name, now = f"{verb.upper()} {path}", new["paths"].get(path, {}).get(verb)
            found += [f"{name} is gone"] if now is None else list(_of_operation(name, verbs[verb], now, old, new))
    failures = [_schema("Failure", document) for document in (old, new)]
    if all(failures):
        found += [f"every failure: {one}" for one in _Answers(old, new).check(failures[0], failures[1], "")]
    return found


def _schema(name: str, document: Mapping[str, Any]) -> Schema:
    found: Schema = document.get("components", {}).get("schemas", {}).get(name, {})
    return found


def _of_operation(
    name: str, old: Mapping[str, Any], new: Mapping[str, Any], before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[str]:
    if old.get("operationId") != new.get("operationId"):
        yield f"{name} is called {new.get('operationId')} instead of {old.get('operationId')}"
    if new.get("x-scope") not in (None, old.get("x-scope")):
        yield f"{name} needs the scope {new['x-scope']}"
    if ROLES.index(new.get("x-role", "public")) > ROLES.index(old.get("x-role", "public")):
        yield f"{name} needs the role {new['x-role']}"
    requests, answers = _Requests(after, before), _Answers(before, after)
    yield from (f"{name} {one}" for one in _of_parameters(old, new, requests))
    yield from (f"{name} body{one}" for one in _of_body(old, new, requests))
    yield from (f"{name} {one}" for one in _of_answers(old, new, answers))


def _of_parameters(old: Mapping[str, Any], new: Mapping[str, Any], requests: _Comparison) -> Iterator[str]:
    had, has = ({(one["in"], one["name"]): one for one in said.get("parameters", [])} for said in (old, new))
    for key, one in had.items():
        where = f"{key[0]} parameter {key[1]}"
        if key not in has:
            yield f"{where}: is gone"
            continue
        if has[key].get("required") and not one.get("required"):
            yield f"{where}: is needed now"
        yield from requests.check(has[key]["schema"], one["schema"], where)
    yield from (f"{key[0]} parameter {key[1]}: is needed now" for key, one in has.items()
                if key not in had and one.get("required"))  # fmt: skip


def _of_body(old: Mapping[str, Any], new: Mapping[str, Any], requests: _Comparison) -> Iterator[str]:
    had, has = old.get("requestBody"), new.get("requestBody")
    if has is not None and has.get("required") and not (had or {}).get("required"):
        yield ": is needed now"
    if had is None:
        return
    for media, content in had["content"].items():
        if has is None or media not in has["content"]:
            yield f": {media} is not taken any more"
        else:
            yield from requests.check(has["content"][media]["schema"], content["schema"], "")


def _of_answers(old: Mapping[str, Any], new: Mapping[str, Any], answers: _Comparison) -> Iterator[str]:
    for status, answer in old["responses"].items():
        if not status.startswith("2"):
            continue
        now = new["responses"].get(status)
        if now is None:
            yield f"{status}: is never answered any more"
            continue
        for media, content in answer.get("content", {}).items():
            if media not in now.get("content", {}):
                yield f"{status}: {media} is not answered any more"
            else:
                yield from answers.check(content["schema"], now["content"][media]["schema"], status)


@dataclass
class _Comparison:
    """Whether a schema of one document (`wide`) takes all that one of another (`narrow`) lets through."""

    wide: Mapping[str, Any]
    narrow: Mapping[str, Any]

    def check(self, wide: Schema, narrow: Schema, at: str, seen: frozenset[tuple[int, int]] = frozenset()) -> list[str]:
        """Why not, by the path of what differs; nothing where it does."""
        wides, found = _alternatives(wide, self.wide), []
        for one in _alternatives(narrow, self.narrow):
            tries = [self._one(each, one, at, seen) for each in wides if _is_of_type(one, each)]
            wanted = " or ".join(str(each.get("type")) for each in wides)
            found += min(tries, key=len, default=[f"{at}: {self.says_type(one.get('type', 'anything'), wanted)}"])
        return list(dict.fromkeys(found))

    def _one(self, wide: Schema, narrow: Schema, at: str, seen: frozenset[tuple[int, int]]) -> list[str]:
        if (id(wide), id(narrow)) in seen:
            return []
        seen |= {(id(wide), id(narrow))}
        found = [f"{at}: {one}" for one in (*self._values(wide, narrow), *self._bounds(wide, narrow))]
        if "items" in wide and "items" in narrow:
            found += self.check(wide["items"], narrow["items"], f"{at}[]", seen)
        if wide.get("type") == "object":
            found += self._fields(wide, narrow, at, seen)
        return found

    def _values(self, wide: Schema, narrow: Schema) -> Iterator[str]:
        takes, lets = (_enum(one) for one in (wide, narrow))
        if takes is None:
            return
        if lets is None:
            yield self.says_any(takes)
        else:
            yield from (self.says_value(value) for value in lets if value not in takes)

    def _bounds(self, wide: Schema, narrow: Schema) -> Iterator[str]:
        for key in (*UPPER, *LOWER):
            if key not in wide or wide[key] == narrow.get(key) or (key in LOWER and not wide[key]):
                continue
            other = narrow.get(key)
            if other is None or (other > wide[key] if key in UPPER else other < wide[key]):
                yield self.says_bound(key, narrow.get(key), wide[key])
        for key in ("pattern", "format"):
            if key in wide and wide[key] != narrow.get(key):
                yield self.says_bound(key, narrow.get(key), wide[key])

    def _fields(self, wide: Schema, narrow: Schema, at: str, seen: frozenset[tuple[int, int]]) -> list[str]:
        takes, lets = wide.get("properties", {}), narrow.get("properties", {})
        always = set(narrow.get("required", ()))
        found = [f"{at}.{name}: {self.says_missing(name in lets)}" for name in wide.get("required", ())
                 if name not in always]  # fmt: skip
        for name, schema in lets.items():
            if name in takes:
                found += self.check(takes[name], schema, f"{at}.{name}", seen)
                found += [f"{at}.{name}: {one}" for one in self.says_default(schema, takes[name])]
            elif wide.get("additionalProperties") is False:
                found += [f"{at}.{name}: {one}" for one in self.says_more()]
        found += [f"{at}.{name}: {one}" for name in takes if name not in lets and name not in wide.get("required", ())
                  for one in self.says_less()]  # fmt: skip
        others, more = wide.get("additionalProperties", {}), narrow.get("additionalProperties", {})
        if isinstance(others, Mapping) and isinstance(more, Mapping):
            found += self.check(others, more, f"{at}.*", seen)
        return found

    # How it is said depends on the direction.
    def says_type(self, narrow: str, wide: str) -> str:
        raise NotImplementedError

    def says_any(self, takes: list[Any]) -> str:
        raise NotImplementedError

    def says_value(self, value: Any) -> str:
        raise NotImplementedError

    def says_bound(self, key: str, narrow: Any, wide: Any) -> str:
        raise NotImplementedError

    def says_missing(self, known: bool) -> str:
        raise NotImplementedError

    def says_more(self) -> Iterator[str]:
        yield from ()

    def says_less(self) -> Iterator[str]:
        yield from ()

    def says_default(self, narrow: Schema, wide: Schema) -> Iterator[str]:
        yield from ()


class _Requests(_Comparison):
    """What was sent by the old document (`narrow`) is taken by the new one (`wide`)."""

    def says_type(self, narrow: str, wide: str) -> str:
        return f"{narrow} is not taken any more, but {wide}"

    def says_any(self, takes: list[Any]) -> str:
        return f"only {takes} are taken now"

    def says_value(self, value: Any) -> str:
        return f"{value!r} is not taken any more"

    def says_bound(self, key: str, narrow: Any, wide: Any) -> str:
        return f"{key} is {wide!r} and was {narrow!r}"

    def says_missing(self, known: bool) -> str:
        return "is needed now"

    def says_more(self) -> Iterator[str]:
        yield "is refused now"

    def says_default(self, narrow: Schema, wide: Schema) -> Iterator[str]:
        if "default" in narrow and "default" in wide and narrow["default"] != wide["default"]:
            yield f"left out, it is {wide['default']!r} and was {narrow['default']!r}"


class _Answers(_Comparison):
    """What is answered by the new document (`narrow`) could have been by the old one (`wide`), but for more fields."""

    def says_type(self, narrow: str, wide: str) -> str:
        return f"may be {narrow} now, and was {wide}"

    def says_any(self, takes: list[Any]) -> str:
        return f"may be anything now, and was one of {takes}"

    def says_value(self, value: Any) -> str:
        return f"may be {value!r} now"

    def says_bound(self, key: str, narrow: Any, wide: Any) -> str:
        return f"{key} was {wide!r} and is {narrow!r}"

    def says_missing(self, known: bool) -> str:
        return "is not always there any more" if known else "is gone"

    def says_less(self) -> Iterator[str]:
        yield "is gone"


def _alternatives(schema: Schema, document: Mapping[str, Any]) -> list[Schema]:
    """What a schema may be instead of itself: what it points to, each of `anyOf`, each of several types."""
    if "$ref" in schema:
        return _alternatives(_schema(schema["$ref"].rpartition("/")[2], document), document)
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return [found for one in schema[key] for found in _alternatives(one, document)]
    if isinstance(schema.get("type"), list):
        return [{**schema, "type": one} for one in schema["type"]]
    return [schema]


def _enum(schema: Schema) -> list[Any] | None:
    found: list[Any] | None = [schema["const"]] if "const" in schema else schema.get("enum")
    return found


def _is_of_type(narrow: Schema, wide: Schema) -> bool:
    """Whether what has the one's type has the other's."""
    kind = narrow.get("type")
    return "type" not in wide or kind == wide["type"] or (kind, wide["type"]) == ("integer", "number")
