#!/usr/bin/env python3
"""Run charts through kith-vectors: the project's own series; limits once more in floating point;
requests that are wrong; and, where KITH_PUBLISHED_CHARTS names a folder that holds
published.json, the series of that file with the results that their authors publish.
usage: chart.py PROGRAM FOLDER-OF-TESTS"""

import json
import math
import os
import sys

from filter import ask

program, tests = sys.argv[1], sys.argv[2]
cases = []  # (where, request, check of the answer: None or what is wrong)


def holds(expected):
    """The answer's phases hold what is expected."""
    def check(answer):
        got = answer.get("phases", [])
        for i, phase in enumerate(expected):
            for key, want in phase.items():
                if i >= len(got) or got[i].get(key) != want:
                    return f"phase {i}: {key}: expected {want}, got {got[i:i + 1]}"
        return None
    return check


def refused(answer):
    return None if answer.get("result") == "INVALID" and len(answer.get("why", "")) > 10 \
        else f"expected INVALID with a reason, got {answer}"


def near(got, want):
    return got is not None and abs(got - want) <= 1e-9


def own():
    with open(os.path.join(tests, "vectors", "chart", "charts.json"), encoding="utf-8") as file:
        data = json.load(file)
    for v in data["cases"]:
        cases.append((v["name"], v["request"], holds(v["phases"])))
    return len(data["cases"])


def limits_of_p():
    """p̄ ± 3 √(p̄ (1 - p̄) / n), in doubles and with a library's square root."""
    points = [{"num": (i * 37) % (40 + i), "den": 40 + i} for i in range(60)] + [None]
    points.append({"num": 99999999, "den": 100000000})

    def check(answer):
        given = [p for p in points if p]
        mean = sum(p["num"] for p in given) / sum(p["den"] for p in given)
        for p, limit in zip(points, answer["phases"][0]["limits"]):
            if p is None:
                if limit is not None:
                    return "a missing period has limits"
                continue
            width = 3 * math.sqrt(mean * (1 - mean) / p["den"])
            if not (near(limit[0], max(0, mean - width)) and near(limit[1], min(1, mean + width))):
                return f"{p}: {limit}, expected {mean} ± {width}"
        return None
    cases.append(("p limits in floating point", {"points": points, "limits": "p"}, check))


def wrong():
    big = str(10 ** 12)
    for where, request in (
            ("no data", {"points": [None] * 5}),
            ("nothing in the baseline", {"points": [None, "3"], "baseline": 1}),
            ("1001 periods", {"points": ["1"] * 1001}),
            ("a phase past the end", {"points": ["1"] * 9, "phases": [{"first": 9}]}),
            ("a phase too long", {"points": ["1"] * 9, "phases": [{"first": 2, "periods": 8}]}),
            ("a baseline too long", {"points": ["1"] * 9, "baseline": 10}),
            ("over nothing", {"points": [{"num": 1, "den": 0}]}),
            ("too many students", {"points": [{"num": 1, "den": 10 ** 8 + 1}], "limits": "p"}),
            ("more than all", {"points": [{"num": 3, "den": 2}], "limits": "p"}),
            ("one value has no range", {"points": ["3"], "limits": "xmr"}),
            ("a mean of shares", {"points": [{"num": 1, "den": 3}, {"num": 1, "den": 7}],
                                  "limits": "xmr"}),
            ("places and size", {"points": ["99999999999", "0.00000000001"], "limits": "xmr"})):
        cases.append((where, request, refused))
    for text in ("", "-", "1.", ".5", "1e3", "+1", "1,5", " 1", big, "0.0000000000001", "0x1"):
        cases.append((f"not a decimal: {text}", {"points": [text]},
                      lambda answer: None if "error" in answer else f"taken: {answer}"))
    largest = str(10 ** 12 - 1)
    cases.append(("the largest", {"points": [largest, "-" + largest]},
                  holds([{"centre": "0", "n": 2}])))
    cases.append(("1000 periods", {"points": ["1", "2"] * 500},
                  holds([{"n": 1000, "crossings": 999}])))


def ihi(answer):
    return {"n_useful": answer["useful"], "runs": answer["runs"],
            "runs_limits_exact": [answer["runs_min"], answer["runs_max"]],
            "runs_verdict": "too-few" if answer["runs"] < answer["runs_min"] else
                            "too-many" if answer["runs"] > answer["runs_max"] else "ok",
            "shifts": answer["shifts"], "trends": answer["trends"]}


def anhoej(answer):
    names = ("longest_run", "longest_run_max", "crossings", "crossings_min")
    return {"n_useful": answer["useful"], **{k: answer[k] for k in names},
            "signal": answer["verdict"] == "signal"}


