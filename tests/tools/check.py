#!/usr/bin/env python3
"""Feeds the published vectors through kith-vectors and compares; then the examples of README.md,
and requests that are wrong. usage: check.py PROGRAM FOLDER-OF-TESTS"""

import json
import os
import re
import subprocess
import sys

program, tests = sys.argv[1], sys.argv[2]
cases = []  # (where, request or raw line, what the answer must hold)


def vectors(path):
    with open(os.path.join(tests, "vectors", path), encoding="utf-8") as file:
        return json.load(file)


def case(where, request, **expected):
    cases.append((where, request, expected))


def noise():
    for name in ("SHA256", "BLAKE2b"):
        path = f"noise/cacophony_25519_ChaChaPoly_{name}.json"
        for v in vectors(path)["vectors"]:
            messages = [{"payload": m.get("payload", "")} for m in v["messages"]]
            request = {k: x for k, x in v.items() if k not in ("messages", "handshake_hash")}
            answer = {"handshake_hash": v["handshake_hash"]} if "handshake_hash" in v else {}
            case(f"{path} {v['protocol_name']}", {**request, "op": "noise", "messages": messages},
                 result="OK", messages=v["messages"], **answer)


def crypto():
    for v in vectors("crypto/rfc9180.json")["vectors"]:
        common = {"op": "hpke", "info": v["info"], "aad": v["aad"]}
        case("hpke seal", {**common, "recipient_public": v["recipient_public"],
                           "ephemeral_secret": v["ephemeral_secret"], "plain": v["plain"]},
             enc=v["enc"], cipher=v["cipher"])
        opening = {**common, "recipient_secret": v["recipient_secret"], "enc": v["enc"]}
        case("hpke open", {**opening, "cipher": v["cipher"]}, plain=v["plain"])
        case("hpke tampered", {**opening, "cipher": flip(v["cipher"])}, result="DECRYPT")
    data = vectors("crypto/phrase.json")
    for i, v in enumerate(data["vectors"]):
        keys = {k: v[k] for k in ("root_pk", "recovery_pk", "school_id")} if i == 0 else {}
        case("phrase words", {"op": "phrase", "entropy": v["entropy"], "keys": i == 0},
             words=v["words"], **keys)
        case("phrase back", {"op": "phrase", "words": v["words"].upper()}, entropy=v["entropy"])


def flip(text):
    """Another byte string of the same length: its last bit turned."""
    return text[:-1] + "%x" % (int(text[-1], 16) ^ 1)


def envelopes():
    data = vectors("envelope/envelopes.json")
    for v in data["envelopes"]:
        item = {"header": v["header"], "payload": v["payload"]}
        admit = {"op": "envelope-admit", "network_id": data["network_id"], **item}
        case(f"admit {v['name']}", admit, result="OK", id=v["id"], seq=v["seq"], kind=v["kind"])
        case(f"admit, signature turned {v['name']}", {**admit, "header": flip(v["header"])},
             result="SIGNATURE")
        if v["payload"]:
            case(f"admit, payload turned {v['name']}", {**admit, "payload": flip(v["payload"])},
                 result="HASH")
        if v["kind"] == 1:
            read = {"op": "envelope-read", "epoch_key": data["epoch_key"], **item}
            case(f"read {v['name']}", read, result="OK", plain=v["plain"])
            case(f"read, another key {v['name']}", {**read, "epoch_key": flip(data["epoch_key"])},
                 result="DECRYPT")
    data = vectors("envelope/spaces.json")
    x = {"network": "0" * 64, "own": data["school_id"], "hub": data["school_id"],
         "group": data["space_new_id"]}
    for number, name in enumerate(("network", "own", "hub", "group"), 1):
        case(f"space {name}", {"op": "space", "network_id": data["network_id"], "class": number,
                               "x": x[name]}, space_id=data["space_ids"][name])
    for v in data["epochs"]:
        case("epoch", {"op": "space", "space_id": v["space_id"], "key": v["key"],
                       "parents": v["parents"]}, key_id=v["key_id"])


def records():
    for v in vectors("record/revision.json")["cases"]:
        expected = {"result": v["result"]}
        if v["result"] == "OK":
            expected["id"] = v["id"]
        case(f"revision {v['name']}", {"op": "revision", "body": v["body"]}, **expected)
    for v in vectors("record/fold.json")["cases"]:
        for order in (v["revisions"], v["revisions"][::-1]):
            case(f"merge {v['name']}", {"op": "merge", "revisions": order}, result="OK",
                 state=v["state"])


