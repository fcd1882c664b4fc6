"""A district looks on: invited as an observer, it reads what the network shares and writes nothing."""

import os
import sys

from lab import Failure, Lab, until


def expect(what, condition, shown=""):
    if not condition:
        raise Failure(f"{what}: {shown}")


def words_of(school):
    path = os.path.join(school.folder, "words.txt")
    with open(path, "w") as f:
        f.write(school.words)
    return ["--phrase-file", path]


def invited(hub, joiner, *more):
    """By the CLI on both sides, as an observer; what the steward is told."""
    code = hub.kith("--json", "invite", "create", joiner.name, "--observer")[1]
    expect("the invite says for whom", '"observer":true' in code, code)
    code = hub.net("GET", "/invites")["items"]
    code = [i for i in code if i["note"] == joiner.name][0]
    expect("and the list of them", code["observer"] is True, code)
    joiner.net("POST", "/join", {"code": code["code"], "phrase": joiner.words})
    until("the request", lambda: hub.net("GET", "/requests")["items"])
    got, shown = hub.kith("approve", joiner.name, "--yes", *more, check=False)
    expect("it is approved", got == 0, shown)
    until("a member", lambda: joiner.state() == "member")
    return " ".join(shown.split())


def reads_and_writes_nothing(hub, school, district):
    record = school.add("idea", {"head": {"title": "Shared with all"}})["record"]
    school.share(record, "network")
    until("the observer to read it", district.has("Shared with all"))
    until("its role", lambda: "observer" in district.kith("status")[1])
    expect("everybody sees its role", "observer" in hub.kith("members")[1], hub.kith("members")[1])
    got, shown = district.kith("feedback", "add", record, "--kind", "warm", "Well done", check=False)
    expect("it gives no feedback", got == 5 and "observer" in shown, f"{got} {shown}")
    own = district.add("idea", {"head": {"title": "A note of the district"}})["record"]
    got, shown = district.kith("share", own, "--with", "network", "--yes", check=False)
    expect("it shares nothing", got == 5 and "observer" in shown, f"{got} {shown}")
    got, shown = district.kith("invite", "create", "somebody", check=False)
    expect("it invites nobody", got != 0, shown)
    district.kith("sync", "--wait", check=False)
    expect("and nothing of it arrives", "A note of the district" not in
           hub.titles() + school.titles(), hub.titles())


def main():
    with Lab() as lab:
        hub, school = lab.network("Lincoln")
        district = lab.school("The district").start().init()
        shown = invited(hub, district, *words_of(hub))
        expect("the steward is told", "Admitted as an observer" in shown, shown)
        reads_and_writes_nothing(hub, school, district)

        # With more stewards one alone proposes it, and says so.
        hub.net("POST", "/roles", {"school": school.name, "role": "steward", "on": True,
                                   "phrase": hub.words})
        until("a second steward", lambda: "steward" in str(school.net("GET", "/members")))
        evaluator = lab.school("The evaluator").start().init()
        shown = invited(hub, evaluator)
        expect("the others have to agree", "not an observer yet" in shown and
               "kith proposals" in shown, shown)
        waits = until("the proposal", lambda: school.net("GET", "/proposals")["items"])[0]
        school.kith("assent", waits["statement"])
        until("its role", lambda: "observer" in evaluator.kith("status")[1])


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit(f"FAILED: {failure}")
