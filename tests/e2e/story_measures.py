"""Numbers from a spreadsheet to a network's chart, with the hub switched off: entered, published,
read by all; nobody reads what was hidden, and raw points reach the hub alone."""

import json
import os
import sys
import xml.etree.ElementTree

from lab import Failure, Lab, until

GROUPS = {"head": {"name": "Our words"}, "groups": {
    "factors": [{"id": "i", "name": "income", "sums": True}],
    "list": [{"id": str(i), "name": name, "factor": "i"} for i, name in enumerate("ABCD")]}}
TABLE = """month,all,A,B,C,D
2026-01,49/98,24/48,15/31,6/12,4/7
2026-02,52/98,25/48,17/31,6/12,4/7
"""
LARGE = """month,all,A,B,C,D
2026-01,60/120,20/40,20/40,10/20,10/20
2026-02,66/120,22/40,22/40,11/20,11/20
"""


def expect(condition, what):
    if not condition:
        raise Failure(what)


def kith(school, *words):
    return school.kith(*words)[1]


def enter(lab, school, measure, table):
    path = os.path.join(lab.folder, "numbers.csv")
    with open(path, "w", encoding="utf-8") as file:
        file.write(table + "2026-02,9/8,,,,\n")
    said = school.kith("measure", "import", measure, path, "--yes", check=False)
    expect(said[0] == 1 and "wrong" in said[1], f"a wrong line is taken: {said}")
    points = school.net("GET", "/records?type=point&mine=1")["items"]
    expect(points == [], "a table with a wrong line left something behind")
    with open(path, "w", encoding="utf-8") as file:
        file.write(table)
    expect("Written: 10 numbers" in kith(school, "measure", "import", measure, path, "--yes"),
           "the table was not written")
    expect("nothing to write" in kith(school, "measure", "import", measure, path, "--yes"),
           "the same table once more is something new")


def main():
    with Lab() as lab:
        hub, one, two, three = lab.network("Lincoln", "Roosevelt", "Washington")
        hub.net("POST", "/records", {"type": "vocabulary", "sections": GROUPS,
                                     "network_owned": True})
        measure = hub.net("POST", "/records", {"type": "measure", "network_owned": True, "sections": {
            "head": {"name": "FAFSA", "unit": "percent", "frequency": "month"}}})["record"]
        for school in (one, two, three):
            until("the measure", school.has("FAFSA"))
        hub.stop()
        for school, table in ((one, TABLE), (two, LARGE), (three, LARGE)):
            enter(lab, school, measure, table)
            for month in ("2026-01", "2026-02"):
                said = kith(school, "measure", "publish", measure, "--period", month, "--yes")
                expect(school is not one or "suppressed" in said, f"nothing is hidden: {said}")

        def network():
            chart = two.net("GET", f"/measures/{measure}/chart?of=network&groups=1")
            whole = chart["series"] and chart["of"]["schools"] == 3 and len(chart["periods"]) == 2
            return chart if whole else None
        chart = until("all releases", network)
        everybody = chart["series"][0]["points"][0]
        expect(everybody["text"] == "50.0" and everybody["denominator"] == 338, f"{everybody}")
        by_group = {s["group"]: s["points"][0] for s in chart["series"]}
        expect(by_group["D"]["state"] == "suppressed", f"two schools are behind D: {by_group}")
        theirs = two.net("GET", f"/measures/{measure}/chart?of=Lincoln&groups=1")
        expect(theirs["of"]["source"] == "releases", "raw points came with the release")
        text = json.dumps(theirs)
        expect('"suppressed"' in text and '"denominator": 7' not in text, text)
        table = kith(two, "chart", measure, "--of", "Lincoln", "--groups", "--table")
        expect("suppressed" in table and " 0 " not in table, table)
        # A correction: the old number stays hidden, and what is told does not give it away.
        kith(one, "measure", "point", measure, "8/15", "--period", "2026-01", "--group", "D")
        kith(one, "measure", "point", measure, "53/106", "--period", "2026-01")
        again = one.net("GET", f"/measures/{measure}/release?period=2026-01")
        shown = {row["group"]: row["shown"] for row in again["rows"]}
        expect(again["edition"] == 2 and shown["C"] == "suppressed", f"{shown}")
        # The picture is well-formed, and says in words what it shows.
        picture = os.path.join(lab.folder, "chart.svg")
        kith(one, "chart", measure, "--groups", "--svg", picture)
        root = xml.etree.ElementTree.parse(picture).getroot()
        desc = next(e.text for e in root if e.tag.endswith("desc"))
        expect("Feb 2026: All students 53.1 % (52 of 98)" in desc, desc)
        # Raw points: the hub, and no further.
        point = one.net("GET", "/records?type=point&mine=1")["items"][0]["id"]
        refused = one.api("GET", f"/v1/networks/main/records/{point}/share?with=network",
                          raw=True)
        expect(refused[0] == 403, f"raw points may go to the network: {refused}")
        one.share(point, "hub")
        hub.start()
        until("the hub to read the point", lambda: hub.net(
            "GET", f"/measures/{measure}/chart?of=all&groups=1")["series"])
        expect(not two.net("GET", "/records?type=point&owner=Lincoln")["items"],
               "another school reads a raw point")
        until("the hub to read the releases", lambda: hub.net(
            "GET", f"/measures/{measure}/chart?of=network")["of"].get("schools") == 3)
        print("three schools published with the hub off; all read the same, and no hidden number")


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit(f"FAILED: {failure}")