def wire():
    for v in vectors("digest/digests.json"):
        request = {k: v[k] for k in ("kind", "space_tag", "handshake_hash") if k in v}
        for order in (v["entries"], v["entries"][::-1]):
            case(f"digest {v['kind']} {len(order)}", {"op": "digest", "entries": order, **request},
                 digest=v["digest"], buckets=v["buckets"], abbreviated=v["abbreviated"])
    for v in vectors("run/messages.json"):
        case(f"message {v['name']}", {"op": "message", "message": v["message"]}, result="OK",
             number=v["number"], name=v["name"], message=v["message"])
    for v in vectors("run/runs.json"):
        items = [{k: e[k] for k in ("header", "payload") if k in e} for e in v["envelopes"]]
        case(f"run packed: {v['name']}", {"op": "run", "envelopes": items}, result="OK",
             messages=v["messages"])
        case(f"run unpacked: {v['name']}",
             {"op": "run", "network_id": v["network_id"], "messages": v["messages"]},
             result="OK", envelopes=[{**item, "id": e["id"], **({} if "payload" in e else
                                                                 {"erased": True})}
                                     for item, e in zip(items, v["envelopes"])])
        case(f"run cut: {v['name']}",
             {"op": "run", "network_id": v["network_id"], "messages": v["messages"][:-1]},
             result="CLOSED")


def members():
    for v in vectors("statement/bodies.json"):
        case(f"statement {v['type']}", {"op": "statement", "body": v["body"]}, result="OK",
             type=v["number"], name=v["type"], body=v["body"])
        case(f"statement cut {v['type']}", {"op": "statement", "body": v["body"][:-2]},
             result="MALFORMED")
    for v in vectors("invite/invites.json"):
        derived = {k: v[k] for k in ("invite_id", "psk", "secret", "text", "bytes")}
        for form in ({"text": v["text"]}, {"text": v["text"].lower().replace("-", " ")},
                     {"bytes": v["bytes"]}):
            case("invite", {"op": "invite", **form}, result="OK", network_id=v["network"],
                 expires_ms=v["expires_ms"], **derived)
        case("invite turned", {"op": "invite", "bytes": flip(v["bytes"])}, result="MALFORMED")
    for v in vectors("grant/grants.json"):
        case("grant's key id", {"op": "space", "space_id": v["space_id"], "key": v["epoch_key"],
                                "parents": [v["parent_epoch"]]}, key_id=v["key_id"])
        recipient, enc, sealed = v["grant"][:64], v["grant"][64:128], v["grant"][128:]
        case("grant", {"op": "hpke", "info": b"kith/1 grant\0".hex(),
                       "aad": v["space_id"] + v["key_id"] + recipient, "enc": enc,
                       "recipient_secret": v["recipient_secret"], "cipher": sealed},
             result="OK", plain=v["epoch_key"])
    for v in vectors("fold/stories.json"):
        items = [{"header": s["header"], "payload": s["body"]} for s in v["statements"]]
        for order in (items, items[::-1]):
            case(f"fold {v['name']}", {"op": "fold", "network_id": v["network"], "dump": True,
                                       "statements": order}, result="OK", dump=v["dump"],
                 count=len(items), waiting=0, refused=[])
        case(f"fold without its beginning: {v['name']}",
             {"op": "fold", "network_id": v["network"], "statements": items[1:]},
             result="OK", count=0, waiting=len(items) - 1)
        for i, item in enumerate(items[1:], 1):
            case(f"admit statement {i} of {v['name']}",
                 {"op": "envelope-admit", "network_id": v["network"], "statements": items[:i],
                  **item}, seq=int(item["header"][176:192], 16))


def examples():
    """README.md: a line of a request in a block, then the line of its answer."""
    with open(os.path.join(tests, "tools", "README.md"), encoding="utf-8") as file:
        blocks = re.findall(r"```json\n(.*?)```", file.read(), re.S)
    found = 0
    for block in blocks:
        lines = [line for line in block.splitlines() if line.strip()]
        for request, answer in zip(lines[::2], lines[1::2]):
            expected = json.loads(answer)
            case("README.md " + expected.get("result", "error"), request, _exactly=True,
                 **expected)
            found += 1
    return found


