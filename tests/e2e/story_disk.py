"""A full disk, and a disk that fails: what was acknowledged stays, what cannot be kept is refused
in words that help, reads go on, and when there is room again everything works by itself.

Needs the right to mount a small tmpfs (root); without it the parts on a full disk are skipped and
say so. The failing disk is fault.c, preloaded.
"""

import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile

from lab import BUILD, Failure, Lab, until

BIG = "what we saw, told at length; " * 500  # about 14 KiB


def expect(what, condition, shown=""):
    if not condition:
        raise Failure(f"{what}: {shown}")


class SmallDisk:
    """A tmpfs of some MiB with a ballast file, so that space can be freed."""

    def __init__(self, mib, ballast_mib):
        self.folder = tempfile.mkdtemp(prefix="kith-disk-")
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={mib}m", "tmpfs", self.folder],
                              capture_output=True, text=True)
        if done.returncode != 0:
            os.rmdir(self.folder)
            raise PermissionError(done.stderr.strip())
        self.ballast = os.path.join(self.folder, "ballast")
        with open(self.ballast, "wb") as f:
            f.write(bytes(ballast_mib << 20))

    def fill(self):
        """Takes what is left, to the last block."""
        with open(os.path.join(self.folder, "filler"), "ab", buffering=0) as f:
            try:
                while f.write(bytes(4096)) == 4096:
                    pass
            except OSError:
                pass

    def free(self):
        for name in ("ballast", "filler"):
            path = os.path.join(self.folder, name)
            if os.path.exists(path):
                os.remove(path)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        subprocess.run(["umount", "-l", self.folder], check=False)
        os.rmdir(self.folder)


def add(school, title, text=BIG):
    """True when it was acknowledged, else the error."""
    status, answer = school.net("POST", "/records", {
        "type": "idea", "sections": {"head": {"title": title, "what": text}}}, raw=True)
    return True if status < 300 else answer.get("error", answer)


def write_until_refused(school, acknowledged, most=4000):
    for i in range(most):
        title = f"{school.name} idea {len(acknowledged)}"
        answer = add(school, title)
        if answer is not True:
            return answer
        acknowledged.append(title)
    raise Failure("the disk would not fill")


def all_titles(school):
    """Of a projection that is made anew: once it shows everything."""
    until("the projection", lambda: not school.net("GET", "/records?limit=1")["behind"])
    titles, cursor = set(), None
    while True:
        answer = school.net("GET", "/records?limit=500" + (f"&cursor={cursor}" if cursor else ""))
        titles |= {r.get("title") for r in answer["items"]}
        cursor = answer.get("next")
        if cursor is None:
            return titles


def doctor_agrees(school):
    status, text = school.kith("doctor", check=False)
    expect(f"doctor finds the store of {school.name} whole", status == 0, text)


def refused_clearly(school, error, name):
    expect("the refusal has its name", error.get("err", error.get("code")) == name, error)
    status, text = school.kith("idea", "add", "--title", "one more", check=False)
    expect("the command fails", status == 1, f"{status} {text}")
    expect("and says what to do", "space" in text or "disk" in text, text)


def a_school_on_a_full_disk():
    with SmallDisk(16, 5) as disk, Lab() as lab:
        school = lab.school("Lincoln", folder=os.path.join(disk.folder, "data")).start().init()
        acknowledged = []
        refused_clearly(school, write_until_refused(school, acknowledged), "NO_SPACE")
        missing = set(acknowledged) - all_titles(school)
        expect("the log left the view the room to show everything", not missing, missing)
        disk.fill()
        expect("reads go on", acknowledged[0] in all_titles(school))
        expect("status says it", "disk is full" in school.kith("status", check=False)[1])
        expect("it stays refused while the disk is full", add(school, "no") is not True)

        school.kill()
        school.start()  # while the disk is full
        expect("it starts on a full disk and reads", acknowledged[0] in all_titles(school))
        answer = add(school, "no")
        expect("and refuses to write there", answer is not True)
        expect("and ends in order", school.stop() == 0)

        disk.free()
        school.start()
        missing = set(acknowledged) - all_titles(school)
        expect("nothing acknowledged is lost", not missing, sorted(missing)[:3])
        until("writing to work again", lambda: add(school, "after the flood", "x") is True, 20)
        doctor_agrees(school)
        count = len(acknowledged)
        expect("nothing refused is there", "no" not in all_titles(school))
        school.stop()
    return count


