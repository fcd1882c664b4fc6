"""A year that is over leaves the lists of the school that archives it, and nothing else."""

import json
import sys

from lab import Failure, Lab, until


def expect(what, condition, shown=""):
    if not condition:
        raise Failure(f"{what}: {shown}")


def cycle(school, title):
    return school.add("cycle", {"head": {"title": title, "end": "2024-05-01"}, "plan": {
        "questions": [{"id": "q1", "text": "Will it?", "prediction": "Yes."}]}})["record"]


def listed(school, *more):
    return school.kith("list", "cycle", *more)[1]


def main():
    with Lab() as lab:
        hub, school = lab.network("Lincoln")
        record = cycle(school, "A test of long ago")
        idea = school.add("idea", {"head": {"title": "An idea that lasts"}})["record"]
        school.share(record, "network")
        until("the hub to have it", hub.has("A test of long ago"))
        expect("nothing is archived", "Nothing is in the archive" in school.kith("archive")[1])
        expect("it asks for attention", "A test of long ago" in school.kith("status")[1],
               school.kith("status")[1])

        # All that was written up to today is "before" a day far ahead.
        shown = school.kith("archive", "2999")[1]
        expect("it says what it means", "before 3000-01-01" in shown and "--undo" in shown, shown)
        expect("it left the list", "A test of long ago" not in listed(school), listed(school))
        expect("and the board", "A test of long ago" not in json.dumps(school.net("GET", "/board")))
        expect("and asks for nothing", "A test of long ago" not in
               json.dumps(school.net("GET", "/status")["attention"]))
        expect("an idea lasts", "An idea that lasts" in school.kith("list", "idea")[1])
        expect("one who looks finds it", "A test of long ago" in listed(school, "--archived"))
        expect("so does a search", "A test of long ago" in school.kith("search", "long ago")[1])
        expect("and its own number", "A test of long ago" in school.kith("show", record)[1])
        expect("an export has it", "A test of long ago" in school.kith("export", "-")[1])
        states = school.net("GET", "/reports/states")
        expect("a report counts it", "1" in str([list(row.values()) for row in states["rows"]]), states)
        expect("others see no difference", "A test of long ago" in hub.titles())
        school.stop()
        school.start()
        expect("it stays so over a restart", "A test of long ago" not in listed(school))

        school.kith("archive", "--undo")
        expect("it is back", "A test of long ago" in listed(school))
        status, shown = school.kith("archive", "last year", check=False)
        expect("a day is asked for", status != 0 and "2025-08-01" in shown, shown)
        expect("the idea was never away", idea)


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit(f"FAILED: {failure}")