def wrong():
    for line in ("{", "[]", "7", '{"op":7}', '{"op":"nothing"}', '{"op":"hpke"}',
                 '{"op":"noise","protocol_name":"Noise_XK_448_AESGCM_SHA512","messages":[]}',
                 '{"op":"noise","protocol_name":"Noise_XK_25519_ChaChaPoly_SHA256","messages":[]}',
                 '{"op":"digest","kind":"space","space_tag":"00","entries":[]}',
                 '{"op":"envelope-admit","header":"00"}', '{"op":"merge","revisions":7}',
                 '{"op":"merge","revisions":[{"body":"{}"}]}', '{"op":"fold","statements":[]}',
                 '{"op":"invite","network_id":"00"}', '{"op":"phrase","entropy":"xyz"}',
                 '{"op":"noise","protocol_name":"Noise_NN_25519_ChaChaPoly_SHA256_",'
                 '"messages":[]}',
                 '{"op":"run"}', '{"op":"statement"}', '{"op":"op","op":"op"}'):
        case("wrong " + line, line, error=None)


def hostile():
    """Well-formed requests of things that cannot be: a judgement, and the next line is answered."""
    zero, one = "00" * 32, "01" * 32
    invite = {"op": "invite", "network_id": zero, "secret": zero, "expires_ms": 1}
    for address in ("a b:1", "\u0001:1", "\u00e9:1"):
        case("an address with " + address, {**invite, "stewards": [
            {"transport_pk": zero, "addresses": [address]}]}, result="MALFORMED")
    vectors_of = vectors("envelope/envelopes.json")
    kinds = {v["kind"]: v for v in vectors_of["envelopes"]}
    item = {k: kinds[1][k] for k in ("header", "payload")}
    beacon = {k: kinds[3][k] for k in ("header", "payload")}
    case("a run of 300", {"op": "run", "envelopes": [item] * 300}, result="LIMIT")
    case("a run of one twice", {"op": "run", "envelopes": [item] * 2}, result="ORDER")
    case("a run of a beacon", {"op": "run", "envelopes": [beacon]}, result="ORDER")
    case("a run of nothing", {"op": "run", "envelopes": []}, result="INVALID")
    case("a message that is none", {"op": "run", "network_id": zero, "messages": [""]},
         result="MALFORMED")
    case("an empty message", {"op": "message", "message": ""}, result="MALFORMED")
    case("a newer message", {"op": "message", "message": "7f00"}, result="OK", name="UNKNOWN")
    case("a message too long", {"op": "message", "message": "00" * 70000}, result="TOO_BIG")
    case("an empty statement", {"op": "statement", "body": ""}, result="MALFORMED")
    case("a key of small order", {"op": "hpke", "recipient_public": zero, "plain": "",
                                  "ephemeral_secret": one}, result="HANDSHAKE")
    case("a cipher too short", {"op": "hpke", "recipient_secret": one, "enc": one,
                                "cipher": "00"}, result="DECRYPT")
    case("no words", {"op": "phrase", "words": "able " * 5000}, result="PHRASE")
    case("a stranger's envelope", {"op": "envelope-admit", "network_id":
                                   vectors_of["network_id"], "statements": [], **item},
         result="NOT_MEMBER")
    case("another network's", {"op": "envelope-admit", "network_id": zero, **item},
         result="NETWORK")
    case("an erased one", {"op": "envelope-admit", "header": item["header"]}, result="OK")


def same(expected, got):
    """Whether got holds what is expected (members beyond it are fine)."""
    if isinstance(expected, dict) and isinstance(got, dict):
        return all(k in got and same(v, got[k]) for k, v in expected.items())
    if isinstance(expected, list) and isinstance(got, list):
        return len(expected) == len(got) and all(map(same, expected, got))
    return expected == got


def judge(expected, got):
    if "error" in expected and expected["error"] is None:
        return set(got) == {"error"} and len(got["error"]) > 3
    if expected.pop("_exactly", False):
        return expected == got
    return same(expected, got)


noise()
crypto()
envelopes()
records()
wire()
members()
wrong()
hostile()
n_examples = examples()

lines = [r if isinstance(r, str) else json.dumps(r) for _, r, _ in cases]
run = subprocess.run([program], input="\n".join(lines) + "\n", capture_output=True, text=True,
                     check=False)
answers = run.stdout.splitlines()
failed = 0
for (where, request, expected), answer in zip(cases, answers):
    if not judge(expected, json.loads(answer)):
        failed += 1
        print(f"{where}: expected {json.dumps(expected)[:400]}\n    got {answer[:400]}")
if len(answers) != len(cases) or run.returncode != 0:
    failed += 1
    print(f"{len(cases)} requests, {len(answers)} answers, status {run.returncode}")
    print(run.stderr[-2000:])
print(f"kith-vectors: {len(cases)} cases, {n_examples} of them examples, {failed} wrong")
sys.exit(1 if failed or len(cases) < 100 or n_examples < 8 else 0)
