#!/usr/bin/env python3
"""Small numbers through kith-vectors: the promise of daemon/measure/suppress.h, judged from outside.

Worked examples; thousands of seeded tables: lines, grids, numerators, corrected and published again;
each judged by trying every table that agrees (small ones), by flows (grids) and by a solver of
linear programs (the others); twice is once; few cells are hidden; and a harness that is shown an
answer which hides one cell less, or many more, has to notice.
usage: suppress.py PROGRAM [SEED [TIMES]]: TIMES as many tables as usual"""

import random
import sys
import time

from filter import ask
from grid import Grid
from known import Table, World, band, hidden_of, said_of

program = sys.argv[1]
seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
times = int(sys.argv[3]) if len(sys.argv) > 3 else 1
faults = []
counts = {}


def fault(where, what):
    faults.append(f"{where}: {what}")
    print(f"{where}: {what}")


def count(what, n=1):
    counts[what] = counts.get(what, 0) + n


def ok(where, request, answer):
    if answer.get("result") != "OK":
        fault(where, f"{answer} to {request}")
        return False
    return True


def line(values, two=False):
    parts = [f"g{i}" for i in range(len(values))]
    return (Table(["t"] + parts, [("t", parts, two)]),
            {"t": sum(values), **dict(zip(parts, values))})


# ---------------------------------------------------------------------------------- worked --

