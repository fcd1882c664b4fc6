"""What people are told while they run a network with the CLI: links, roles, proposals, computers
that come and go, schools that leave and come back. Every refusal says what to do next."""

import json
import os
import sys

from lab import BUILD, Failure, Lab, until


def expect(what, condition, shown=""):
    if not condition:
        raise Failure(f"{what}: {shown}")


def says(school, args, status, *words, text=None):
    """The command ends so, and its screen has these words."""
    got, shown = school.kith(*args, check=False, text=text)
    flat = " ".join(shown.split())
    expect(f"{school.name}: kith {' '.join(args)} ends with {status}", got == status, f"{got} {shown}")
    for word in words:
        expect(f"{school.name}: kith {' '.join(args)} says \"{word}\"", word in flat, shown)
    return shown


def soon(school, args, word):
    """Until the command's screen has the word: it came from another computer."""
    return until(f"{word!r} in kith {' '.join(args)} at {school.name}",
                 lambda: word in " ".join(school.kith(*args, check=False)[1].split()))


def words_of(school):
    path = os.path.join(school.folder, "words.txt")
    with open(path, "w") as f:
        f.write(school.words)
    return ["--phrase-file", path]


def links(one, other):
    says(one, ["buddy", "propose", other.name], 0, "Asked")
    says(one, ["buddy", "propose", other.name], 5, "asked already", "kith buddy accept")
    soon(other, ["status"], "wants to be your buddy")
    says(other, ["buddy", "propose", one.name], 5, "asked you already", "kith buddy accept")
    says(one, ["buddy", "end", other.name, "--yes"], 0, "Ended")
    until("the proposal to be gone", lambda: "buddy" not in other.kith("status")[1])
    says(other, ["buddy", "list"], 0, "No buddies yet")
    says(other, ["buddy", "accept", one.name], 3, "kith buddy list")
    says(other, ["buddy", "propose", one.name], 0)
    soon(one, ["status"], "wants to be your buddy")
    says(one, ["buddy", "accept", other.name], 0, "You are buddies")
    until("the link", lambda: "agreed" in other.kith("buddy", "list")[1])
    says(one, ["buddy", "propose", other.name], 5, "buddies already")


def taking_back(one, other):
    says(one, ["idea", "add", "Only ours"], 0)
    record = json.loads(one.kith("--json", "list", "idea")[1])["items"][0]["short"]
    until("the key", lambda: one.kith("share", record, "--with", "buddies", "--yes", check=False)[0] == 0)
    soon(other, ["feed"], "Only ours")
    says(one, ["unshare", record, "--from", "own", "--yes"], 5, "read by nobody else", "buddies")
    says(one, ["show", record], 0, "Only ours")
    says(one, ["unshare", record, "--from", "buddies", "--yes"], 0, "Copies may remain")
    until("it to be gone there", lambda: "Only ours" not in other.kith("feed")[1])
    says(one, ["sharing-log"], 0, "unshare Only ours")
    says(one, ["show", record], 0, "Only ours", "this school only")


def two_at_once(lab, school):
    """A record that somebody else changes while it is open in an editor."""
    record = school.add("idea", {"head": {"title": "As it was", "description": "words"}})["record"]
    editor = os.path.join(lab.folder, "editor")
    with open(editor, "w") as f:
        f.write("#!/bin/sh\n"
                f"{os.path.join(BUILD, 'kith')} --data '{school.folder}' edit {record} --title Theirs\n"
                "sed -i 's/^As it was$/Ours/' \"$1\"\n")
    os.chmod(editor, 0o755)
    os.environ["EDITOR"] = editor
    says(school, ["edit", record], 0, "Changed", "Somebody else changed it meanwhile", "kith show")
    del os.environ["EDITOR"]
    says(school, ["show", record], 0, "Ours", "Theirs")
    says(school, ["edit", record, "--title", "Settled"], 0)
    shown = says(school, ["show", record], 0, "Settled")
    expect("the next edit settles it", "Theirs" not in shown, shown)


def roles(hub, one, other):
    says(one, ["steward", "add", other.name], 5, "only a steward", "--phrase")
    says(hub, ["steward", "add", one.name], 5, "--phrase")
    says(hub, ["steward", "add", one.name] + words_of(hub), 0, "given")
    soon(one, ["members"], "steward")
    says(hub, ["steward", "add", one.name] + words_of(hub), 5, "so already")
    says(hub, ["steward", "add", other.name] + words_of(hub), 0, "Proposed", "kith proposals")
    soon(one, ["status"], f"proposed: make {other.name} a steward; 1 more steward must agree")
    says(hub, ["status"], 0, "a steward: proposed")  # who proposed has agreed already
    says(one, ["proposals"], 0, f"make {other.name} a steward")
    act = json.loads(one.kith("--json", "proposals")[1])["items"][0]["statement"]
    says(one, ["assent", act[:6]], 0, "Agreed")
    until("the role", lambda: "steward" in other.kith("status")[1])
    says(one, ["proposals"], 0, "Nothing waits")


def a_removed_computer(lab, school):
    code = json.loads(school.kith("--json", "device", "add")[1])["code"]
    second = lab.school("Second computer").start()
    wrong = " ".join(reversed(school.words.split()))
    says(second, ["init", "--code", code], 5, "twelve words", text=wrong)
    says(second, ["init", "--code", code[:-4]], 1, "kith device add", text=school.words)
    says(second, ["init", "--code", code, "--device", "laptop"], 0, "device of the school",
         text=school.words)
    until("it to be a member", lambda: second.state() == "member")
    says(second, ["idea", "add", "Written on the laptop"], 0)
    soon(school, ["list", "idea"], "Written on the laptop")
    until("it to be heard", lambda: "up to date" in second.kith("status")[1])
    says(school, ["device", "remove", "laptop", "--yes"], 0, "removed")
    soon(second, ["status"], "this computer was removed from its school")
    second.stop()


