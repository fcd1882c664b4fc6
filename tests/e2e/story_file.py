"""A file as a record: sealed here, fetched by who may read the record and wants it, going on after
a cut, served on by who has it, gone everywhere after it is taken back, never a path of a peer's."""

import glob
import hashlib
import os
import random
import sys
import threading
from urllib.parse import quote as escape

from lab import Failure, Lab, until

MIB = 1024 * 1024
MARK = b"the only copy of a worksheet " * 40


def expect(what, condition, shown=""):
    if not condition:
        raise Failure(f"{what}: {shown}")


def held(school, record):
    state = school.net("GET", f"/records/{record}/file/state")
    return state["held"], state["pieces"]


def on_disk(school, needle):
    """Whether any file of the data folder holds these bytes in the clear."""
    for path in glob.glob(os.path.join(school.folder, "**"), recursive=True):
        if os.path.isfile(path):
            with open(path, "rb") as f:
                if needle in f.read():
                    return path
    return None


def add(school, folder, name, content, *more):
    path = os.path.join(folder, name)
    with open(path, "wb") as f:
        f.write(content)
    status, shown = school.kith("artifact", "add", path, *more)
    expect("a file is added", status == 0 and "Added" in shown, shown)
    return school.net("GET", "/records?type=artifact&mine=1")["items"][0]["id"]


def save(school, record, to, status=0):
    got, shown = school.kith("artifact", "save", record, "--to", to, check=False)
    expect(f"{school.name} saves with {status}", got == status, shown)
    return shown


def digest(path):
    with open(path, "rb") as f:
        return hashlib.sha256(f.read()).hexdigest()


def fetched_and_served_on(lab, hub, one, other):
    content = MARK + random.Random(7).randbytes(3 * MIB)
    record = add(one, lab.folder, "exit ticket.pdf", content, "--title", "Exit ticket", "--kind",
                 "template")
    expect("the content is nowhere in the clear", not on_disk(one, MARK), on_disk(one, MARK))
    shown = one.kith("show", record)[1]
    expect("its name and size are shown, and no keys", "exit ticket.pdf" in shown and
           one.net("GET", f"/records/{record}")["sections"]["file"]["key"] not in shown, shown)
    one.share(record, "network")
    for school in (hub, other):
        until(f"the record at {school.name}", school.has("Exit ticket"))
    expect("nobody fetches unasked", held(other, record)[0] == 0)
    where = os.path.join(lab.folder, "saved.pdf")
    save(other, record, where)
    expect("it is the same file", digest(where) == hashlib.sha256(content).hexdigest())
    expect("and not for others to run", os.stat(where).st_mode & 0o177 == 0, oct(os.stat(where).st_mode))
    expect("nothing is overwritten", "there already" in save(other, record, where, 5))
    one.stop()
    save(hub, record, os.path.join(lab.folder, "hub.pdf"))
    expect("who fetched it serves it on",
           digest(os.path.join(lab.folder, "hub.pdf")) == digest(where))
    one.start()
    return record


def goes_on_after_a_cut(lab, one, other):
    """Half of the pieces come, then its school is gone: they stay, and the rest comes later."""
    content = random.Random(8).randbytes(16 * MIB)
    record = add(one, lab.folder, "large.bin", content)
    one.share(record, "network")
    until("the record", other.has("large.bin"))
    to = os.path.join(lab.folder, "large.saved")
    thread = threading.Thread(target=lambda: other.kith("artifact", "save", record, "--to", to,
                                                        check=False))
    thread.start()
    until("the first pieces", lambda: held(other, record)[0] >= 10, 60, 0.01)
    one.kill()
    thread.join()
    some, all_of_it = held(other, record)
    expect("part of it is here", 10 <= some < all_of_it, f"{some} of {all_of_it}")
    expect("and no half file", not os.path.exists(to))
    says = save(other, record, to, 3)
    expect("and it says so", f"{some} of {all_of_it}" in says, says)
    one.start()
    until("the peer", lambda: any(p["connected"] for p in other.net("GET", "/peers")["items"]
                                  if p["device"]["school"]["name"] == one.name))
    save(other, record, to)
    expect("the rest came", digest(to) == hashlib.sha256(content).hexdigest())
    print(f"cut after {some} of {all_of_it} pieces, and it went on")


def taken_back(one, other, record):
    expect("all of it is there", held(other, record)[0] == held(other, record)[1])
    pieces = other.net("GET", f"/records/{record}")["sections"]["file"]["pieces"]
    expect("there are pieces", len(pieces) > 10)
    before, own = pieces_of(other), pieces_of(one)
    status, shown = one.kith("unshare", record, "--from", "network", "--yes", check=False)
    expect("it is taken back", status == 0, shown)
    until("the record to go", lambda: other.api("GET", f"/v1/networks/main/records/{record}",
                                                raw=True)[0] == 404)
    until("its pieces to go", lambda: pieces_of(other) == before - len(pieces))
    expect("and no others, and none at its school", pieces_of(one) == own, pieces_of(one))
    expect("the school itself keeps it", held(one, record)[0] == held(one, record)[1])


def pieces_of(school):
    return int(school.api("GET", "/v1/metrics")["pieces"])


def hostile(lab, one, other):
    """Names that want to be paths, options or hidden files, and files that cannot be."""
    names = ["../../etc/passwd", "/etc/passwd", "-rf", ".bashrc", "a\nb", "x" * 250, "..", "\u202egnp.exe"]
    folder = os.path.join(lab.folder, "saves")
    os.mkdir(folder)
    for i, name in enumerate(names):
        record = one.api("POST", f"/v1/networks/main/artifacts?title=hostile{i}&name={quote(name)}",
                         raw=True, content=b"bytes of it")[1]["record"]
        one.share(record, "network")
        until("the record", other.has(f"hostile{i}"))
        status, shown = other.kith("artifact", "save", record, check=False, cwd=folder)
        expect(f"{name!r} is saved", status == 0, shown)
    saved = sorted(os.listdir(folder))
    expect("one file each, in this folder", len(saved) == len(names), saved)
    for name in saved:
        expect("its name is plain", all(c.isalnum() or c in "-_." for c in name)
               and not name.startswith((".", "-")), name)
    bad = one.add("artifact", {"head": {"title": "cannot be"},
                               "file": {"name": "x", "size": 70000, "piece": 65520, "key": "00",
                                        "pieces": ["00"]}})["record"]
    expect("a file that cannot be is refused", "cannot be" in save(one, bad, "/tmp/never", 1))
    nothing = one.add("artifact", {"head": {"title": "no file"}})["record"]
    expect("a record without one says so", "has no file" in save(one, nothing, "/tmp/never", 3))
    big = os.path.join(lab.folder, "big")
    with open(big, "wb") as f:
        f.write(b"0" * (16 * MIB + 1))
    status, shown = one.kith("artifact", "add", big, check=False)
    expect("over 16 MiB is refused", status == 1 and "16 MiB" in shown, f"{status} {shown}")
    answer = one.api("POST", "/v1/networks/main/artifacts?name=none", raw=True, content=b"")
    expect("an empty one is refused", answer[0] == 400, answer)


def quote(text):
    return escape(text, safe="")


def main():
    with Lab() as lab:
        hub, one, other = lab.network("Lincoln", "Roosevelt")
        record = fetched_and_served_on(lab, hub, one, other)
        goes_on_after_a_cut(lab, one, other)
        hostile(lab, one, other)
        taken_back(one, other, record)


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit(f"FAILED: {failure}")
