"""One daemon's manners: it starts fast, refuses a second on its data, ends in order, and says
clearly what is wrong with bad input, losing nothing."""

import os
import socket
import subprocess
import sys
import time

from lab import BUILD, Failure, Lab, until


def expect(what, condition, shown=""):
    if not condition:
        raise Failure(f"{what}: {shown}")


def bad_input(school):
    """(arguments, exit status, a word that the answer must have)"""
    with open(os.path.join(school.folder, "broken.kith"), "wb") as f:
        f.write(b"KTHB" + bytes(50))
    with open(os.path.join(school.folder, "wrong.json"), "w") as f:
        f.write('{"head": {"title": 7}}')
    with open(os.path.join(school.folder, "words.txt"), "w") as f:
        f.write("apple " * 12)
    rows = [
        (["join", "KITH-ABCDE-FGHJK", "--phrase-file", os.path.join(school.folder, "ours.txt")], "invite"),
        (["found", "X", "--phrase-file", os.path.join(school.folder, "words.txt")], "words"),
        (["bundle", "read", os.path.join(school.folder, "broken.kith")], ""),
        (["add", "idea", "--from", os.path.join(school.folder, "wrong.json")], "title"),
        (["show", "ffff"], "no record"),
        (["share", "ffff", "--with", "everybody", "--yes"], ""),
        (["nonsense"], "kith help"),
    ]
    for args, word in rows:
        status, text = school.kith(*args, check=False)
        expect(f"kith {args[0]} refuses with an exit status", status in (1, 2, 3, 5), f"{status} {text}")
        expect(f"kith {args[0]} says why", word.lower() in text.lower() and text.strip(), text)


def clock(lab, seconds, name):
    school = lab.school(name, more=["--clock-offset", str(seconds)]).start().init()
    record = school.add("idea", {"head": {"title": "whatever the date"}})["record"]
    shown = school.kith("show", record)[1]
    expect(f"a clock off by {seconds} s loses nothing", "whatever the date" in shown, shown)
    school.stop()


def logs(lab):
    """A level and a group are what is logged: routes, and never what a request was about."""
    school = lab.school("In detail", more=["--log-level", "debug", "--log-groups", "api"]).start().init()
    school.add("idea", {"head": {"title": "planted marigold"}})
    school.kith("show", "nothing-like-it", check=False)
    school.stop()
    text = school.log_tail(200)
    expect("a request is a line", "debug api answered method=POST route=/v1/networks/{network}/records "
           "status=201" in text, text)
    expect("other groups are left out", " info app " not in text and " node " not in text, text)
    expect("nothing of a record is logged", "marigold" not in text and "nothing-like" not in text, text)


def page_port(lab):
    """A tab finds the page again after a restart, but a port that was taken is no hindrance."""
    school = lab.school("On a page", more=["--page-port", "0"])

    def port():
        school.start()
        link = school.api("POST", "/v1/page/links")["url"]
        school.stop()
        return int(link.split(":")[2].split("/")[0])

    first = port()
    expect("the port is the same after a restart", port() == first)
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", first))
        taken.listen()
        second = port()
    expect("another when it is taken", second not in (0, first), second)
    for broken in ("", "70000\n", "80\n", "no port at all\n"):
        with open(os.path.join(school.folder, "page-port"), "w") as f:
            f.write(broken)
        expect(f"{broken!r} is no port, and no hindrance", port() > 1023)


def main():
    with Lab() as lab:
        page_port(lab)
        logs(lab)
        school = lab.school("Lincoln").start()
        status, text = school.kith("feed", check=False)
        expect("before init it says what to do", status == 5 and "init" in text, text)
        school.init()
        with open(os.path.join(school.folder, "ours.txt"), "w") as f:
            f.write(school.words)
        first = school.add("idea", {"head": {"title": "kept through everything"}})["record"]

        second = subprocess.run([os.path.join(BUILD, "kithd"), "--data", school.folder],
                                capture_output=True, text=True, timeout=20)
        expect("a second daemon on the data is refused", second.returncode != 0)
        expect("and says why", "another" in (second.stderr + second.stdout), second.stderr)

        for folder, word in [("/etc/hostname", "Not a directory"), ("/proc/kith", "No such file")]:
            done = subprocess.run([os.path.join(BUILD, "kithd"), "--data", folder, "--listen", "none"],
                                  capture_output=True, text=True, timeout=20)
            expect(f"{folder} is no data folder", done.returncode == 1 and word in done.stderr and
                   "--data" in done.stderr, done.stderr)

        bad_input(school)
        expect("nothing was lost", "kept through everything" in school.titles())

        begun = time.monotonic()
        expect("SIGTERM ends it with 0", school.stop() == 0)
        took = time.monotonic() - begun
        expect("within a second (three under sanitizers)", took < 3, f"{took:.2f} s")
        status, text = school.kith("feed", check=False)
        expect("without a daemon: exit 4, and how to start it", status == 4 and "kithd" in text, text)
        school.start()
        expect("it is all there again", "kept through everything" in school.titles())
        expect("and doctor agrees", school.kith("doctor")[0] == 0)
        school.stop()

        clock(lab, -56 * 365 * 86400, "In 1970")
        clock(lab, 74 * 365 * 86400, "In 2100")
        print(f"refusals are clear, nothing was lost, it ends in {took:.2f} s; record {first[:6]} "
              "survived all of it")


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit(f"FAILED: {failure}")
