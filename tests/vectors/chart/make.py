#!/usr/bin/env python3
"""Makes charts.json beside it: python3 tests/vectors/chart/make.py

A second, plain writing-down of the rules of daemon/measure/chart.h and critical.h, with Python's
fractions and unbounded integers: where the two differ, one of them is wrong. Only the standard
library; the same seed gives the same file.
"""
import json
import os
import random
from fractions import Fraction
from math import comb

HERE = os.path.dirname(os.path.abspath(__file__))


# --- critical values ---

def longest_max(n):
    k = 0
    while not (2 ** (2 * k - 1) <= n * n < 2 ** (2 * k + 1) if k else n * n < 2):
        k += 1
    return k + 3


def crossings_min(n):
    m = n - 1
    return next(k for k in range(n) if 20 * sum(comb(m, i) for i in range(k + 1)) >= 2 ** m)


def runs_limits(n):
    above, below = n // 2, n - n // 2
    orders = {}
    for r in range(2, n + 1):
        k = r // 2
        if r % 2 == 0:
            orders[r] = 2 * comb(above - 1, k - 1) * comb(below - 1, k - 1)
        else:
            orders[r] = (comb(above - 1, k) * comb(below - 1, k - 1)
                         + comb(above - 1, k - 1) * comb(below - 1, k))
    whole = comb(n, above)
    assert sum(orders.values()) == whole
    fewest = next(r for r in orders if 40 * sum(x for q, x in orders.items() if q <= r) > whole)
    most = max(r for r in orders if 40 * sum(x for q, x in orders.items() if q >= r) > whole)
    return fewest, most


# --- one phase ---

def exact(x):
    """As the answers write a fraction: a decimal when it ends within 18 places."""
    for places in range(19):
        scaled = x * 10 ** places
        if scaled.denominator == 1:
            digits = str(abs(scaled.numerator)).rjust(places + 1, "0")
            whole = digits[:len(digits) - places]
            return ("-" if x < 0 else "") + (whole + "." + digits[-places:] if places else whole)
    return f"{x.numerator}/{x.denominator}"


def value(point):
    if isinstance(point, dict):
        return Fraction(point["num"], point["den"])
    return None if point is None else Fraction(point)


def union(lists):
    return sorted({i for some in lists for i in some})


