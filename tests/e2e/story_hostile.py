"""Strangers at the doors. On the peers' port: noise, half handshakes, a byte at a time, lengths
that promise the moon, a good first message and then silence. On the API's socket: endless heads,
slow bodies, two hosts. The daemon lives, stays small, and a member's records arrive all the while.
"""

import os
import random
import socket
import sys
import time

from lab import Failure, Lab, until

DEADLINE_S = 10  # of a handshake
PER_ADDRESS, IN_ALL = 16, 64  # half-open
GROWTH_KIB = 24 * 1024  # an idle daemon's bound; 64 half-open channels are far under it


def expect(what, condition, shown=""):
    if not condition:
        raise Failure(f"{what}: {shown}")


def stranger(port, host=2):
    """A connection from an address of its own on loopback."""
    s = socket.socket()
    s.settimeout(20)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind((f"127.0.0.{host}", 0))
    s.connect(("127.0.0.1", port))
    return s


def is_closed(s):
    """The other side ended it (a look, not a wait)."""
    s.setblocking(False)
    try:
        return s.recv(65536) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True
    finally:
        s.setblocking(True)
        s.settimeout(20)


def push(s, data):
    """Sends as much as the other side lets us; it may close in the middle."""
    try:
        s.sendall(data)
    except OSError:
        pass


def rss_kib(school):
    with open(f"/proc/{school.process.pid}/status") as f:
        return next(int(line.split()[1]) for line in f if line.startswith("RssAnon"))


def a_record_arrives(source, to, title):
    """How long a shared record takes to be readable at another school, in seconds."""
    begun = time.monotonic()
    record = source.add("idea", {"head": {"title": title}})["record"]
    source.share(record, "network")
    until(f"{title} at {to.name}", to.has(title), 30, 0.01)
    return time.monotonic() - begun


def closed_soon(what, sockets, seconds=5):
    until(what, lambda: all(map(is_closed, sockets)), seconds)
    for s in sockets:
        s.close()


def noise(hub, rng):
    """Garbage and promised lengths end a connection at once, each of them."""
    shapes = [
        rng.randbytes(5000),
        b"\xff\xff" + rng.randbytes(70000),
        b"\x00\x00" * 300,
        b"\x00\x30" + bytes(48) + b"\xff\xff",
        b"\x00\x40" + rng.randbytes(64),
        b"GET / HTTP/1.1\r\nHost: hub\r\n\r\n" * 40,
    ]
    for _ in range(5):
        sockets = []
        for shape in shapes:
            s = stranger(hub.port)
            push(s, shape)
            sockets.append(s)
        closed_soon("noise to be turned away", sockets)
    return 5 * len(shapes)


def first_message(hub, school):
    """What a member sends first when it calls: caught at the hub's port while the hub is off."""
    until("the school to have the hub's beacon on its disk: it calls by its addresses",
          lambda: any(p.get("address") for p in school.net("GET", "/peers")["items"]))
    hub.stop()
    school.stop()
    with socket.create_server(("127.0.0.1", hub.port)) as trap:
        trap.settimeout(30)
        school.start()
        caller, _ = trap.accept()
        with caller:
            message = caller.recv(4096)
    expect("it is a first message of a member", message[:2] == b"\x00\x30" and len(message) == 50,
           message[:2].hex())
    hub.start()
    until("the two to meet again", lambda: connected(hub), 20)
    return message


