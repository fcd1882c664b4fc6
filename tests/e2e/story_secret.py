"""Planted strings are found nowhere they should not be: a carrier's files, the wire, the logs.

Two buddies share through a hub that carries their group and cannot read it; everything between
the daemons passes a recorder. The harness is seen to find what is there: the buddies' own
projections hold the strings.

And what a school keeps for itself (open invites, a join that waits, drafts, the list of names,
settings) is sealed on its own disk.
"""

import os
import sys

from lab import Failure, Lab, free_port, until
from proxy import Recorder

PLANTED = [f"planted-{word}-{n}" for n, word in enumerate(
    ["marigold", "quarry", "lantern", "thicket", "harbour"])]


def files_with(folder, texts):
    found = []
    for root, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(root, name)
            if not os.path.isfile(path):
                continue
            with open(path, "rb") as f:
                data = f.read()
            found += [f"{text} in {path}" for text in texts
                      if (text if isinstance(text, bytes) else text.encode()) in data]
    return found


def secret_of(code):
    """The 32 secret bytes of an invite's code: base 32, behind the network's id."""
    digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    number, bits = 0, 0
    for c in code.replace("-", "")[len("KITH"):]:
        number, bits = number << 5 | digits.index(c), bits + 5
    return (number >> bits % 8).to_bytes(bits // 8, "big")[32:64]


def own_disk():
    """Greps the stores for what is sealed in them; then they open what they kept."""
    with Lab() as lab:
        hub = lab.school("Hub").start().init().found()
        joiner = lab.school("Lincoln").start().init()
        invite = hub.net("POST", "/invites", {"note": PLANTED[0], "days": 7})
        open_one = hub.net("POST", "/invites", {"note": "for later", "days": 7})["code"]
        hub.net("PUT", "/drafts/idea-1", {"type": "idea", "body": {"head": {"title": PLANTED[1]}}})
        hub.net("PUT", "/names", {"items": [PLANTED[2]]})
        hub.net("PATCH", "/settings", {"person": PLANTED[3], "may_share": [PLANTED[4]]})
        joiner.net("POST", "/join", {"code": invite["code"], "phrase": joiner.words})
        words = until("the request", lambda: hub.net("GET", "/requests")["items"])[0]["words"]
        secrets = [t.encode() for t in PLANTED + [words, invite["code"], open_one]]
        secrets += [code[10:28].encode() for code in (invite["code"], open_one)]
        secrets += [secret_of(code) for code in (invite["code"], open_one)]
        hub.stop()
        joiner.stop()
        keys = ["node/invite/", "node/request/", "draft/idea-1", "app/names", "app/person"]
        found = files_with(os.path.join(hub.folder, "networks"), keys)
        if len(found) < len(keys) or not files_with(joiner.folder, ["node/join"]):
            raise Failure(f"the harness does not look where settings are kept: {found}")
        wrong = [w for school in (hub, joiner) for w in files_with(school.folder, secrets)]
        if wrong:
            raise Failure("; ".join(wrong[:5]))
        hub.start()
        joiner.start()
        if PLANTED[2] not in hub.net("GET", "/names")["items"]:
            raise Failure("the list of names does not open again")
        hub.net("POST", f"/requests/{invite['invite']}/approve", {})
        until("the sealed request to be good", lambda: joiner.state() == "member")
        print(f"{len(secrets)} secrets of an own disk: in none of the stores' files, and they open")


def main():
    own_disk()
    with Lab() as lab:
        recorders = []

        def recorded(name):
            school = lab.school(name)
            recorder = Recorder(school.port)
            recorders.append(recorder)
            school.advertise = f"127.0.0.1:{recorder.port}"
            return school.start().init()

        hub = recorded("Hub").found()
        one, other = hub.admit(recorded("Lincoln")), hub.admit(recorded("Roosevelt"))
        group = one.net("POST", "/buddies", {"school": other.name})["group"]
        until("the proposal", lambda: other.net("GET", "/buddies")["items"])
        other.net("POST", f"/buddies/{group}/accept")
        until("the group", lambda: "NO_KEY" not in str(one.net("GET", "/spaces")) and
              any(b["state"] == "accepted" for b in one.net("GET", "/buddies")["items"]))
        for text in PLANTED:
            record = one.add("idea", {"head": {"title": text, "description": f"why {text}"}})
            until("the key", lambda: shared(one, record["record"]))
        until("the buddy to read it", lambda: set(PLANTED) <= set(other.titles()))
        carried = until("the hub to carry it", lambda: [
            s for s in hub.net("GET", "/spaces")["items"]
            if s["space"] == group and int(s["envelopes"]) >= len(PLANTED)])
        if carried[0]["readable"]:
            raise Failure("the hub says that it can read the group")
        for school in (hub, one, other):
            school.stop()
        seen = files_with(one.folder, PLANTED)
        if not seen:
            raise Failure("the harness finds nothing even where the strings are kept")
        wrong = files_with(hub.folder, PLANTED)
        wrong += [f"{t} on the wire" for t in PLANTED
                  for r in recorders if t.encode() in bytes(r.recorded)]
        logs = [os.path.join(lab.folder, n) for n in os.listdir(lab.folder) if n.endswith(".log")]
        for log in logs:
            with open(log, "rb") as f:
                data = f.read()
            wrong += [f"{t} in a log" for t in PLANTED if t.encode() in data]
        if wrong:
            raise Failure("; ".join(wrong[:5]))
        passed = sum(len(r.recorded) for r in recorders)
        print(f"{len(PLANTED)} planted strings: read by the buddy, and in none of the carrier's "
              f"files, {passed} recorded bytes or {len(logs)} logs")
        for recorder in recorders:
            recorder.close()


def shared(school, record):
    try:
        return school.share(record, "buddies")
    except Failure as failure:
        if "NO_KEY" in str(failure):
            return None
        raise


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit(f"FAILED: {failure}")
