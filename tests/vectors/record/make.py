#!/usr/bin/env python3
"""Makes revision.json and fold.json beside it: python3 tests/vectors/record/make.py

A second, plain writing-down of the rules of proto/record/revision.h and fold.h, with explicit
sets of ancestors instead of the daemon's bit sets: where the two differ, one of them is wrong.
Only the standard library; the same seed gives the same files.
"""
import hashlib
import json
import os
import random

HERE = os.path.dirname(os.path.abspath(__file__))
OWNER, RECORD = "5c" * 32, "4e" * 16


def compact(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def revision_id(body):
    return hashlib.blake2b(b"kith/1 revision\0" + body.encode(), digest_size=32).hexdigest()


def make(parents, sections, number, lamport=None, type_="cycle"):
    above = [p["revision"]["lamport"] if "revision" in p else p["lamport"] for p in parents]
    revision = {
        "record": RECORD, "owner": OWNER, "type": type_, "v": 1,
        "edit": "%032x" % number, "parents": sorted(p["id"] for p in parents),
        "lamport": lamport or 1 + max(above, default=0),
        "person": "teacher %d" % (number % 3), "at": "2026-03-%02dT09:30:00Z" % (1 + number % 28),
        "sections": sections,
    }
    body = compact(revision)
    return {"id": revision_id(body), "mark": "full", "body": body, "revision": revision}


# --- the fold ---

def is_items(value):
    return isinstance(value, list) and value and all(
        isinstance(item, dict) and isinstance(item.get("id"), str) for item in value)


def statuses(entries):
    """entries: {id: entry}. Waiting wins over broken; both pass on to descendants."""
    out = {}

    def status(name):
        if name in out:
            return out[name]
        entry = entries[name]
        if entry["mark"] == "erased":
            out[name] = "erased"
            return "erased"
        revision = entry["revision"]
        parents = revision["parents"]
        if any(p not in entries or status(p) == "waiting" for p in parents):
            result = "waiting"
        elif any(status(p) == "broken" for p in parents):
            result = "broken"
        elif revision["lamport"] != 1 + max((lamport(entries[p]) for p in parents), default=0):
            result = "broken"
        elif any("revision" in entries[p] and entries[p]["mark"] != "erased"
                 and entries[p]["revision"]["type"] != revision["type"] for p in parents):
            result = "broken"
        else:
            result = "void" if entry["mark"] == "void" else "in effect"
        out[name] = result
        return result

    for name in entries:
        status(name)
    return out


def lamport(entry):
    return entry["lamport"] if entry["mark"] == "erased" else entry["revision"]["lamport"]


def ancestors_of(entries, counting):
    """For each revision that counts: the set of all that it follows."""
    out = {}
    for name in counting:  # in ascending precedence, so parents come first
        entry = entries[name]
        if entry["mark"] == "erased":
            above = [n for n in counting if lamport(entries[n]) < entry["lamport"]]
        else:
            above = entry["revision"]["parents"]
        out[name] = set(above).union(*[out[n] for n in above])
    return out


def origin(entry):
    revision = entry["revision"]
    return {"revision": entry["id"], "edit": revision["edit"], "person": revision["person"],
            "at": revision["at"]}


def fold(given):
    takes = {"full": 0, "void": 1, "erased": 2}
    entries = {}
    for entry in given:
        old = entries.get(entry["id"])
        if old is None or takes[entry["mark"]] > takes[old["mark"]]:
            entries[entry["id"]] = entry
    status = statuses(entries)
    counting = sorted((n for n in entries if status[n] in ("in effect", "erased", "void")),
                      key=lambda n: (lamport(entries[n]), n))
    rank = {n: i for i, n in enumerate(counting)}
    past = ancestors_of(entries, counting)
    effective = [n for n in counting if status[n] == "in effect"]

    lists = set()
    for n in effective:
        for section, members in entries[n]["revision"]["sections"].items():
            lists.update((section, m) for m, value in members.items() if is_items(value))

    writes = {}  # (section, list, item) -> {id: (place, value)}
    for n in effective:
        for section, members in entries[n]["revision"]["sections"].items():
            plain = {m: v for m, v in members.items() if (section, m) not in lists}
            if plain or not members:
                shown = {m: v for m, v in plain.items() if v is not None}
                writes.setdefault((section, "", ""), {})[n] = (0, shown)
            for m, value in members.items():
                if (section, m) in lists and is_items(value):
                    for place, item in enumerate(value):
                        writes.setdefault((section, m, item["id"]), {})[n] = (place, item)

    sections, written, also, shown_items = {}, {}, [], {}
    for key in sorted(writes, key=lambda k: tuple(part.encode() for part in k)):
        section, list_, item = key
        by = writes[key]
        order = sorted(by, key=lambda n: rank[n], reverse=True)
        winner = order[0]
        value = by[winner][1]
        last = written.get(section)
        if last is None or rank[last] < rank[winner]:
            written[section] = winner
        if not list_:
            if value:
                sections.setdefault(section, {}).update(value)
        elif value.get("deleted") is not True:
            first = min(by, key=lambda n: rank[n])
            shown_items.setdefault((section, list_), []).append(
                ((rank[first], by[first][0]), value))
        for n in order[1:]:
            if any(n in past[other] for other in by) or by[n][1] == value:
                continue
            entry = origin(entries[n])
            entry["section"] = section
            if list_:
                entry.update(list=list_, item=item)
            entry["value"] = by[n][1]
            also.append(entry)
    for (section, list_), items in shown_items.items():
        sections.setdefault(section, {})[list_] = [v for _, v in sorted(items, key=lambda i: i[0])]

    tips = [n for n in counting if not any(n in past[other] for other in counting)]
    tips = sorted(tips, key=lambda n: rank[n])[-64:]
    counts = {name: 0 for name in ("in effect", "erased", "void", "waiting", "broken")}
    for name in status.values():
        counts[name] += 1
    for section, n in written.items():
        written[section] = dict(origin(entries[n]), lamport=lamport(entries[n]))
    return {
        "exists": bool(effective),
        "type": entries[effective[0]]["revision"]["type"] if effective else "",
        "v": max((entries[n]["revision"]["v"] for n in effective), default=0),
        "sections": sections, "written": written, "also": also, "heads": sorted(tips),
        "lamport_next": 1 + max((lamport(entries[n]) for n in counting), default=0),
        "counts": counts,
    }


# --- the cases ---

class Set:
    def __init__(self):
        self.entries = []

    def add(self, parents, sections, **more):
        self.entries.append(make(parents, sections, len(self.entries) + 1, **more))
        return self.entries[-1]


def erase(entry):
    number = entry["revision"]["lamport"]
    entry.update(mark="erased", lamport=number)


def named_cases():
    s = Set()
    a = s.add([], {"head": {"title": "Parent night"}, "plan": {"change": "a month earlier"}})
    s.add([a], {"head": {"title": "Parent night, earlier"}})
    yield "a line", s
    s = Set()
    a = s.add([], {"head": {"title": "one"}})
    b = s.add([a], {"head": {"title": "two"}})
    c = s.add([a], {"head": {"title": "three"}, "act": {"why": "w"}})
    yield "a fork: the higher shows, the other is also written", s
    t = Set()
    t.entries = list(s.entries)
    t.add([b, c], {"head": {"title": "settled"}})
    yield "a join settles a fork", t
    s = Set()
    a = s.add([], {"do": {"carried_out": "yes", "observations": [{"id": "1", "text": "x"}]}})
    s.add([a], {"do": {"observations": [{"id": "2", "text": "by one"}]}})
    s.add([a], {"do": {"observations": [{"id": "3", "text": "by another"}]}})
    s.add([a], {"do": {"carried_out": "partly"}})
    yield "two observations of one day both stand", s
    s = Set()
    a = s.add([], {"plan": {"tasks": [{"id": "1"}, {"id": "2"}, {"id": "3"}]}})
    s.add([a], {"plan": {"tasks": [{"id": "2", "deleted": True}]}})
    s.add([a], {"plan": {"tasks": [{"id": "2", "what": "kept"}, {"id": "1", "what": "new"}]}})
    yield "an item deleted here and changed there", s
    s = Set()
    a = s.add([], {"head": {"title": "x", "scale": "one-class"}, "plan": {"change": "c"}})
    s.add([a], {"head": {"scale": None, "title": None}, "plan": {}})
    yield "nulls and empty sections clear", s
    s = Set()
    a = s.add([], {"head": {"title": "x"}})
    b = s.add([a], {"head": {"title": "y"}})
    c = s.add([b], {"head": {"title": "z"}})
    s.add([c], {"head": {"title": "after"}})
    s.entries.remove(b)
    yield "a parent is missing: it and what follows wait", s
    s = Set()
    a = s.add([], {"head": {"title": "x"}})
    b = s.add([a], {"head": {"title": "y"}}, lamport=7)
    s.add([b], {"head": {"title": "z"}})
    yield "a lamport that skips has no effect, nor what follows", s
    s = Set()
    a = s.add([], {"head": {"title": "x"}})
    b = s.add([a], {"head": {"title": "y"}}, type_="idea")
    yield "a type that is not its parent's has no effect", s
    s = Set()
    a = s.add([], {"head": {"title": "x"}})
    b = s.add([a], {"head": {"title": "y"}, "act": {"why": "w"}})
    s.add([b], {"plan": {"change": "c"}})
    erase(b)
    yield "erased: a present parent without sections", s
    s = Set()
    a = s.add([], {"head": {"title": "x"}})
    b = s.add([a], {"head": {"title": "y"}})
    s.add([b], {"plan": {"change": "c"}})
    b["mark"] = "void"
    yield "void counts like erased", s
    s = Set()
    a = s.add([], {"future": {"anything": [1, 2.5, {"deep": None}]}}, type_="moon_phase")
    s.add([a], {"future": {"anything": "else"}}, type_="moon_phase")
    yield "a type that no schema names", s
    yield "nothing", Set()


SECTIONS = [
    {}, {"a": {"x": 1}}, {"a": {"x": 2, "y": 3}}, {"a": {}}, {"a": {"x": None}},
    {"a": {"l": [{"id": "1", "t": "one"}]}},
    {"a": {"l": [{"id": "2", "t": "two"}, {"id": "1", "t": "eins"}]}},
    {"a": {"l": [{"id": "1", "deleted": True}]}, "b": {"z": 5}},
    {"a": {"l": []}}, {"a": {"l": "no list"}, "b": {"l": [{"id": "1"}]}},
    {"b": {"z": 6}, "a": {"y": 7, "l": [{"id": "3"}, {"id": "3", "t": "again"}]}},
    {"b": {"l": [{"id": "\u00e9"}, {"id": "z"}], "n": {"deep": [{"id": "1"}]}}},
]


def random_case(rng):
    s = Set()
    for _ in range(rng.randint(1, 14)):
        known = s.entries
        parents = rng.sample(known, min(len(known), rng.choice([0, 1, 1, 1, 2, 2, 3])))
        if known and rng.random() < 0.5:
            parents = [known[-1]]
        lamport_ = rng.randint(1, 6) if rng.random() < 0.05 else None
        s.add(parents, rng.choice(SECTIONS), lamport=lamport_)
    for entry in list(s.entries):
        draw = rng.random()
        if draw < 0.06:
            erase(entry)
        elif draw < 0.12:
            entry["mark"] = "void"
        elif draw < 0.16:
            s.entries.remove(entry)
    rng.shuffle(s.entries)
    return s


def public(entry):
    if entry["mark"] == "erased":
        return {"id": entry["id"], "mark": "erased", "lamport": entry["lamport"]}
    return {"id": entry["id"], "mark": entry["mark"], "body": entry["body"]}


def write(name, about, cases):
    with open(os.path.join(HERE, name), "w", encoding="utf-8") as out:
        out.write('{"about": %s,\n"cases": [\n' % json.dumps(about))
        out.write(",\n".join(compact(case) for case in cases))
        out.write("\n]}\n")


def fold_cases():
    rng = random.Random(1)
    cases = list(named_cases())
    cases += [("random %d" % i, random_case(rng)) for i in range(80)]
    for name, s in cases:
        yield {"name": name, "revisions": [public(e) for e in s.entries],
               "state": fold(s.entries)}


def revision_cases():
    good = make([], {"head": {"title": "Parent night"}}, 1)["revision"]

    def case(name, result, body):
        out = {"name": name, "body": body, "result": result}
        if result == "OK":
            out["id"] = revision_id(body)
        return out

    def changed(**more):
        return compact({k: v for k, v in {**good, **more}.items() if v is not ...})

    def nested(levels):  # the root is level 1, sections 2, a section 3
        value = 1
        for _ in range(levels - 3):
            value = [value]
        return {"s": {"x": value}}

    ids = ["%064x" % i for i in range(65)]
    yield case("plain", "OK", changed())
    yield case("spaces and another order", "OK", json.dumps(dict(reversed(good.items())), indent=1))
    yield case("an unknown member", "OK", changed(mood={"x": [1]}))
    yield case("an unknown type", "OK", changed(type="moon_phase"))
    yield case("no time", "OK", changed(at=""))
    yield case("64 parents", "OK", changed(parents=ids[:64]))
    yield case("65 parents", "MALFORMED", changed(parents=ids))
    yield case("parents not ascending", "MALFORMED", changed(parents=[ids[1], ids[0]]))
    yield case("a parent twice", "MALFORMED", changed(parents=[ids[1], ids[1]]))
    yield case("lamport 2^53", "OK", changed(lamport=2**53))
    yield case("lamport 2^53 + 1", "MALFORMED", changed(lamport=2**53 + 1))
    yield case("lamport 0", "MALFORMED", changed(lamport=0))
    yield case("lamport 1.0", "MALFORMED", changed(lamport=1.0))
    yield case("upper-case hex", "MALFORMED", changed(owner="5C" * 32))
    yield case("a person of 200 bytes", "OK", changed(person="\u00e9" * 100))
    yield case("a person of 201 bytes", "MALFORMED", changed(person="\u00e9" * 100 + "e"))
    yield case("a time with an offset", "MALFORMED", changed(at="2026-03-01T09:30:00+00:00"))
    yield case("a section that is a list", "MALFORMED", changed(sections={"head": []}))
    yield case("depth 16", "OK", changed(sections=nested(16)))
    yield case("depth 17", "TOO_BIG", changed(sections=nested(17)))
    room = 60 * 1024 - len(changed(sections={"s": {"x": ""}}))
    yield case("60 KiB", "OK", changed(sections={"s": {"x": "x" * room}}))
    yield case("60 KiB and a byte", "TOO_BIG", changed(sections={"s": {"x": "x" * (room + 1)}}))
    yield case("a member twice", "MALFORMED", changed()[:-1] + ',"v":1}')
    yield case("a member twice, once escaped", "MALFORMED", changed()[:-1] + ',"\\u0076":1}')
    yield case("U+0000", "MALFORMED", changed(person="a\0b"))
    yield case("a number too large", "MALFORMED", changed()[:-1] + ',"x":1e999}')
    yield case("a lone surrogate", "MALFORMED", changed()[:-1] + ',"x":"\\ud800"}')
    yield case("something after it", "MALFORMED", changed() + "{}")
    for member in good:
        yield case("without " + member, "MALFORMED", changed(**{member: ...}))


if __name__ == "__main__":
    write("revision.json", "Bodies, whether they decode, and their ids. See README.md.",
          revision_cases())
    write("fold.json", "Sets of revisions of one record in one space, and its state. See README.md.",
          fold_cases())