def half_open(hub, school, message):
    """The 17th from one address is turned away, the 65th of all; then time frees them."""
    held = [stranger(hub.port, 20) for _ in range(PER_ADDRESS)]
    push(held[0], message)                      # a good first message, then silence
    answer = held[0].recv(4096)
    expect("a good first message is answered", len(answer) > 40, len(answer))
    push(held[1], message[:20])                 # half of it
    push(held[2], b"\x00")                      # half a length
    begun = time.monotonic()
    late = stranger(hub.port, 20)
    until("the 17th from one address to be turned away", lambda: is_closed(late), 5)
    expect("the 16 are still held", not any(map(is_closed, held)))

    took = a_record_arrives(hub, school, "sixteen at the door")
    school.stop()
    school.start()
    until("a member to get through from another address",
          lambda: connected(hub), 20)
    took = max(took, a_record_arrives(school, hub, "a member comes in"))

    for host in range(3, 3 + IN_ALL // PER_ADDRESS - 1):
        held += [stranger(hub.port, host) for _ in range(PER_ADDRESS)]
    expect("64 are held", sum(is_closed(s) for s in held[PER_ADDRESS:]) == 0)
    late = stranger(hub.port, 9)
    until("the 65th of all to be turned away", lambda: is_closed(late), 5)
    took = max(took, a_record_arrives(school, hub, "sixty-four at the door"))

    slow = held[3]
    sent = 0
    while not is_closed(slow) and time.monotonic() < begun + DEADLINE_S + 15:
        push(slow, message[sent:sent + 1])      # a byte at a time
        sent += 1
        until("the next byte's turn", lambda at=time.monotonic(): time.monotonic() > at + 0.5, 5)
    lasted = time.monotonic() - begun
    expect("a slow handshake ends at its deadline",
           DEADLINE_S - 1 < lasted < DEADLINE_S + 6, f"{lasted:.1f} s")
    closed_soon("all of them to be let go", held, DEADLINE_S + 5)
    until("the door to be open again", lambda: is_answered(hub, message), 5)
    return took


def is_answered(hub, message):
    with stranger(hub.port, 20) as s:
        push(s, message)
        try:
            return len(s.recv(4096)) > 40
        except OSError:
            return False


def connected(hub):
    return any(p.get("connected") for p in hub.net("GET", "/peers")["items"])


def api_socket(school):
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(20)
    s.connect(os.path.join(school.folder, "kithd.sock"))
    return s


def asked(school, data):
    """The status line of the answer, or "" when the line was cut."""
    with api_socket(school) as s:
        push(s, data)
        try:
            return s.recv(65536).split(b"\r\n")[0].decode("ascii", "replace")
        except OSError:
            return ""


def strangers_at_the_api(school):
    head = b"GET /v1/version HTTP/1.1\r\nHost: kith\r\n"
    rows = [
        ("a head of a megabyte", head + b"X-Long: " + b"a" * (1 << 20) + b"\r\n\r\n", ("431", "400", "413")),
        ("a megabyte of headers", head + b"X: y\r\n" * 170000 + b"\r\n", ("431", "400", "413")),
        ("a long line", b"GET /" + b"a" * 100000 + b" HTTP/1.1\r\nHost: kith\r\n\r\n", ("414", "400", "431")),
        ("two hosts", head + b"Host: other\r\n\r\n", ("400", "403", "421")),
        ("no host", b"GET /v1/version HTTP/1.1\r\n\r\n", ("400", "403", "421")),
        ("a body of no end", b"POST /v1/networks/main/records HTTP/1.1\r\nHost: kith\r\n"
         b"Content-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n" + b"[" * 300000,
         ("413", "400")),
        ("two lengths", b"POST /v1/networks/main/records HTTP/1.1\r\nHost: kith\r\n"
         b"Content-Length: 3\r\nContent-Length: 40\r\n\r\n{}{", ("400", "413")),
        ("garbage", bytes(range(1, 256)) * 40, ("400", "414", "431", "505")),
    ]
    for what, data, statuses in rows:
        line = asked(school, data)
        expect(f"{what} is refused", line == "" or line.split(" ")[1] in statuses, line)
    slow = []
    for _ in range(20):
        s = api_socket(school)
        push(s, b"POST /v1/networks/main/records HTTP/1.1\r\nHost: kith\r\n"
                b"Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{")
        slow.append(s)
    begun = time.monotonic()
    while not is_closed(slow[0]):
        push(slow[0], b" ")
        expect("a slow body is cut", time.monotonic() < begun + 20)
        expect("others are served meanwhile", asked(school, head + b"\r\n").split(" ")[1] == "200")
    for s in slow:
        s.close()
    return len(rows) + len(slow)


def main():
    rng = random.Random(1)
    # A sanitizer keeps what was freed; that is not the daemon's growth.
    os.environ["ASAN_OPTIONS"] = ":".join(
        filter(None, [os.environ.get("ASAN_OPTIONS"), "quarantine_size_mb=1"]))
    with Lab() as lab:
        hub, school = lab.network("Lincoln")
        message = first_message(hub, school)
        quiet = a_record_arrives(hub, school, "a quiet day")

        before = rss_kib(hub)
        count = noise(hub, rng)
        took = half_open(hub, school, message)
        count += strangers_at_the_api(hub)
        count += noise(hub, rng)
        after = rss_kib(hub)
        expect("it lives", hub.process.poll() is None)
        expect("its memory stays bounded", after - before < GROWTH_KIB, f"{before} -> {after} KiB")
        expect("others hardly notice", took < quiet + 5, f"{quiet:.2f} -> {took:.2f} s")
        took = a_record_arrives(school, hub, "the day after")
        expect("and all is well", hub.kith("doctor")[0] == 0)
        expect("SIGTERM ends it with 0", hub.stop() == 0)
        print(f"{count} strangers and {IN_ALL} half-open ones: RssAnon {before} -> {after} KiB, a record "
              f"took {quiet * 1000:.0f} ms before and {took * 1000:.0f} ms after")


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit(f"FAILED: {failure}")