def an_observer(hub, one, other, third):
    """A district reads what the network shares; what it writes stays with itself."""
    says(third, ["idea", "add", "From before it observed"], 0)
    says(third, ["share", "@", "--with", "network", "--yes"], 0)
    soon(one, ["list", "idea"], "From before it observed")
    says(hub, ["observer", "add", third.name, "--yes"] + words_of(hub), 0, "Proposed")
    soon(one, ["proposals"], "observer")
    act = json.loads(one.kith("--json", "proposals")[1])["items"][0]["statement"]
    says(one, ["assent", act[:6]], 0, "Agreed")
    soon(third, ["members"], "observer")
    says(third, ["list", "idea"], 0, "From before it observed")
    says(third, ["idea", "add", "A note of the district"], 0)
    says(third, ["share", "@", "--with", "network", "--yes"], 5, "it reads, and shares nothing")
    says(one, ["list", "idea"], 0, "From before it observed")  # what was shared before stays


def what_it_adds_up_to(one):
    """The reports that a team asks for, on the screen, as a table, as a page, for a calendar."""
    says(one, ["add", "action_period", "--title", "Autumn", "--starts", "2026-01-05", "--ends",
               "2036-12-20"], 0)
    says(one, ["cycle", "plan", "--title", "Ring ten", "--question", "Who?", "--prediction",
               "Six", "--for-whom", "first in family", "--condition", "small", "--end",
               "2036-05-01"], 0)
    says(one, ["cycle", "plan", "--title", "Call home", "--question", "q", "--prediction", "p",
               "--team", "Lead A", "--team", "Lead B"], 0)
    says(one, ["handover", "lead a", "Lead C", "--look"], 0, "Call home")
    says(one, ["show", "Call home"], 0, "Lead A")
    says(one, ["handover", "lead a", "Lead C", "--yes"], 0, "with Lead C")
    says(one, ["show", "Call home"], 0, "- Lead C - Lead B")
    says(one, ["handover", "lead a", "Lead C"], 0, "No open work")
    says(one, ["report", "matrix", "--group", "first in family"], 0, "first in f", "Aband.")
    says(one, ["report", "standing"], 0, "from 2026-01-05 to 2036-12-20", "Stalled")
    says(one, ["report", "standing", "--period", "Autumn"], 0, "from 2026-01-05")
    says(one, ["report", "standing", "--csv", "-"], 0, "School,Planned,Doing")
    says(one, ["report", "standing", "--from", "soon"], 1, "from is not a day", "2026-03-01")
    says(one, ["report", "ramps", "--group", "seniors"], 1, "does not speak of student groups")
    for name in ("ramps", "paths", "completeness", "progress", "tensions"):
        says(one, ["report", name], 0)
    says(one, ["digest"], 0)
    says(one, ["digest", "--html", "-"], 0, "<!doctype html>")
    says(one, ["calendar", "-"], 0, "SUMMARY:Study: Ring ten", "DTSTART;VALUE=DATE:20360501")


def leaving_and_coming_back(lab, steward, school):
    says(school, ["idea", "add", "From before"], 0)
    says(school, ["leave", "--yes"] + words_of(school), 0, "kith export")
    says(school, ["idea", "add", "After"], 5, "no member any more", "--known")
    says(school, ["status"], 0, "has left the network", "--known")
    lines = os.path.join(lab.folder, "lines.jsonl")
    says(school, ["export", lines], 0, "keep it safe")
    expect("an export is its owner's alone", os.stat(lines).st_mode & 0o077 == 0)
    school.stop()
    again = lab.school(school.name, folder=os.path.join(lab.folder, "again")).start()
    says(again, ["init", school.name, "--known"] + words_of(school), 0, "Ready")
    again.words = school.words
    says(again, ["import", lines], 0, "Wrote")
    until("the steward to hear that it left", lambda: "left" in steward.kith("members")[1])
    steward.admit(again)
    says(again, ["list", "idea"], 0, "From before")
    says(again, ["idea", "add", "And on"], 0)


def a_used_code(lab, steward):
    code = json.loads(steward.kith("--json", "invite", "create", "one of two")[1])["code"]
    first, second = lab.school("Madison").start().init(), lab.school("Monroe").start().init()
    says(first, ["join", code] + words_of(first), 0, "four words")
    says(second, ["join", code] + words_of(second), 5, "another school has asked", "new code")
    says(second, ["status"], 0, "another school has asked", "kith join CODE")
    says(second, ["idea", "add", "Works meanwhile"], 0)
    says(steward, ["deny"], 0, "Sent away")
    soon(first, ["status"], "sent the request away")


def main():
    with Lab() as lab:
        hub, one, other, third = lab.network("Lincoln", "Roosevelt", "Washington")
        links(one, other)
        taking_back(one, other)
        two_at_once(lab, one)
        a_used_code(lab, hub)
        roles(hub, one, other)
        what_it_adds_up_to(one)
        an_observer(hub, one, other, third)
        a_removed_computer(lab, one)
        leaving_and_coming_back(lab, hub, third)
        print("links, roles, proposals, computers and schools that go and come back: each step was "
              "told, and each refusal said what to do")


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit(f"FAILED: {failure}")
