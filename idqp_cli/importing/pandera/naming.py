"""What the schemas of Pandera in Python code are called."""

from __future__ import annotations

import ast
from collections.abc import Mapping


def names(tree: ast.Module) -> Mapping[ast.expr, str]:
    """Return what each value in the code is called: the variable, the key, or the function that returns it."""
    found: dict[ast.expr, str] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Name(id=name) | ast.Attribute(attr=name), *_], value=value):
                found[value] = name
            case ast.AnnAssign(target=ast.Name(id=name) | ast.Attribute(attr=name), value=ast.expr() as value):
                found[value] = name
            case ast.Dict(keys=keys, values=values):
                texts = [key.value if isinstance(key, ast.Constant) else None for key in keys]
                found |= {one: text for text, one in zip(texts, values, strict=True) if isinstance(text, str)}
            case ast.FunctionDef(name=name, body=body):
                returned = [one.value for one in body if isinstance(one, ast.Return)]
                found |= {one: name for one in returned if one is not None}
    return found


def named(call: ast.Call, name: str) -> str:
    """Return the name that a schema is given, or that of its variable without the word for what it is."""
    for keyword in call.keywords:
        if keyword.arg == "name" and isinstance(keyword.value, ast.Constant) and isinstance(keyword.value.value, str):
            return keyword.value.value
    return plain(name)


def plain(name: str) -> str:
    """Return a name without the word for what it is."""
    for word in ("_schema", "_SCHEMA", "Schema", "Model"):
        if name.endswith(word) and len(name) > len(word):
            name = name.removesuffix(word)
    return name
