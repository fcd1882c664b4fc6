"""Two schools that are never awake together meet through a carrier that cannot read them."""

import sys

from lab import Failure, Lab, until


def main():
    with Lab() as lab:
        hub, one, other = lab.network("Lincoln", "Roosevelt")
        group = one.net("POST", "/buddies", {"school": other.name})["group"]
        until("the proposal", lambda: other.net("GET", "/buddies")["items"])
        other.net("POST", f"/buddies/{group}/accept")
        until("the group", lambda: any(b["state"] == "accepted"
                                       for b in one.net("GET", "/buddies")["items"]))
        until("the keys", lambda: "NO_KEY" not in str(other.net("GET", "/spaces")))
        other.stop()
        record = one.add("idea", {"head": {"title": "told while the other sleeps"}})["record"]
        one.share(record, "buddies")
        until("the hub to have it", lambda: [
            s for s in hub.net("GET", "/spaces")["items"]
            if s["space"] == group and int(s["envelopes"]) >= 1])
        one.stop()
        other.start()
        until("the sleeper to read it", other.has("told while the other sleeps"))
        if "told while the other sleeps" in hub.titles():
            raise Failure("the carrier reads what it carries")
        shown = other.kith("show", record)[1]
        if "told while the other sleeps" not in shown:
            raise Failure(f"kith show does not show it: {shown}")
        other.net("POST", f"/records/{record}/feedback", {"kind": "warm", "text": "we try it too"})
        until("the answer to reach the hub", lambda: [
            s for s in hub.net("GET", "/spaces")["items"]
            if s["space"] == group and int(s["envelopes"]) >= 2])
        other.stop()
        one.start()
        until("the answer", lambda: "we try it too" in one.kith("feedback", "list", record)[1])
        reached = until("word of where it went", lambda: (
            lambda text: text if other.name in text and "through" in text else None)(
                one.kith("show", record)[1]))
        print(f"never awake together, and they talked; the first school reads:\n{reached}")


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit(f"FAILED: {failure}")
