#!/usr/bin/env python3
"""Holds every answer that the tests got from the API against docs/protocol/openapi.json: those beside the code (tests/support/recorded_responses.h),
the scenarios (tests/e2e/harness.py) and the peers (tests/peers/harness.mjs).

check_responses.py RESPONSES [OPENAPI]: fails for an answer whose address, status, type or body the description does not have.
"""
import collections
import json
import pathlib
import re
import sys

import jsonschema

ROOT = pathlib.Path(__file__).resolve().parent.parent


def strict(node):
    """Our answers have no fields that nobody described; what clients may ignore is another matter."""
    if isinstance(node, dict):
        if node.get("type") == "object" and "properties" in node:
            node["additionalProperties"] = False
        for value in node.values():
            strict(value)
    elif isinstance(node, list):
        for value in node:
            strict(value)


def main() -> int:
    # Pictures and recordings are no text. Whoever waits for something asks for the same again and again.
    text = pathlib.Path(sys.argv[1]).read_bytes().decode(errors="replace")
    answers = [json.loads(line) for line in dict.fromkeys(text.split("\n")) if line]
    path = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else ROOT / "docs/protocol/openapi.json"
    document = json.loads(path.read_text())
    strict(document["components"])
    jsonschema.Draft202012Validator.check_schema({"$defs": document["components"]["schemas"]})
    resolver = jsonschema.RefResolver("", document)
    patterns = [(re.compile("^" + re.sub(r"\\\{[a-z_]+\\\}", "[^/]+", re.escape(p)) + "$"), p.count("{"), p) for p in document["paths"]]
    patterns.sort(key=lambda p: p[1])  # literal segments win
    seen = collections.Counter()
    problems = collections.Counter()
    skipped = 0
    for answer in answers:
        method = answer["method"].lower().replace("head", "get")
        operation = next((document["paths"][name][method] for regex, _, name in patterns
                          if regex.match(answer["path"]) and method in document["paths"][name]), None)
        name = f'{answer["method"]} {answer["path"]} -> {answer["status"]}'
        if operation is None:
            skipped += 1  # pages, and addresses that do not exist
            continue
        status = str(answer["status"])
        response = operation["responses"].get(status)
        if response is None:
            if answer["status"] < 400:
                problems[f"{name}: this status is not described"] += 1
                continue
            response = operation["responses"]["default"]
        if "$ref" in response:
            response = resolver.resolve(response["$ref"])[1]
        content = response.get("content")
        if answer["method"] == "HEAD":
            continue
        if content is None:
            if answer["body"]:
                problems[f"{name}: there is a body where none is described"] += 1
            seen[operation["operationId"]] += 1
            continue
        kind = answer["type"].split(";")[0]
        if kind not in content and kind.split("/")[0] + "/*" not in content:  # a range, as OpenAPI has it
            problems[f"{name}: content of type {kind or 'none'}"] += 1
            continue
        if kind == "application/json":
            validator = jsonschema.Draft202012Validator(content[kind]["schema"], resolver=resolver)
            for error in validator.iter_errors(json.loads(answer["body"])):
                problems[f"{name}: {'/'.join(map(str, error.path)) or 'body'}: {error.message[:200]}"] += 1
        seen[operation["operationId"]] += 1
    for problem, count in problems.items():
        print(f"{problem} ({count} times)")
    total = sum(len(methods) for methods in document["paths"].values())
    print(f"responses: {sum(seen.values())} answers of {len(seen)} of {total} operations hold, {len(problems)} problems, "
          f"{skipped} of addresses outside of the description")
    missing = sorted({o["operationId"] for methods in document["paths"].values() for o in methods.values()} - set(seen))
    if missing:
        print("never seen: " + " ".join(missing))
    return 1 if problems or not seen else 0


sys.exit(main())
