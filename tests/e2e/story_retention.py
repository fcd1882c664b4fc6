"""A school says for how many years it keeps what it wrote. Nothing goes by itself; what is older is
shown, asked about, and then gone here and wherever it was shared. One record goes the same way."""

import glob
import os
import sys

from lab import Failure, Lab, until

YEAR = 365 * 86400


def expect(what, condition, shown=""):
    if not condition:
        raise Failure(f"{what}: {shown}")


def on_disk(school, word):
    for path in glob.glob(os.path.join(school.folder, "**"), recursive=True):
        if os.path.isfile(path):
            with open(path, "rb") as f:
                if word.encode() in f.read():
                    return path
    return None


def again(school, clock):
    school.stop()
    school.more = ["--clock-offset", str(clock)]
    school.start()


def write_long_ago(hub, school):
    again(school, -6 * YEAR)
    shared = school.add("cycle", {"head": {"title": "Marigold of old"}})["record"]
    school.net("POST", f"/cycles/{shared}/plan", {"plan": {"questions": [
        {"id": "q1", "text": "Will it?", "prediction": "Yes."}]}})
    school.share(shared, "network")
    for n in range(60):
        school.add("bright_spot", {"head": {"title": f"Own and old {n}"}})
    school.add("idea", {"head": {"title": "An idea that lasts"}})
    until("the hub to have it", hub.has("Marigold of old"))
    again(school, 0)
    school.add("bright_spot", {"head": {"title": "Of this year"}})


def retention(hub, school):
    shown = school.kith("retention")[1]
    expect("all is kept at first", "for ever" in shown, shown)
    status, shown = school.kith("retention", "0", check=False)
    expect("a number of years is asked for", status == 2 and "1 to 99" in shown, shown)
    shown = school.kith("retention", "7")[1]
    expect("seven years are not over", "Nothing is older" in shown, shown)
    shown = school.kith("retention", "5")[1]
    expect("five are", "61 records are older" in shown and "--erase" in shown and
           "Own and old" in shown and "and 41 more" in shown, shown)
    expect("an idea lasts", "An idea that lasts" not in shown, shown)
    expect("nothing goes by itself", "Marigold of old" in school.titles())
    shown = school.kith("status")[1]
    expect("the status says so", "61 records are older than this school keeps" in shown, shown)
    status, shown = school.kith("retention", "--erase", "--no-input", check=False)
    expect("it asks first", status != 0 and "Marigold of old" in school.titles(), shown)
    status, answer = school.api("POST", "/v1/networks/main/retention/erase",
                                {"before": "2999-01-01"}, raw=True)
    expect("not more than was shown", status == 409 or status == 403, f"{status} {answer}")
    shown = school.kith("retention", "--erase", "--yes")[1]
    expect("it is erased", "Erased 61 records" in shown, shown)
    left = school.titles()
    expect("what is newer or lasts is left", sorted(left) == ["An idea that lasts", "Of this year"], left)
    until("the hub to have it no more", lambda: not hub.has("Marigold of old")())
    for who in (hub, school):
        expect(f"{who.name} has it nowhere on its disk", on_disk(who, "Marigold") is None,
               on_disk(who, "Marigold"))
    expect("and the status is quiet", "older than" not in school.kith("status")[1])
    expect("who did it is in the log", "61" not in left and "erase" in school.kith("sharing-log")[1])
    expect("doctor is content", "Healthy" in school.kith("doctor")[1])
    again(school, 0)
    expect("it stays so", "Marigold of old" not in school.titles())


def one(hub, school):
    record = school.add("bright_spot", {"head": {"title": "Begonia by name"}})["record"]
    school.share(record, "network")
    until("the hub to have it", hub.has("Begonia by name"))
    status, shown = hub.kith("erase", record, "--yes", check=False)
    expect("it is not the hub's to erase", status != 0, shown)
    shown = school.kith("erase", record, "--yes")[1]
    expect("erased", "Erased" in shown, shown)
    status, shown = school.kith("show", record, check=False)
    expect("there is no such record", status != 0, shown)
    until("the hub to have it no more", lambda: not hub.has("Begonia by name")())
    for who in (hub, school):
        expect(f"{who.name} has it nowhere on its disk", on_disk(who, "Begonia") is None)


def main():
    with Lab() as lab:
        hub, school = lab.network("Lincoln")
        write_long_ago(hub, school)
        retention(hub, school)
        one(hub, school)


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit(f"FAILED: {failure}")
