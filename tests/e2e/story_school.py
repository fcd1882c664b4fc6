"""A school gets another name, merges, retires: everybody sees it, and its work stays."""

import sys

from lab import Failure, Lab, until


def expect(what, condition, shown=""):
    if not condition:
        raise Failure(f"{what}: {shown}")


def members(school):
    return " ".join(school.kith("members")[1].split())


def main():
    with Lab() as lab:
        hub, one, other = lab.network("Lincoln", "Roosevelt")
        record = one.add("idea", {"head": {"title": "From before"}})["record"]
        one.share(record, "network")
        until("the idea", other.has("From before"))
        until("the present name", lambda: "Lincoln" in other.kith("show", record)[1])

        status, shown = one.kith("school", "rename", "Lincoln Middle", check=False)
        expect("it is asked first", status != 0 and "--yes" in shown, shown)
        shown = one.kith("school", "rename", "Lincoln Middle", "--yes")[1]
        expect("it is written and shared", "shared with the network" in shown, shown)
        for school in (one, hub, other):
            until(f"the new name at {school.name}",
                  lambda: "Lincoln Middle" in members(school) and "(was Lincoln" in members(school))
            expect("on old work too", "Lincoln Middle" in school.kith("show", record)[1],
                   school.kith("show", record)[1])
            expect("in reports", "Lincoln Middle" in str(school.net("GET", "/reports/schools")))
        expect("found by the new name", other.kith("buddy", "propose", "Lincoln Middle")[0] == 0)
        other.stop()
        other.start()
        until("the name after a restart", lambda: "Lincoln Middle" in members(other))

        # The name of another is not taken over.
        one.kith("school", "rename", "Roosevelt", "--yes")
        until("that edit", lambda: any(
            r["title"] == "Roosevelt" for r in other.net("GET", "/records?type=school")["items"]))
        expect("nobody passes as another", "(was" not in members(other), members(other))
        expect("there is one Roosevelt", members(hub).count("Roosevelt") == 1, members(hub))

        one.kith("school", "retire", "--yes")
        until("its standing", lambda: "retired" in members(hub))
        names = str(hub.net("GET", "/reports/standing")["rows"])
        expect("nothing more is expected of it", "Lincoln" not in names, names)
        expect("its work stays", "From before" in hub.titles())
        one.kith("school", "active")
        until("it is back", lambda: "retired" not in members(hub))
        expect("and expected again", "Lincoln" in str(hub.net("GET", "/reports/standing")["rows"]))
        for school in (hub, one, other):
            status, shown = school.kith("doctor", "--rebuild", check=False)
            expect(f"{school.name} is whole", status == 0, shown)


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit(f"FAILED: {failure}")
