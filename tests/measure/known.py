"""What somebody can work out of releases: written from daemon/measure/suppress.h, and sharing no
code with it. A world is a list of releases; a release says of a cell a number, (lo, hi), None when
it hides it, or nothing; and the test also knows the truth behind each."""

import os
import subprocess
import tempfile

FAR = 2000
TRIES = 60000
BANDS = (1, 2, 5, 10, 20, 40)


def band(denominator):
    """How many students the band at each end of a group has."""
    return next((denominator * share // 100 for share in BANDS if denominator * share // 100 >= 2),
                denominator)


class Table:
    """cells: names; of: numerator -> denominator; lines: (total, parts, two_valued)."""

    def __init__(self, cells, lines, of=None, schools=None):
        self.cells, self.lines, self.of = cells, lines, of or {}
        self.schools = schools or {}

    def request(self, truth, n, earlier=(), intervals=False, hidden=(), missing=(),
                untold=()):
        cells = []
        for c in self.cells:
            cell = {"name": c}
            if c in missing:
                cell["missing"] = True
            elif c in hidden:
                cell["hidden"] = True
            elif c in untold:
                cell["untold"] = True
            else:
                cell["value"] = truth[c]
            if c in self.of:
                cell["of"] = self.of[c]
            if c in self.schools:
                cell["schools"] = self.schools[c]
            cells.append(cell)
        lines = [{"total": t, "parts": list(p), "two_valued": two} for t, p, two in self.lines]
        releases = []
        for said, was in earlier:
            release = {}
            for c, what in said.items():
                if isinstance(what, int):
                    release[c] = what
                else:
                    release[c] = {"value": was[c]}
                    if what is not None:
                        release[c].update(lo=what[0], hi=what[1])
            releases.append(release)
        return {"op": "suppress", "n": n, "cells": cells, "lines": lines, "earlier": releases,
                "intervals": intervals}


def said_of(answer):
    """What the answer tells, as a release."""
    out = {}
    for cell in answer["cells"]:
        if cell["state"] == "told":
            out[cell["name"]] = cell["value"]
        elif cell["state"] == "clamped":
            out[cell["name"]] = (cell["lo"], cell["hi"])
        else:
            out[cell["name"]] = None
    return out


def hidden_of(answer):
    return {c["name"] for c in answer["cells"] if c["state"] == "hidden"}


class World:
    """The unknowns of releases (said, truth), and what is known of them."""

    def __init__(self, table, releases):
        self.table, self.releases = table, releases
        # An unknown is a cell and the edition since which it is the same.
        self.unknown, since = [], {}
        for k, (said, truth) in enumerate(releases):
            for cell in said:
                if cell not in since or truth[cell] != since[cell][1]:
                    since[cell] = (k, truth[cell])
            self.unknown.append({cell: (cell, since[cell][0]) for cell in said})
        self.low, self.high, self.true, self.bands, self.judged = {}, {}, {}, {}, set()
        for (said, truth), unknown in zip(releases, self.unknown):
            for cell, what in said.items():
                u = unknown[cell]
                low, high = (what, what) if isinstance(what, int) else what or (0, None)
                self.true[u] = truth[cell]
                self.low[u] = max(low, self.low.get(u, 0))
                old = self.high.get(u)
                self.high[u] = high if old is None else old if high is None else min(old, high)
                if isinstance(what, int):
                    continue
                self.judged.add(u)
                if what is not None:
                    self.bands[u] = min(high - low, self.bands.get(u, high - low))
        self.judged = {u for u in self.judged if self.low[u] != self.high[u]}
        self.sums, self.most = set(), set()
        for unknown in self.unknown:
            for total, parts, _ in table.lines:
                self.sums.add((unknown[total], tuple(unknown[p] for p in parts)))
            for x, d in table.of.items():
                self.most.add((unknown[x], unknown[d]))

    def need(self, u, n):
        """How wide the interval of an unknown has to be."""
        cell = u[0]
        if cell not in self.table.of:
            return n
        need = min(n, self.bands.get(u, n))
        if self.high[u] is not None:
            need = min(need, self.high[u] - self.low[u])

        def ends(said, c):
            what = said[c]
            return (what, what) if isinstance(what, int) else what or (0, None)
        for (said, _), unknown in zip(self.releases, self.unknown):
            if unknown[cell] != u:
                continue
            whole = ends(said, self.table.of[cell])[1]
            need = min([need] + ([whole] if whole is not None else []))
            for total, parts, _ in self.table.lines:
                if cell not in parts or total not in self.table.of:
                    continue
                low, high = ends(said, total)
                d_low, d_high = ends(said, self.table.of[total])
                if high is not None:
                    need = min(need, high)
                if d_low == d_high:
                    need = min(need, d_high - low)
        return need

    def widths_by_solver(self, unknowns):
        """How wide each is in the relaxation, by glpsol: two copies of the system for each, one
        at its least and one at its most, all in one run."""
        free = [u for u in sorted(self.true, key=str) if self.low[u] != self.high[u]]
        place = {u: i for i, u in enumerate(free)}
        system = []  # (what is known, [(place, sign)], whether it is an equation)

        def add(signs, equal):
            terms = [(place[u], sign) for u, sign in signs if u in place]
            if terms:
                known = sum(sign * self.low[u] for u, sign in signs if u not in place)
                system.append((known, terms, equal))
        for total, parts in self.sums:
            add([(p, 1) for p in parts] + [(total, -1)], True)
        for x, d in self.most:
            add([(x, 1), (d, -1)], False)
        rows, cols, entries = [], [], []
        for k, u in enumerate(unknowns):
            for sign in (1, -1):
                first = len(cols) + 1
                for v in free:
                    # An end that is far away is far enough.
                    high = self.true[v] + FAR if self.high[v] is None and v == u else self.high[v]
                    cols.append(f"l {self.low[v]}" if high is None else f"d {self.low[v]} {high}")
                entries.append(f"a 0 {first + place[u]} {sign}")
                for known, terms, equal in system:
                    rows.append(f"{'s' if equal else 'u'} {-known}")
                    entries += [f"a {len(rows)} {first + i} {s}" for i, s in terms]
        problem = [f"p lp max {len(rows)} {len(cols)} {len(entries) - 2 * len(unknowns)}"]
        problem += [f"i {i} {row}" for i, row in enumerate(rows, 1)]
        problem += [f"j {i} {col}" for i, col in enumerate(cols, 1)] + entries + ["e o f", ""]
        with tempfile.TemporaryDirectory() as folder:
            lp, sol = os.path.join(folder, "lp"), os.path.join(folder, "sol")
            with open(lp, "w", encoding="ascii") as file:
                file.write("\n".join(problem))
            run = subprocess.run(["glpsol", "--glp", lp, "-w", sol], check=False,
                                 stdout=subprocess.PIPE)
            lines = open(sol, encoding="ascii").read().splitlines() if run.returncode == 0 else []
        values = [float(line.split()[3]) for line in lines if line.startswith("j ")]
        if "c Status:     OPTIMAL" not in lines or len(values) != len(cols):
            raise SystemExit("glpsol found no end: " + run.stdout.decode()[-500:])
        n = len(free)
        return {u: values[2 * k * n + place[u]] - values[(2 * k + 1) * n + place[u]]
                for k, u in enumerate(unknowns)}

    def widths_by_trying(self, n):
        """How wide each is, by trying every table of whole numbers that agrees with what is said;
        a number may stray at most n + 1 upwards from its truth, which is as wide as is asked.
        None when there are too many of them to try."""
        left = [TRIES]
        free = [u for u in sorted(self.true, key=str) if self.low[u] != self.high[u]]
        place = {u: i for i, u in enumerate(free)}
        spans = [(self.low[u], self.true[u] + n + 1 if self.high[u] is None else self.high[u])
                 for u in free]
        ends = [[] for _ in free]  # the rows whose last unknown it is

        def add(signs, equal):
            known = sum(sign * self.low[u] for u, sign in signs if u not in place)
            terms = sorted((place[u], sign) for u, sign in signs if u in place)
            if terms:
                ends[terms[-1][0]].append((known, terms[:-1], terms[-1][1], equal))
        for total, parts in self.sums:
            add([(p, 1) for p in parts] + [(total, -1)], True)
        for x, d in self.most:
            add([(x, 1), (d, -1)], False)
        now = [0] * len(free)
        least, most = [1 << 60] * len(free), [-1] * len(free)

        def go(i):
            left[0] -= 1
            if left[0] < 0:
                return
            if i == len(free):
                for k, value in enumerate(now):
                    least[k], most[k] = min(value, least[k]), max(value, most[k])
                return
            low, high = spans[i]
            for known, terms, sign, equal in ends[i]:
                rest = -(known + sum(s * now[k] for k, s in terms)) * sign
                # sign * value is the rest, or at most it.
                low = max(low, rest) if equal or sign < 0 else low
                high = min(high, rest) if equal or sign > 0 else high
            for value in range(low, high + 1):
                now[i] = value
                go(i + 1)
        go(0)
        return {u: most[k] - least[k] for k, u in enumerate(free)} if left[0] >= 0 else None
