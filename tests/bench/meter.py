"""meter.py: what the benchmark measures with: processes from /proc, frames on a wire, tables."""

import os
import selectors
import socket
import threading
import time

TICKS = os.sysconf("SC_CLK_TCK")


def cpu_s(pid):
    """User and system time of a process, in seconds (the kernel counts in hundredths)."""
    with open(f"/proc/{pid}/stat") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def anon_mib(pid):
    """RssAnon: the process's own memory, without what it maps from files."""
    with open(f"/proc/{pid}/status") as f:
        for line in f:
            if line.startswith("RssAnon:"):
                return int(line.split()[1]) / 1024
    return 0.0


class Peak:
    """The greatest RssAnon of some processes while it is entered, sampled every 20 ms."""

    def __init__(self, **pids):
        self.pids, self.peak, self.open = pids, dict.fromkeys(pids, 0.0), True

    def __enter__(self):
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()
        return self.peak

    def run(self):
        while self.open:
            for name, pid in self.pids.items():
                try:
                    self.peak[name] = max(self.peak[name], anon_mib(pid))
                except OSError:
                    pass
            time.sleep(0.02)

    def __exit__(self, *_):
        self.open = False
        self.thread.join()


class Wire:
    """
    Stands between two daemons and takes down every frame of the channel (a length of two bytes,
    then so many): (seconds, "out" or "in", bytes with the length). "out" is from who dialled.
    The first three frames of a connection are the handshake; `frames` holds those after it.
    """

    HANDSHAKE = 3

    def __init__(self, port, target):
        self.target, self.open = target, True
        self.clear()
        self.sockets = []
        self.listener = socket.create_server(("127.0.0.1", port))
        threading.Thread(target=self.accept, daemon=True).start()

    def clear(self):
        self.frames, self.handshake, self.began, self.connections = [], [], None, 0

    def accept(self):
        while self.open:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.pass_on, args=(client,), daemon=True).start()

    def pass_on(self, client):
        try:
            server = socket.create_connection(("127.0.0.1", self.target), 10)
        except OSError:
            client.close()
            return
        self.connections += 1
        self.began = self.began or time.monotonic()
        self.sockets = [client, server]
        other, held = {client: server, server: client}, {client: b"", server: b""}
        seen = 0
        with selectors.DefaultSelector() as ready, client, server:
            for end in other:
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                ready.register(end, selectors.EVENT_READ)
            while self.open:
                for key, _ in ready.select(0.2):
                    end = key.fileobj
                    try:
                        data = end.recv(262144)
                        if not data:
                            return
                        other[end].sendall(data)
                    except OSError:
                        return
                    held[end] += data
                    while len(held[end]) >= 2:
                        n = 2 + int.from_bytes(held[end][:2], "big")
                        if len(held[end]) < n:
                            break
                        held[end] = held[end][n:]
                        seen += 1
                        row = (time.monotonic(), "out" if end is client else "in", n)
                        (self.handshake if seen <= self.HANDSHAKE else self.frames).append(row)

    def cut(self):
        for end in self.sockets:
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self):
        self.open = False
        self.cut()
        self.listener.close()

    def wait_quiet(self, seconds=0.6, bound=60):
        """Until nothing was sent for that long after something was."""
        end = time.monotonic() + bound
        while time.monotonic() < end:
            frames = self.frames
            if frames and time.monotonic() - frames[-1][0] > seconds:
                return
            time.sleep(0.02)
        raise TimeoutError("the wire does not become quiet")

    def bytes(self):
        return sum(n for _, _, n in self.frames)

    def round_trips(self):
        """Whole turns after the handshake: both sides' first words are one, each answer to an
        answer half of a further one."""
        turns, last = 0, None
        for _, way, _ in self.frames:
            turns += way != last
            last = way
        return (turns + 1) // 2

    def ms(self):
        return 1000 * (self.frames[-1][0] - self.began)


def percentile(values, p):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * p / 100))]


def table(rows):
    widths = [max(len(str(row[i])) for row in rows) for i in range(len(rows[0]))]
    for at, row in enumerate(rows):
        print("  ".join(str(c).ljust(w) for c, w in zip(row, widths)).rstrip())
        if at == 0:
            print("  ".join("-" * w for w in widths))