def worked():
    diagonal = Grid([[12, 14, 50, 60], [13, 15, 70, 80], [55, 65, 16, 18], [75, 85, 17, 19]])
    blocks = {f"{r},{c}" for r in range(4) for c in range(4) if r // 2 == c // 2}
    cases = [("48, 31, 12, 7", line([48, 31, 12, 7]), {}, {"g2", "g3"}),
             ("48, 31, 4, 3", line([48, 31, 4, 3]), {}, {"g1", "g2", "g3"}),
             ("nobody is no small number", line([48, 31, 0]), {}, set()),
             ("nine of nine", line([9, 40, 30]), {}, {"g0", "g2"}),
             ("ten", line([10, 40, 30]), {}, set()),
             ("one school is small", line([0, 4]), {}, {"t", "g1"}),
             ("five and five", line([5, 5, 20]), {}, {"g0", "g1"}),
             ("two values", line([95, 3], True), {}, {"g0", "g1"}),
             ("two blocks on the diagonal", (diagonal.table, diagonal.truth),
              {"hidden": blocks}, blocks)]
    requests = [table.request(truth, 10, intervals=True, **options)
                for _, (table, truth), options, _ in cases]
    for (where, _, _, want), request, answer in zip(cases, requests, ask(program, requests)):
        if ok(where, request, answer) and hidden_of(answer) != want:
            fault(where, f"hidden {sorted(hidden_of(answer))}, expected {sorted(want)}")
    # One cell more between the blocks passes a list of rules, and could be worked out.
    one_more = blocks | {"0,2"}
    if diagonal.wide({diagonal.key[c] for c in one_more}, (0, 2), 1):
        fault("the diagonal", "the cell between the blocks is not pinned, so it shows nothing")
    request = diagonal.table.request(diagonal.truth, 10, hidden=one_more)
    answer, = ask(program, [request])
    if ok("the diagonal", request, answer):
        hidden = {diagonal.key[c] for c in hidden_of(answer)}
        if len(hidden) <= len(one_more) or not diagonal.safe(hidden, 10):
            fault("the diagonal", f"the cell between the blocks stays pinned: {sorted(hidden)}")
    count("worked", len(cases) + 1)


def rules():
    """Of schools, numerators, bands, and what is missing."""
    table = Table(["t", "a", "b", "c", "tx", "ax", "bx", "cx"],
                  [("t", ["a", "b", "c"], False), ("tx", ["ax", "bx", "cx"], False)],
                  {"tx": "t", "ax": "a", "bx": "b", "cx": "c"})
    truth = dict(t=200, a=90, b=70, c=40, tx=66, ax=45, bx=20, cx=1)
    answer, = ask(program, [table.request(truth, 10)])
    said = said_of(answer)
    if said["cx"] not in ((0, 2), None) or said["bx"] == 20 and said["ax"] == 45:
        fault("a band", f"one of 40 is not kept within 0 to 2: {said}")
    if [said[c] for c in "tabc"] != [200, 90, 70, 40]:
        fault("a band", f"denominators of 40 and more are hidden: {said}")
    truth = dict(t=200, a=112, b=80, c=8, tx=66, ax=33, bx=30, cx=3)
    answer, = ask(program, [table.request(truth, 10)])
    said = said_of(answer)
    if said["c"] is not None or said["cx"] is not None or said["tx"] != 66:
        fault("a small group", f"three of eight: {said}")
    for cells in (("c", "a", "b"), ("cx", "ax", "bx")):
        if sum(said[c] is None for c in cells) < 2:
            fault("a small group", f"alone in its line: {said}")
    # What is left beside the groups is told to nobody: it need not be kept, and it helps to keep.
    left, truth = line([48, 31, 12, 7, 20])
    answers = ask(program, [left.request(truth, 10, untold={"g4"}),
                            left.request({**truth, "g3": 12, "t": 123}, 10, untold={"g4"})])
    if hidden_of(answers[0]) != {"g3"} or hidden_of(answers[1]) != set():
        fault("the rest", f"{hidden_of(answers[0])}, {hidden_of(answers[1])}")
    pair = Table(["t", "a", "b", "r"], [("t", ["a", "b", "r"], True)])
    answer, = ask(program, [pair.request(dict(t=160, a=95, b=5, r=60), 10, untold={"r"})])
    if hidden_of(answer) != {"a", "b"}:
        fault("two values and a rest", f"{hidden_of(answer)}")
    one = Table(["t", "a", "b"], [("t", ["a", "b"], False)], schools={"a": 2, "b": 5, "t": 5})
    answer, = ask(program, [one.request(dict(t=300, a=100, b=200), 10)])
    if said_of(answer)["a"] is not None or said_of(answer)["b"] is not None and \
            said_of(answer)["t"] is not None:
        fault("two schools", f"{said_of(answer)}")
    # A missing group can be small: what is told must not give it away.
    gap, truth = line([48, 31, 12, 7])
    answer, = ask(program, [gap.request(truth, 10, missing={"g3"})])
    states = {c["name"]: c["state"] for c in answer["cells"]}
    if states["g3"] != "missing" or "hidden" not in states.values():
        fault("a missing group", f"{states}")
    for d, most in ((10, 2), (19, 3), (20, 2), (39, 3), (40, 2), (99, 4), (100, 2), (199, 3),
                    (200, 2), (1000, 10), (5, 2), (4, 4)):
        if band(d) != most:
            fault("bands", f"{d}: {band(d)}")
        one = Table(["d", "x"], [], {"x": "d"})
        for x in (0, most, most + 1, d - most - 1, d - most, d):
            if 0 <= x <= d:
                answer, = ask(program, [one.request(dict(d=d, x=x), 2)])
                near = x <= most or d - x <= most
                if (said_of(answer)["x"] != x) != near:
                    fault("bands", f"{x} of {d}: {said_of(answer)}")
                count("bands")


def wrong():
    table, truth = line([48, 31, 12, 7])
    good = table.request(truth, 10)
    cases = []
    for where, change in (
            ("sums", {"cells": [{**c, "value": c["value"] + (c["name"] == "t")}
                                for c in good["cells"]]}),
            ("n of 0", {"n": 0}), ("n of 1001", {"n": 1001}),
            ("a part twice", {"lines": [{"total": "t", "parts": ["g0", "g0"]}]}),
            ("its own part", {"lines": [{"total": "t", "parts": ["t", "g0"]}]}),
            ("four of two values", {"lines": [{"total": "t", "parts": ["g0", "g1", "g2", "g3"],
                                                "two_valued": True}]}),
            ("larger than its denominator", {"lines": [], "cells": [
                {"name": "d", "value": 3}, {"name": "x", "value": 4, "of": "d"}]}),
            ("a numerator of a numerator", {"lines": [], "cells": [
                {"name": "d", "value": 9}, {"name": "x", "value": 4, "of": "d"},
                {"name": "y", "value": 2, "of": "x"}]}),
            ("releases that contradict themselves", {"earlier": [
                {"t": 100, "g0": {"value": 48}, "g1": 31, "g2": {"value": 12}, "g3": 99}]})):
        cases.append((where, {**good, **change}, "INVALID"))
    many = [{"name": str(i), "value": 20} for i in range(1001)]
    cases += [("1001 cells", {**good, "cells": many, "lines": []}, "LIMIT"),
              ("1000 cells", {**good, "cells": many[1:], "lines": []}, "OK"),
              ("501 lines", {**good, "lines": good["lines"] * 501}, "LIMIT"),
              ("33 releases", {**good, "earlier": [{}] * 33}, "LIMIT"),
              ("500 lines, 32 releases", {**good, "lines": good["lines"] * 500,
                                          "earlier": [{}] * 32}, "OK")]
    for (where, _, want), answer in zip(cases, ask(program, [r for _, r, _ in cases])):
        if answer.get("result") != want or (want != "OK" and len(answer.get("because", "")) < 10):
            fault(where, f"expected {want}: {str(answer)[:300]}")
    count("wrong", len(cases))


# ---------------------------------------------------------------------------------- seeded --

def some_count(rng, n, large):
    """Often small, sometimes nobody."""
    kind = rng.random()
    if kind < 0.1:
        return 0
    return rng.randrange(1, n) if kind < 0.4 and n > 1 else rng.randrange(n, large)


def again(where, table, n, answer, truth, earlier=()):
    """Twice is once: with the values withheld, nothing more is hidden."""
    return (where, table.request(truth, n, earlier, hidden=hidden_of(answer)), said_of(answer))


def check_again(cases):
    for (where, request, said), answer in zip(cases, ask(program, [r for _, r, _ in cases])):
        if ok(where, request, answer) and said_of(answer) != said:
            fault(where, f"twice is not once: {said} then {said_of(answer)}")
    count("twice", len(cases))


def grids(rng, number, rows, large, compare):
    made, ratio, least = [], 0, 0
    for k in range(number):
        n = rng.choice((3, 5, 10))
        width = rng.choice(rows)
        made.append((k, n, Grid([[some_count(rng, n, large) for _ in range(width)]
                                 for _ in range(rng.choice(rows))])))
    requests = [grid.table.request(grid.truth, n, intervals=True) for _, n, grid in made]
    twice = []
    for (k, n, grid), request, answer in zip(made, requests, ask(program, requests)):
        where = f"grid {k} {grid.rows} × {grid.cols}, n {n}"
        if not ok(where, request, answer):
            continue
        hidden = {grid.key[c] for c in hidden_of(answer)}
        if not grid.safe(hidden, n):
            fault(where, f"not wide enough: {sorted(hidden)} of {grid.value}")
        for cell in answer["cells"]:
            check_interval(where, grid, n, hidden, cell)
        # The harness has to see one cell too few: what was hidden for the audit is needed.
        for cell in answer["cells"]:
            if cell["why"] == "audit" and grid.safe(hidden - {grid.key[cell["name"]]}, n):
                fault(where, f"{cell['name']} is hidden in vain, or its absence goes unnoticed")
        count("planted", sum(c["why"] == "audit" for c in answer["cells"]))
        if compare:
            fewest = grid.fewest(n, len(hidden)) or len(hidden)
            ratio, least = ratio + len(hidden), least + fewest
            if len(hidden) > 1.5 * fewest:
                fault(where, f"hides {len(hidden)} cells, {fewest} would do: {grid.value}")
            if hidden and len(grid.value) > 1.5 * len(hidden):
                count("planted")  # hiding all of them would be noticed
        twice.append(again(where, grid.table, n, answer, grid.truth))
        count("grids")
    check_again(twice)
    return ratio, least


def check_interval(where, grid, n, hidden, cell):
    """What the answer says can be worked out, against the flows."""
    if cell["state"] != "hidden":
        return
    key = grid.key[cell["name"]]
    if cell["most"] is None:
        if not grid.wide(hidden, key, 100000):
            fault(where, f"{cell} has an end")
        return
    width = cell["most"] - cell["least"]
    if not grid.wide(hidden, key, width) or grid.wide(hidden, key, width + 1) or \
            not cell["least"] <= grid.value[key] <= cell["most"]:
        fault(where, f"{cell} is not its interval")


def some_table(rng, n, large, numerators):
    """One total, one to three factors that sum to it, perhaps two-valued; numerators of all."""
    total = rng.randrange(n, large)
    cells, lines, of, truth = ["t"], [], {}, {"t": total}
    for f in range(rng.randrange(1, 4)):
        parts = [f"f{f}g{i}" for i in range(rng.randrange(2, 6))]
        cuts = sorted(rng.choice((rng.randrange(total + 1), rng.randrange(min(total, n) + 1)))
                      for _ in parts[1:])
        for p, a, b in zip(parts, [0] + cuts, cuts + [total]):
            truth[p] = b - a
        cells += parts
        lines.append(("t", parts, len(parts) == 2 and rng.random() < 0.5))
    if numerators:
        rate = rng.choice((0.02, 0.3, 0.5, 0.97))
        base = lines[:]
        for c in cells[:]:
            cells.append(c + "x")
            of[c + "x"] = c
        for k, (_, parts, _) in enumerate(base):
            if k == 0:
                for p in parts:
                    truth[p + "x"] = sum(rng.random() < rate for _ in range(truth[p]))
                truth["tx"] = sum(truth[p + "x"] for p in parts)
            else:
                deal(rng, truth, parts)
            lines.append(("tx", [p + "x" for p in parts], False))
    return Table(cells, lines, of), truth


def deal(rng, truth, parts):
    """Deals the total's numerator over groups that hold as many."""
    left = truth["tx"]
    room = sum(truth[p] for p in parts)
    for p in parts:
        room -= truth[p]
        low, high = max(0, left - room), min(truth[p], left)
        truth[p + "x"] = rng.choice((low, high, rng.randrange(low, high + 1)))
        left -= truth[p + "x"]


def corrected(rng, table, truth, n):
    """A later truth: a group of each factor corrected, by the same number of students, so that all
    still adds up; numerators are moved from group to group."""
    now = dict(truth)
    firsts = [parts for total, parts, _ in table.lines if total == "t"]
    if rng.random() < 0.7:
        step = rng.choice((-3, -1, 1, 2, n))
        for parts in firsts:
            p = rng.choice(parts)
            if now[p] + step < now.get(p + "x", 0):
                return now
        chosen = [rng.choice([p for p in parts if truth[p] + step >= truth.get(p + "x", 0)] or
                             [None]) for parts in firsts]
        if None in chosen or truth["t"] + step < truth.get("tx", 0):
            return now
        for p in chosen:
            now[p] += step
        now["t"] += step
    for total, parts, _ in table.lines:
        if total == "tx" and rng.random() < 0.5:
            a, b = rng.sample(parts, 2)
            if now[a] > 0 and now[b] < now[b[:-1]]:
                now[a], now[b] = now[a] - 1, now[b] + 1
    return now


def given_away(where, past, told, n):
    now = past.unknown[-1]
    widths = past.widths_by_solver(sorted(past.judged, key=str))
    for c in told:
        if past.low[now[c]] == past.high[now[c]]:
            continue
        if widths.get(now[c], 0) + 1e-6 >= past.need(now[c], n):
            fault(where, f"{c} was never told: {widths.get(now[c], 0)} wide, needs "
                         f"{past.need(now[c], n)}: {past.releases}")


def judge(where, table, releases, n, answer, by_trying):
    """The promise, over all that was ever said."""
    world = World(table, releases)
    truth = releases[-1][1]
    told = {c["name"] for c in answer["cells"] if c.get("told_before")}
    unknowns = sorted(world.judged, key=str)
    if not unknowns:
        return True
    widths = world.widths_by_trying(n) if by_trying else world.widths_by_solver(unknowns)
    if widths is None:
        count("too many to try")
        return where is not None
    good = True
    for u in unknowns:
        if widths[u] + 1e-6 < world.need(u, n) and u[0] not in told:
            good = False
            where and fault(where, f"{u} is {widths[u]} wide and not {world.need(u, n)}: "
                                   f"{releases}")
    if where and by_trying:
        count("tried")
    if told and where:
        # With all of the last release hidden the earlier ones still give it away.
        past = World(table, releases[:-1] + [({c: None for c in truth}, truth)])
        given_away(where, past, told, n)
    return good


def tables(rng, number, large, numerators, editions, by_trying, ns=(3, 5, 10)):
    """Tables, published as often as there are editions, each time a little corrected."""
    made = []
    for k in range(number):
        n = rng.choice(ns)
        table, truth = some_table(rng, n, large, numerators)
        made.append([f"table {k}, n {n}", n, table, truth, []])
    for edition in range(editions):
        requests = [table.request(truth, n, earlier) for _, n, table, truth, earlier in made]
        twice = []
        for item, request, answer in zip(made, requests, ask(program, requests)):
            where, n, table, truth, earlier = item
            where = f"{where}, edition {edition + 1}"
            if not ok(where, request, answer):
                continue
            said = said_of(answer)
            for _, parts, two in table.lines:
                if two and len({said[p] is None for p in parts}) == 2:
                    fault(where, f"one of two values: {said}")
            if any(said[c] is not None and 0 < truth[c] < n for c in said if c not in table.of):
                fault(where, f"a small number is told: {said}")
            releases = earlier + [(said, truth)]
            judge(where, table, releases, n, answer, by_trying)
            unneeded(where, table, releases, n, answer, by_trying, rng)
            twice.append(again(where, table, n, answer, truth, earlier))
            item[4] = releases
            item[3] = corrected(rng, table, truth, n)
            count("tables")
        if edition == 0:
            check_again(twice)


def unneeded(where, table, releases, n, answer, by_trying, rng):
    """The harness has to see one cell too few: of what was hidden for the audit, one is told."""
    said, truth = releases[-1]
    chosen = [c["name"] for c in answer["cells"] if c["why"] == "audit"
              and not c.get("told_before")
              and not any(two and c["name"] in parts for _, parts, two in table.lines)]
    if not chosen or rng.random() < 0.5:
        return
    cell = rng.choice(chosen)
    spoilt = {**said, cell: truth[cell]}
    for x, d in table.of.items():
        if d == cell and band(truth[d]) < truth[x] < truth[d] - band(truth[d]) \
                and dict.get({c["name"]: c["why"] for c in answer["cells"]}, x) == "audit":
            spoilt[x] = truth[x]
    if table.of.get(cell) is not None and said[table.of[cell]] is None:
        return
    if judge(None, table, releases[:-1] + [(spoilt, truth)], n, answer, by_trying):
        fault(where, f"{cell} is told as well, and nobody notices, or it was hidden in vain: "
                     f"{releases}")
    count("planted")


started = time.monotonic()
worked()
rules()
wrong()
rng = random.Random(seed)
hides, least = grids(rng, 400 * times, (2, 3), 30, True)
grids(rng, 1200 * times, (2, 3, 4, 5, 7), 60, False)
tables(rng, 150 * times, 9, False, 3, True, ns=(2, 3))
tables(rng, 60 * times, 8, True, 2, True, ns=(2, 3))
tables(rng, 150 * times, 150, False, 4, False)
tables(rng, 250 * times, 400, True, 3, False)
print(f"suppress: seed {seed}: " + ", ".join(f"{n} {what}" for what, n in sorted(counts.items()))
      + f"; {hides} cells hidden where {least} are the fewest; {len(faults)} wrong "
      f"({time.monotonic() - started:.0f} s)")
sys.exit(1 if faults or counts["planted"] < 200 or counts["tried"] < 200 else 0)
