"""Reads `cargo metadata` and says which packages have a licence that deny.toml does not allow."""

import json
import re
import sys
import tomllib

allowed = set(tomllib.load(open("deny.toml", "rb"))["licenses"]["allow"])


def holds(expression):
    """An SPDX expression is allowed when one of its alternatives is, as a whole."""
    expression = expression.replace("/", " OR ")
    words = re.sub(r"([^\s()]+(?: WITH [^\s()]+)?)", lambda m: m[1] if m[1] in ("OR", "AND") else str(m[1] in allowed), expression)
    return eval(words.replace("OR", "or").replace("AND", "and"), {"__builtins__": {}})


packages = json.load(sys.stdin)["packages"]
wrong = [f"{p['name']} {p['version']}: {p['license']}" for p in packages if not p["license"] or not holds(p["license"])]
print(f"{sys.argv[1]}: {len(packages)} packages, {len(wrong)} with a licence that is not allowed")
print("\n".join(wrong))
sys.exit(1 if wrong else 0)
