"""Files that are lost, cut short or overwritten: kithd says which and what helps, starts no second
history of a device, makes the projection anew from what is stored, and fetches a payload again that
its disk lost."""

import os
import shutil
import subprocess
import sys

from lab import BUILD, Failure, Lab, until


def expect(what, condition, shown=""):
    if not condition:
        raise Failure(f"{what}: {shown}")


def refuses(school, what, words):
    """kithd ends by itself, in order, with 1 and these words on the screen."""
    done = subprocess.run([os.path.join(BUILD, "kithd"), "--data", school.folder, "--listen", "none"],
                          capture_output=True, text=True, timeout=20)
    expect(f"{what}: it does not run", done.returncode == 1, f"{done.returncode} {done.stderr}")
    for word in words:
        expect(f"{what}: it says what to do", word in done.stderr, done.stderr)


class Spoilt:
    """A stopped school with one file spoilt; everything is put back afterwards."""

    def __init__(self, school, *path):
        self.school, self.path = school, os.path.join(school.folder, *path)

    def __enter__(self):
        self.copy = self.school.folder + ".good"
        shutil.copytree(self.school.folder, self.copy)
        return self.path

    def __exit__(self, kind, error, trace):
        shutil.rmtree(self.school.folder)
        os.rename(self.copy, self.school.folder)


def the_truth(school):
    store = ("networks", "main", "store", "data.mdb")
    with Spoilt(school, "device.key") as path:
        os.unlink(path)
        refuses(school, "the key is gone", ["the key is missing", "twelve words"])
    with Spoilt(school, "device.key") as path:
        with open(path, "r+b") as f:
            f.truncate(20)
        refuses(school, "the key is damaged", ["device.key", "twelve words"])
    for what, size in [("gone", None), ("empty", 0)]:
        with Spoilt(school, *store) as path:
            os.unlink(path) if size is None else os.truncate(path, size)
            refuses(school, f"the store is {what}", ["damaged", "A damaged store", "missing"])
            expect("nothing was made in its place", not os.path.exists(path) or not os.stat(path).st_size)
    with Spoilt(school, *store) as path:
        with open(path, "r+b") as f:
            f.write(os.urandom(os.stat(path).st_size))
        refuses(school, "the store is garbage", ["damaged", "A damaged store"])
    with Spoilt(school, *store) as path:
        os.truncate(path, 12288)
        refuses(school, "the store is cut short", ["A damaged store"])


def the_projection(school):
    def overwrite(path):
        with open(path, "r+b") as f:
            f.write(os.urandom(os.stat(path).st_size))

    def scratch(path):  # SQLite opens it, and finds pages that are not pages
        with open(path, "r+b") as f:
            for at in range(8192, os.stat(path).st_size, 4096):
                f.seek(at)
                f.write(b"\xff" * 16)

    for what, spoil in [("gone", os.unlink), ("garbage", overwrite), ("scratched", scratch)]:
        with Spoilt(school, "networks", "main", "view.sqlite") as path:
            spoil(path)
            school.start()
            status, text = school.kith("doctor", "--rebuild", check=False)
            expect(f"the projection is {what}: doctor --rebuild mends it",
                   status == 0 and "Healthy" in text and "built anew" in text, text)
            expect("and then it is healthy", "Healthy" in school.kith("doctor")[1])
            expect("and shows all there is", "kept through it all" in school.titles())
            school.stop()


def damage_payloads(school, least):
    """Flips a bit in each stored record of at least so many bytes. Returns how many."""
    with open(os.path.join(school.folder, "networks", "main", "store", "data.mdb"), "r+b") as f:
        bytes_ = f.read()
        at, n = bytes_.find(b"KTH1\x01\x01"), 0
        while at >= 0:
            if int.from_bytes(bytes_[at + 248:at + 252], "big") >= least:
                f.seek(at + 316 + 100)
                f.write(bytes([bytes_[at + 416] ^ 1]))
                n += 1
            at = bytes_.find(b"KTH1\x01\x01", at + 316)
    return n


def a_payload(lab):
    """One school's disk loses what another holds, alone or not: it comes back, or says what to do."""
    hub, one = lab.network("Garfield")
    shared = hub.add("idea", {"head": {"title": "kept by two", "description": "words " * 600}})["record"]
    hub.share(shared, "network")
    until("the idea to arrive", one.has("kept by two"))
    one.stop()
    expect("something is damaged", damage_payloads(one, 3000) >= 1)
    hub.stop()
    one.start()
    status, text = one.kith("doctor", check=False)
    expect("alone it says what to do", status == 1 and "payload is damaged" in text and
           "kith sync" in text, text)
    hub.start()
    one.kith("sync", "--wait")
    status, text = one.kith("doctor", check=False)
    expect("it came back", status == 0 and "Healthy" in text and
           "came back from another member" in text, text)
    shown = one.kith("show", shared)[1]
    expect("and reads again", shown.count("words") == 600, shown)
    expect("and then all is well", "came back" not in one.kith("doctor")[1])


def main():
    with Lab() as lab:
        school = lab.school("Lincoln").start().init().found()
        for n in range(60):
            school.add("idea", {"head": {"title": f"idea {n}", "description": "words " * 30}})
        school.add("idea", {"head": {"title": "kept through it all"}})
        until_shown = school.titles()
        expect("it is there", "kept through it all" in until_shown)
        school.stop()
        the_truth(school)
        the_projection(school)
        a_payload(lab)
        print("a lost key, a lost, cut or overwritten store: refused with what helps; "
              "three ways of a damaged projection: made anew; a lost payload: fetched again")


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit(f"FAILED: {failure}")