def judge(points, first=0, periods=None, baseline=0, excluded=(), limits="none", centre="median",
          screen=False):
    periods = len(points) - first if periods is None else periods
    at = [i for i in range(first, first + periods) if points[i] is not None]
    base = [i for i in at if i < first + (baseline or periods) and i not in excluded]
    out = {"first": first, "periods": periods, "n": len(at), "baseline": len(base)}
    values = {i: value(points[i]) for i in at}
    if limits == "p":
        mean = Fraction(sum(points[i]["num"] for i in base), sum(points[i]["den"] for i in base))
        out["mean"] = exact(mean)
        out["outside"] = [i for i in at if (values[i] - mean) ** 2
                          > 9 * mean * (1 - mean) / points[i]["den"]]
    if limits == "xmr" or (centre == "mean" and limits == "none"):
        mean = sum(values[i] for i in base) / len(base)
    if limits == "xmr":
        ranges = [abs(values[b] - values[a]) for a, b in zip(base, base[1:])]
        if screen:
            most = Fraction(3267, 1000) * sum(ranges) / len(ranges)
            ranges = [r for r in ranges if r <= most]
        width = Fraction(266, 100) * sum(ranges) / len(ranges)
        out["mean"], out["moving_range"] = exact(mean), exact(sum(ranges) / len(ranges))
        out["outside"] = [i for i in at if abs(values[i] - mean) > width]
        windows = [at[k:k + 7] for k in range(len(at) - 6)]
        out["seven_one_side"] = union(
            w for w in windows if all(values[i] > mean for i in w)
            or all(values[i] < mean for i in w))
        out["seven_trend"] = union(
            w for w in windows if all(values[a] < values[b] for a, b in zip(w, w[1:]))
            or all(values[a] > values[b] for a, b in zip(w, w[1:])))
        far = {side: [i for i in at if side * (values[i] - mean) > width * 2 / 3]
               for side in (1, -1)}
        out["two_of_three"] = union(
            pair for k in range(len(at) - 2) for side in far
            for pair in [[i for i in at[k:k + 3] if i in far[side]]] if len(pair) >= 2)
    ordered = sorted(values[i] for i in base)
    middle = (ordered[(len(base) - 1) // 2] + ordered[len(base) // 2]) / 2
    line = mean if centre == "mean" else middle
    out["centre"] = exact(line)
    useful = [i for i in at if values[i] != line]
    out["useful"] = len(useful)
    if len(useful) < 10:
        out["verdict"] = "keep plotting"
        return out
    # Runs: cut the useful points where the side changes.
    runs = []
    for i in useful:
        if runs and (values[runs[-1][-1]] > line) == (values[i] > line):
            runs[-1].append(i)
        else:
            runs.append([i])
    n = len(useful)
    fewest, most = runs_limits(n)
    longest = max(map(len, runs))
    out.update(longest_run=longest, longest_run_max=longest_max(n), crossings=len(runs) - 1,
               crossings_min=crossings_min(n), runs=len(runs), runs_min=fewest, runs_max=most)
    out["verdict"] = ("signal" if longest > longest_max(n) or len(runs) - 1 < crossings_min(n)
                      else "no signal")
    out["shifts"] = [{"side": "above" if values[r[0]] > line else "below", "length": len(r),
                      "first": r[0], "last": r[-1]} for r in runs if len(r) >= 6]
    # Trends: points that differ from the one before, cut where the way changes.
    moved = [i for k, i in enumerate(at) if k == 0 or values[i] != values[at[k - 1]]]
    ways = [values[b] > values[a] for a, b in zip(moved, moved[1:])]
    trends, k = [], 0
    while k < len(ways):
        end = k
        while end < len(ways) and ways[end] == ways[k]:
            end += 1
        if end - k + 1 >= 5:
            trends.append({"direction": "up" if ways[k] else "down", "length": end - k + 1,
                           "first": moved[k], "last": moved[end]})
        k = end
    out["trends"] = trends
    return out


# --- the series ---

def case(name, points, phases=None, **options):
    phases = [{}] if phases is None else phases
    request = {"points": points, **({"phases": phases} if phases != [{}] else {}), **options}
    starts = [p.get("first", 0) for p in phases] + [len(points)]
    answers = []
    for i, p in enumerate(phases):
        p = {"first": 0, "periods": starts[i + 1] - starts[i], **p}
        answers.append(judge(points, **p, **options))
    return {"name": name, "request": request, "phases": answers}


def texts(*numbers):
    return [None if n is None else str(n) for n in numbers]


def main():
    rng = random.Random(20)
    cases = [
        case("half of 87.1 and 87.3 is 87.2, and a point there is not useful",
             ["87.1", "87.3", "87.2", "87.1", "87.3", "87.2"] * 4),
        case("nine useful points: keep plotting", texts(*range(1, 10))),
        case("ten useful points are judged", texts(1, 9) * 5),
        case("all on the median", texts(*[4] * 20)),
        case("a run of six of fourteen: a shift, and no signal",
             texts(1, 9, 1, 9, 9, 9, 9, 9, 9, 1, 1, 9, 1, 1)),
        case("a long run", texts(*[1, 9, 2, 8, 1, 9, 1, 8], *[9] * 9), [{"baseline": 8}]),
        case("too few crossings, no long run",
             texts(*([1] * 6 + [9] * 6 + [1] * 6 + [9] * 6))),
        case("missing periods break nothing",
             texts(1, 9, None, 9, None, None, 9, 9, 9, 9, 1, 1, 1, 1, None, 1, 9, 1, None)),
        case("a trend over equal neighbours and missing periods",
             texts(5, 1, 2, 2, 3, None, 3, 4, 5, 4, 6, 3, 7, 2, 8)),
        case("a trend that turns: the turning point belongs to both",
             texts(1, 2, 3, 4, 5, 4, 3, 2, 1, 9, 2, 8)),
        case("a missing baseline period", texts(None, 4, 6, 5, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9),
             [{"baseline": 4}]),
        case("phases that a person set", texts(*[2, 4, 3] * 5, *[7, 9, 8] * 5),
             [{"first": 0, "baseline": 6}, {"first": 15}]),
        case("an excluded point leaves the centre alone",
             texts(3, 5, 4, 90, 91, 3, 5, 4, 3, 5, 3, 5), excluded=[3, 4]),
        case("negative values", texts(-1, -3, 2, -2, "-0.5", 1, 0, -4, 3, -5, 2, -1)),
        case("about the mean", texts(1, 2, 4) * 6, centre="mean"),
        case("xmr", ["10.1", "10.4", "9.8", "10", "10.35", "9.9", "10.2", "14", "10", "10.1",
                     "9.95", "10.2"], limits="xmr", centre="mean"),
        case("xmr: seven on one side, and seven going one way",
             texts(5, 3, 6, 3, 5, 2, 6, 3, 7, 8, 7, 8, None, 7, 8, 7, 4, 1, 2, 3, 4, 5, 6, 7, 7),
             limits="xmr", centre="mean"),
        case("xmr: six on one side, and six going one way",
             texts(5, 3, 6, 3, 5, 2, 6, 3, 7, 8, 7, 8, 7, 8, 4, 1, 2, 3, 4, 5, 6, 6),
             limits="xmr", centre="mean"),
        case("xmr: two of three far out", texts(5, 6, 5, 6, 5, 6, 5, 6, 5, 8, 6, 8, 5, 6, 3, 5, 8,
                                                6, 3, 5, 5, 6),
             [{"baseline": 9}], limits="xmr", centre="mean"),
        case("xmr: two ranges screened", texts(2, 3, 2, 3, 12, 2, 3, 2, 3, 2, 3, 2),
             limits="xmr", centre="mean", screen=True),
        case("shares", [{"num": 9 + i % 3, "den": 30 + i % 4} for i in range(14)]),
        case("p limits", [{"num": n, "den": d} for n, d in
                          zip([12, 9, 14, 11, 10, 25, 12, 13, 9, 12, 11, 0],
                              [80, 75, 90, 82, 79, 80, 85, 88, 71, 80, 78, 60])], limits="p",
             centre="mean"),
        case("p limits at none and all", [{"num": 0, "den": 7}] * 6 + [{"num": 0, "den": 5}] * 6,
             limits="p"),
        case("1000 periods", texts(*[rng.randrange(50) for _ in range(1000)])),
    ]
    for k in range(60):
        n = rng.randrange(8, 70)
        spread = rng.choice([4, 9, 40])
        points, level = [], 0
        for _ in range(n):
            level += rng.choice([-1, 0, 0, 1]) * rng.choice([0, spread // 4])
            points.append(None if rng.random() < 0.1
                          else exact(Fraction(level + rng.randrange(spread), rng.choice([1, 10]))))
        points[0] = "5"
        cases.append(case(f"walk {k}", points, [{"baseline": rng.randrange(1, n)}]))
    critical = [{"n": n, "longest_run_max": longest_max(n), "crossings_min": crossings_min(n),
                 "runs": runs_limits(n)} for n in [*range(10, 121), 250, 500, 999, 1000]]
    with open(os.path.join(HERE, "charts.json"), "w", encoding="utf-8") as file:
        file.write('{"cases": [\n' + ",\n".join(map(json.dumps, cases))
                   + '\n],\n"critical": [\n' + ",\n".join(map(json.dumps, critical)) + "\n]}\n")


main()