def published_check(want):
    """Whether the answer gives what was published, in the words of that file."""
    def check(answer):
        got = answer["phases"][0]
        band = next((pair for pair in got.get("limits", []) if pair), None)
        mean = eval_fraction(got["mean"]) if "mean" in got else None
        for key, value in want.items():
            if key in ("median", "mean", "p_bar"):
                ok = near(eval_fraction(got["centre"]), value)
            elif key == "mr_bar":
                ok = near(eval_fraction(got["moving_range"]), value)
            elif key in ("lpl", "upl"):
                ok = near(band[key == "upl"], value)
            elif key == "limits0":
                ok = near(band[0], value[0]) and near(band[1], value[1])
            elif key == "limits":
                ok = all(near(a, b) for x, y in zip(got["limits"], value) for a, b in zip(x, y))
            elif key == "mdc":
                ok = all(got[k] == v for k, v in value.items())
            elif key == "ihi":
                ok = ihi(got) == value
            elif key == "anhoej":
                ok = anhoej(got) == value
            elif key == "outside":
                ok = got[key] == value
            else:
                ok = key in ("kind", "first", "last")
            if not ok:
                return f"{key}: published {value}, got {json.dumps(got)[:600]} (mean {mean})"
        return None
    return check


def eval_fraction(text):
    top, _, bottom = text.partition("/")
    return float(top) / float(bottom or 1)


def published_of(v):
    """(request, expectation) of one published series."""
    data, expect = v["data"], v["expect"]
    points = data.get("y") or [{"num": n, "den": d} for n, d in zip(data["num"], data["den"])]
    for key, want in expect.items():
        if key.startswith("run_chart"):
            frozen = key.removeprefix("run_chart").removeprefix("_frozen")
            yield {"baseline": int(frozen)} if frozen else {}, want
        elif key.startswith("xmr"):
            limits = "xmr" if key == "xmr_266" else "xmr-textbook"
            yield ({"limits": limits, "centre": "mean", "baseline": data["baseline"]},
                   {**want, "outside": expect["outside"], "anhoej": expect["anhoej_about_mean"]})
        elif key in ("screened", "unscreened"):
            yield {"limits": "xmr", "centre": "mean", "screen": key == "screened"}, want
        elif key == "p_chart":
            yield {"limits": "p", "centre": "mean"}, want
        elif key in ("trial", "revised", "phase2"):
            first, end = data["phases"][key == "phase2"]
            yield ({"limits": "p", "centre": "mean", "phases": [{"first": first,
                                                                 "periods": end - first}],
                    "excluded": data["excluded"] if key == "revised" else []}, want)
        elif key == "phases":
            # A new phase began there with a run off the old centre line: points that lie on the
            # old line are no part of the run.
            old = want[0]["median"]
            for phase in want:
                out = [] if phase["kind"] == "baseline" else [
                    i for i, y in enumerate(points) if y is not None and float(y) == old]
                yield ({"phases": [{"first": phase["first"],
                                    "periods": phase["last"] - phase["first"] + 1}],
                        "excluded": out}, phase)
        elif key not in ("outside", "anhoej_about_mean"):
            raise SystemExit(f"{v['id']}: nobody checks {key}")


def published(folder):
    with open(os.path.join(folder, "published.json"), encoding="utf-8") as file:
        data = json.load(file)
    before = len(cases)
    for v in data["vectors"]:
        points = v["data"].get("y") or [{"num": n, "den": d} for n, d in
                                        zip(v["data"]["num"], v["data"]["den"])]
        for options, want in published_of(v):
            cases.append((v["id"], {"points": points, **options}, published_check(want)))
    return len(cases) - before


n_own = own()
limits_of_p()
wrong()
n_published = published(os.environ["KITH_PUBLISHED_CHARTS"]) \
    if os.environ.get("KITH_PUBLISHED_CHARTS") else 0
answers = ask(program, [{"op": "chart", **r} for _, r, _ in cases])


def unnoticed():
    """A harness that cannot fail shows nothing: each answer, one of its words changed, must be
    told from what is expected."""
    missed = 0
    for (where, _, check), answer in zip(cases[:n_own], answers):
        for key, value in answer["phases"][-1].items():
            changed = {"changed": value}
            spoilt = {**answer, "phases": answer["phases"][:-1]
                      + [{**answer["phases"][-1], key: changed}]}
            if key not in ("limits", "seven_one_side", "seven_trend", "two_of_three", "mean",
                           "outside") and check(spoilt) is None:
                missed += 1
                print(f"{where}: a changed {key} goes unnoticed")
    return missed


failed = unnoticed()
for (where, _, check), answer in zip(cases, answers):
    fault = check(answer)
    if fault is not None:
        failed += 1
        print(f"{where}: {fault}")
print(f"charts: {len(cases)} cases, {n_own} of them vectors, {n_published} published; "
      f"{failed} wrong")
sys.exit(1 if failed or n_own < 50 else 0)
