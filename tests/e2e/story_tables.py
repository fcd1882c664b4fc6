"""A team's spreadsheet comes in: seen line by line, written all at once or not at all, never
twice; through a kill -9, past what one step may seal, and out again as tables."""

import csv
import os
import sys

from lab import Failure, Lab, until

LINES = 300  # more than a step of the node seals at once


def expect(what, condition, shown=""):
    if not condition:
        raise Failure(f"{what}: {shown}")


def write(school, name, rows, encoding="utf-8", delimiter=","):
    path = os.path.join(school.folder, name)
    with open(path, "w", encoding=encoding, newline="") as f:
        csv.writer(f, delimiter=delimiter).writerows(rows)
    return path


def count(school, kind):
    tables = school.net("GET", "/tables")["items"]
    return next((t["records"] for t in tables if t["type"] == kind), 0)


def a_log_of_cycles(school):
    head = ["Test", "Start date", "Question 1", "Prediction 1", "Adopt / Adapt / Abandon", "Room"]
    rows = [[f"Exit ticket {i}", f"2026-{1 + i % 12:02}-{1 + i % 28:02}", "How many?", f"{i} %",
             ("adopt", "adapt", "abandon", "")[i % 4], "204"] for i in range(LINES)]
    path = write(school, "log.csv", [["PDSA log 2026"], [], head, *rows])
    status, text = school.kith("import", path, check=False)
    expect("without --yes it is only shown", status == 2 and "not used" in text, text)
    expect("and nothing is written", count(school, "cycle") == 0)

    bad = write(school, "bad.csv", [head, *rows[:5], ["x", "soon", "", "", "perhaps", ""], *rows[5:]])
    status, text = school.kith("import", bad, "--yes", check=False)
    expect("a bad line is named", status == 1 and "line 7" in text and "Start" in text, text)
    expect("and nothing is half imported", count(school, "cycle") == 0)

    text = school.kith("import", path, "--yes")[1]
    expect("all of it is written", f"Wrote {LINES}" in text, text[-300:])
    school.kill()  # what was answered is there, sealed or not
    school.start()
    until("all of it after a kill -9", lambda: count(school, "cycle") == LINES)
    until("the records to be sealed for the school's own space",
          lambda: own_envelopes(school) >= LINES)
    text = school.kith("import", path, "--yes")[1]
    expect("a second time nothing is written", "here already" in text, text[-300:])
    expect("and nothing is double", count(school, "cycle") == LINES)
    expect("doctor agrees", school.kith("doctor")[0] == 0)


def own_envelopes(school):
    return sum(int(s["envelopes"]) for s in school.net("GET", "/spaces")["items"]
               if s["class"] == "own" and any(m.get("mine") for m in s["schools"]))


def ideas_in_spanish(school):
    rows = [["Título", "Descripción", "Para quién"],
            ["Boleto de salida", "Cinco minutos al final; qué aprendiste", "recién llegados, décimo"]]
    path = write(school, "ideas.csv", rows, "windows-1252", ";")
    text = school.kith("import", path, "--type", "idea", "--yes")[1]
    expect("it says what it took the bytes for", "windows-1252" in text.lower(), text)
    expect("and reads them", "Boleto de salida" in school.titles(type="idea"), text)


def the_worksheet(school):
    path = os.path.join(school.folder, "worksheet.csv")
    school.kith("import", "--template", "pdsa", path)
    with open(path, encoding="utf-8", newline="") as f:
        rows = [row for row in csv.reader(f) if row]
    answers = {"Title": "From a worksheet", "Change": "Ask at the door", "Decision": "adapt",
               "Questions and predictions 1: Question": "Who answers?",
               "Questions and predictions 1: Prediction": "half"}
    filled = write(school, "filled.csv", [[row[0], answers.get(row[0], "")] for row in rows])
    text = school.kith("import", filled, "--yes")[1]
    expect("the worksheet comes back", "Wrote 1" in text, text)
    record = next(r for r in school.net("GET", "/records?type=cycle&full=1&limit=1")["items"])
    expect("with its prediction", record["sections"]["plan"]["questions"][0]["prediction"] == "half",
           record["sections"])


def out_and_in_again(school):
    school.add("idea", {"head": {"title": "=HYPERLINK(\"x\")", "description": "+1\n-2, \"three\""}})
    folder = os.path.join(school.folder, "tables")
    text = school.kith("export", "--csv", folder)[1]
    files = sorted(os.listdir(folder))
    expect("one file a type", "cycle.csv" in files and "idea.csv" in files, files)
    with open(os.path.join(folder, "idea.csv"), encoding="utf-8", newline="") as f:
        cells = [cell for row in csv.reader(f) for cell in row]
    expect("no cell begins a formula", not [c for c in cells if c[:1] in tuple("=+-@\t\r")],
           [c for c in cells if c[:1] in tuple("=+-@\t\r")])
    before = {kind: count(school, kind) for kind in ("cycle", "idea")}
    for kind in before:
        text = school.kith("import", os.path.join(folder, f"{kind}.csv"), "--yes")[1]
        expect("what was written comes back as it is", "here already" in text, text[-600:])
        expect("and adds nothing", count(school, kind) == before[kind])


def main():
    with Lab() as lab:
        school = lab.network("Lincoln")[1]
        a_log_of_cycles(school)
        ideas_in_spanish(school)
        the_worksheet(school)
        out_and_in_again(school)
        print(f"{LINES} lines came in once, through a kill -9; a bad line stopped all of them; a "
              "worksheet and a Spanish sheet were understood; tables went out and came back")


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit(f"failed: {failure}")
