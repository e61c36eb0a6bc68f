#!/usr/bin/env python3
"""Holds every answer that the tests got from the API against docs/protocol/openapi.json: those beside the code (tests/support/recorded_responses.h),
the scenarios (tests/e2e/harness.py) and the peers (tests/peers/harness.mjs).

check_responses.py [--every] RESPONSES [OPENAPI]: fails for an answer whose address, status, type or body the description does not have; with
--every also for an operation that never succeeded, so that every body that is described was held against its description once.
"""
import collections
import json
import pathlib
import re
import sys

import jsonschema

ROOT = pathlib.Path(__file__).resolve().parent.parent

# What no test of --every can have: it never succeeds here, or needs what only the scenarios have.
WITHOUT_SUCCESS = {
    "patch_v2_meetings_meeting_id_livestream_status": "no stream goes out of this server",
    "post_v2_meetings_meeting_id_sip_dialing": "nor does it speak SIP",
    "post_api_keys_kit_check": "a real key service: tests/e2e stored.py",
}


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
    arguments = [a for a in sys.argv[1:] if a != "--every"]
    text = pathlib.Path(arguments[0]).read_bytes().decode(errors="replace")
    answers = [json.loads(line) for line in dict.fromkeys(text.split("\n")) if line]
    path = pathlib.Path(arguments[1]) if len(arguments) > 1 else ROOT / "docs/protocol/openapi.json"
    document = json.loads(path.read_text())
    strict(document["components"])
    jsonschema.Draft202012Validator.check_schema({"$defs": document["components"]["schemas"]})
    resolver = jsonschema.RefResolver("", document)
    patterns = [(re.compile("^" + re.sub(r"\\\{[a-z_]+\\\}", "[^/]+", re.escape(p)) + "$"), p.count("{"), p) for p in document["paths"]]
    patterns.sort(key=lambda p: p[1])  # literal segments win
    seen = collections.Counter()
    succeeded = set()
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
        if answer["status"] < 400:
            succeeded.add(operation["operationId"])
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
    operations = {o["operationId"] for methods in document["paths"].values() for o in methods.values()}
    never = operations - succeeded - set(WITHOUT_SUCCESS)
    if never and "--every" in sys.argv:
        print("no test has had an answer of success from: " + " ".join(sorted(never)))
        problems["operations without success"] = len(never)
    # Said of something else, or no longer true.
    needless = [name for name in WITHOUT_SUCCESS if name not in operations or name in succeeded]
    if needless and "--every" in sys.argv:
        print("WITHOUT_SUCCESS names what is no operation or has succeeded: " + " ".join(needless))
        problems["needless exceptions"] = len(needless)
    total = sum(len(methods) for methods in document["paths"].values())
    print(f"responses: {sum(seen.values())} answers of {len(seen)} of {total} operations hold, {len(problems)} problems, "
          f"{skipped} of addresses outside of the description")
    missing = sorted(operations - set(seen))
    if missing:
        print("never seen: " + " ".join(missing))
    return 1 if problems or not seen else 0


sys.exit(main())