def a_school_begins_on_a_full_disk():
    """All or nothing: the twelve words are shown once, so no school may stay without them."""
    for left in (0, 4, 12, 40):
        with SmallDisk(2, 1) as disk, Lab() as lab:
            school = lab.school("Lincoln", folder=os.path.join(disk.folder, "data")).start()
            disk.fill()
            with open(os.path.join(disk.folder, "filler"), "r+b") as f:
                f.truncate(os.stat(f.name).st_size - (left << 10))
            status, text = school.kith("init", "Lincoln", check=False)
            expect("a full disk refuses a school", status == 1 and "full" in text, f"{status} {text}")
            school.stop()
            expect("nothing of it stays", "device.key" not in os.listdir(school.folder))
            disk.free()
            school.start()
            expect("with room it begins, and shows its words",
                   "twelve words" in school.kith("init", "Lincoln")[1])
            school.stop()


def a_peer_syncs_into_a_full_disk():
    with SmallDisk(16, 5) as disk, Lab() as lab:
        hub = lab.school("Hub").start().init().found()
        school = lab.school("Roosevelt", folder=os.path.join(disk.folder, "data")).start().init()
        hub.admit(school)
        own = []
        for i in range(5):
            expect("a first write", add(school, f"own {i}", "x") is True)
            own.append(f"own {i}")
        until("the key of the network",
              lambda: "NO_KEY" not in str(hub.net("GET", "/spaces")))
        shared = []

        def learn():
            record = hub.add("idea", {"head": {"title": f"hub {len(shared)}", "what": BIG}})
            hub.share(record["record"], "network")
            shared.append(f"hub {len(shared)}")
            return school.net("GET", "/status")["store"]["err"] != "OK"

        until("what comes in to fill the disk", learn, 60, 0)
        for _ in range(20):
            learn()
        all_titles(school)
        disk.fill()
        expect("reads go on", own[0] in all_titles(school))
        doctor_agrees(hub)
        disk.free()
        wanted = set(shared) | set(own)
        until("the school to catch up", lambda: wanted <= all_titles(school), 60, 0.2)
        until("its writing again", lambda: add(school, "own at last", "x") is True, 20)
        doctor_agrees(school)
        school.stop()
        school.start()
        expect("and it is all there after a restart", wanted <= all_titles(school))
    return len(shared)


# ---- a disk that fails ----

def preload(school, **more):
    library = os.path.abspath(os.path.join(BUILD, "kith_fault.so"))
    asan = os.environ.get("ASAN_OPTIONS", "")
    school.env = {"LD_PRELOAD": library, "KITH_FAULT_FILE": "/data.mdb",
                  "ASAN_OPTIONS": (asan + ":" if asan else "") + "verify_asan_link_order=0", **more}


def fail_at(school, fault, acknowledged):
    """Runs into the fault once; True when a person's write met it (else the start did)."""
    preload(school, KITH_FAULT=fault)
    try:
        school.start()
    except Failure as failure:
        expect("a start that fails says why", "disk" in str(failure), failure)
        school.process = None
        return False
    met = None
    for i in range(40):
        title = f"{fault} {i}"
        answer = add(school, title, "x")
        if answer is not True:
            met = answer
            break
        acknowledged.append(title)
    expect(f"{fault} was met", met is not None)
    expect("the refusal says that the disk failed", met.get("code") == "IO", met)
    expect("and what to do", met.get("hint"), met)
    expect("reads go on", set(acknowledged) <= all_titles(school))
    expect("what was refused is not shown", title not in all_titles(school))
    if not fault.endswith("+"):
        until("writing to work again by itself", lambda: add(school, "again", "x") is True, 20, 0.5)
    school.kill()
    return True


