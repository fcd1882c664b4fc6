"""kill -9 of a syncing trio, 50 times: nothing that was acknowledged is lost.

Three schools write all the time. The ledger of what was acknowledged is kept here, outside. A kill
counts when writes were in flight at the victim (asked and not yet answered) or runs were on their
way to it. At the end every record is read back from every school's own daemon.
"""

import argparse
import random
import sys
import threading
import time

from lab import Failure, Lab, until


class Writer(threading.Thread):
    """Writes to one school without pause, and notes what was answered."""

    def __init__(self, school, ledger, lock):
        super().__init__(daemon=True)
        self.school, self.ledger, self.lock = school, ledger, lock
        self.going, self.in_flight, self.count = True, False, 0

    def run(self):
        while self.going:
            self.count += 1
            title = f"{self.school.name} saw {self.count}"
            try:
                self.in_flight = True
                record = self.school.add("idea", {"head": {"title": title}})["record"]
                self.in_flight = False
                with self.lock:
                    self.ledger.append((self.school, title, None))
                self.in_flight = True
                self.school.share(record, "network")
                self.in_flight = False
                with self.lock:
                    self.ledger.append((self.school, title, "network"))
            except (OSError, Failure, ValueError, KeyError):
                self.in_flight = False
                time.sleep(0.05)  # its daemon is being started again
            except Exception as error:  # a connection cut in the middle of an answer
                self.in_flight = False
                if "http.client" not in type(error).__module__:
                    raise


def kill_once(rng, schools, writers):
    victim = rng.randrange(len(schools))
    before = schools[victim].net("GET", "/peers")["items"]
    wait = time.monotonic() + rng.uniform(0.02, 0.25)
    while time.monotonic() < wait or not (writers[victim].in_flight or
                                          time.monotonic() > wait + 0.5):
        time.sleep(0.0005)
    flying = writers[victim].in_flight
    schools[victim].kill()
    schools[victim].start()
    syncing = any(p.get("connected") and not p.get("equal") for p in before)
    return flying or syncing


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--kills", type=int, default=50)
    options.add_argument("--seed", type=int, default=1)
    options = options.parse_args()
    rng = random.Random(options.seed)
    with Lab() as lab:
        schools = lab.network("Lincoln", "Roosevelt")
        until("keys", lambda: all("NO_KEY" not in str(s.net("GET", "/spaces")) for s in schools))
        ledger, lock = [], threading.Lock()
        writers = [Writer(school, ledger, lock) for school in schools]
        for writer in writers:
            writer.start()
        counted = sum(kill_once(rng, schools, writers) for _ in range(options.kills))
        for writer in writers:
            writer.going = False
        for writer in writers:
            writer.join(30)
        own = {school: {t for s, t, a in ledger if s is school and a is None} for school in schools}
        shared = {t for _, t, a in ledger if a == "network"}
        for school in schools:
            until(f"everything that was shared at {school.name}",
                  lambda: shared <= all_titles(school), 120, 0.5)
            missing = own[school] - all_titles(school)
            if missing:
                raise Failure(f"{school.name} lost {len(missing)} acknowledged records, "
                              f"{sorted(missing)[:3]} among them")
            report = school.kith("doctor", check=False)
            if report[0] != 0:
                raise Failure(f"doctor at {school.name}: {report[1]}")
        print(f"{options.kills} kills, {counted} with writes or runs in flight; {len(ledger)} "
              f"acknowledged writes, none lost; doctor finds every store whole")
        if counted < options.kills * 0.8:
            raise Failure("too few kills hit something in flight")


def all_titles(school):
    titles, cursor = set(), None
    while True:
        path = "/records?limit=500" + (f"&cursor={cursor}" if cursor else "")
        answer = school.net("GET", path)
        titles |= {r.get("title") for r in answer["items"]}
        cursor = answer.get("next")
        if cursor is None:
            return titles


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit(f"FAILED: {failure}")