def a_failing_disk():
    faults = ["sync:2", "sync:3+", "sync:5+", "write:2+", "write:4+", "write:5+", "write:8", "write:9+"]
    with Lab() as lab:
        school = lab.school("Jefferson").start().init()
        acknowledged, met = [], 0
        for fault in faults:
            school.kill()
            met += fail_at(school, fault, acknowledged)
            school.env = {}
            school.start()
            missing = set(acknowledged) - all_titles(school)
            expect(f"nothing acknowledged before {fault} is lost", not missing, missing)
            doctor_agrees(school)
    expect("most faults hit a person's write", met >= len(faults) // 2, met)
    return len(faults), len(acknowledged)


# ---- the power goes ----

def recorded(path):
    """What fault.c noted: (position in the record after it, "W" or "S", offset, bytes)."""
    with open(path, "rb") as f:
        data = f.read()
    at, events = 0, []
    while at < len(data):
        kind = data[at:at + 1]
        at += 1
        offset, content = 0, b""
        if kind == b"W":
            offset, n = struct.unpack_from("=QQ", data, at)
            content = data[at + 16:at + 16 + n]
            at += 16 + n
        events.append((at, kind, offset, content))
    return events


def power_cut(rng, image, events, cut):
    """What may be on the disk when the power goes after events[:cut]: all that was synced, and of
    the rest, any of it, in sectors."""
    image = bytearray(image)
    synced = max((i for i in range(cut) if events[i][1] == b"S"), default=0)
    for i, (_, kind, offset, content) in enumerate(events[:cut]):
        if kind != b"W":
            continue
        for at in range(0, len(content), 512):
            if i > synced and rng.random() < 0.5:
                continue
            sector = content[at:at + 512]
            end = offset + at + len(sector)
            if len(image) < end:
                image.extend(bytes(end - len(image)))
            image[offset + at:end] = sector
    return bytes(image)


def the_power_goes(cuts=14, seed=1):
    rng = random.Random(seed)
    with Lab() as lab:
        school = lab.school("Washington").start().init()
        school.stop()
        store = next(os.path.join(root, "data.mdb") for root, _, files in os.walk(school.folder)
                     if "data.mdb" in files)
        with open(store, "rb") as f:
            image = f.read()
        record = os.path.join(lab.folder, "record")
        preload(school, KITH_RECORD=record)
        school.start()
        acknowledged = []
        for i in range(40):
            expect("a write", add(school, f"day {i}", BIG if i % 4 == 0 else "x") is True)
            acknowledged.append((os.path.getsize(record), f"day {i}"))
        school.kill()
        school.env = {}
        events = recorded(record)
        syncs = sum(kind == b"S" for _, kind, _, _ in events)
        expect("syncs were recorded", syncs >= 40, syncs)
        kept_total = 0
        relative = os.path.relpath(store, school.folder)
        for i in range(cuts):
            cut = rng.randrange(1, len(events) + 1)
            folder = os.path.join(lab.folder, f"after-cut-{i}")
            shutil.copytree(school.folder, folder, ignore=shutil.ignore_patterns(
                "kithd.sock", "lock", "lock.mdb", "view*"))
            with open(os.path.join(folder, relative), "wb") as f:
                f.write(power_cut(rng, image, events, cut))
            after = lab.school("Washington", folder=folder).start()
            kept = {title for position, title in acknowledged if position <= events[cut - 1][0]}
            titles = all_titles(after)
            expect(f"cut {i} at {cut} of {len(events)} (seed {seed}) kept what was acknowledged",
                   kept <= titles, sorted(kept - titles)[:3])
            expect("and shows nothing half", titles <= {t for _, t in acknowledged}, titles)
            expect("writing goes on", add(after, "after", "x") is True)
            doctor_agrees(after)
            after.kill()
            kept_total += len(kept)
    expect("the cuts fell among acknowledged writes", kept_total > cuts, kept_total)
    return cuts, syncs


def main():
    try:
        a_school_begins_on_a_full_disk()
        count = a_school_on_a_full_disk()
        print(f"a full disk: {count} acknowledged records, none lost", flush=True)
        count = a_peer_syncs_into_a_full_disk()
        print(f"a peer with a full disk caught up with all {count} records", flush=True)
    except PermissionError as error:
        print(f"SKIPPED: the parts on a full disk need the right to mount: {error}", flush=True)
    faults, count = a_failing_disk()
    print(f"{faults} faults of the disk: {count} acknowledged records, none lost", flush=True)
    cuts, syncs = the_power_goes()
    print(f"{cuts} power cuts among {syncs} syncs lost nothing acknowledged", flush=True)


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit(f"FAILED: {failure}")
