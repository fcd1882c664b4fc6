"""lab.py: real daemons on loopback for the tests of whole processes.

A Lab owns a folder and every process it started; leaving it ends them all by id. Schools talk
through their API sockets (api), people through the CLI (kith). Nothing here sleeps for a fixed
time: what is waited for is asked for until it is there or a bound is reached.
"""

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time

BUILD = os.environ.get("KITH_BUILD", "build/asan")


class Failure(Exception):
    pass


def until(what, ask, seconds=30.0, pause=0.05):
    """Asks until the answer is true; its last answer. Failure names what was waited for."""
    end = time.monotonic() + seconds
    while True:
        answer = ask()
        if answer:
            return answer
        if time.monotonic() > end:
            raise Failure(f"waited {seconds:.0f} s in vain for {what}")
        time.sleep(pause)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout):
        super().__init__("kith", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class School:
    """One data folder and, most of the time, the daemon that runs on it."""

    def __init__(self, lab, name, folder=None, advertise=None, more=()):
        self.lab, self.name = lab, name
        self.folder = folder or os.path.join(lab.folder, name.replace(" ", "-").lower())
        self.port = free_port()
        self.advertise = advertise or f"127.0.0.1:{self.port}"
        self.more = list(more)
        self.env = {}  # added to the daemon's environment at its next start
        self.process = None
        self.words = None
        os.makedirs(self.folder, mode=0o700, exist_ok=True)

    # -- the process --

    def start(self):
        self.log = open(os.path.join(self.lab.folder, f"{os.path.basename(self.folder)}.log"), "ab")
        self.process = subprocess.Popen(
            [os.path.join(BUILD, "kithd"), "--data", self.folder, "--listen",
             f"127.0.0.1:{self.port}", "--advertise", self.advertise, "--page-port", "none",
             *self.more],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
            env={**os.environ, **self.env})
        until(f"{self.name} to answer", self.answers, 20, 0.01)
        return self

    def answers(self):
        if self.process.poll() is not None:
            raise Failure(f"the daemon of {self.name} ended with {self.process.returncode}: "
                          f"{self.log_tail()}")
        try:
            return self.api("GET", "/v1/version", raw=True)[0] == 200
        except OSError:
            return False

    def log_tail(self, lines=8):
        with open(self.log.name, "rb") as f:
            return b"\n".join(f.read().splitlines()[-lines:]).decode("utf-8", "replace")

    def stop(self, seconds=10):
        """In order, by SIGTERM. Its exit status."""
        if self.process is None:
            return None
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise Failure(f"{self.name} did not end within {seconds} s of SIGTERM")
        self.process = None
        return status

    def kill(self):
        """kill -9."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    # -- talking to it --

    def api(self, method, path, body=None, raw=False, timeout=60, content=None):
        connection = UnixConnection(os.path.join(self.folder, "kithd.sock"), timeout)
        try:
            data = None if body is None else json.dumps(body)
            headers = {"Content-Type": "application/json"} if data else {}
            if content is not None:
                data, headers = content, {"Content-Type": "application/octet-stream"}
            connection.request(method, path, data, headers)
            response = connection.getresponse()
            text = response.read()
        finally:
            connection.close()
        answer = json.loads(text) if text[:1] in (b"{", b"[") else text
        if raw:
            return response.status, answer
        if response.status >= 400:
            raise Failure(f"{self.name}: {method} {path}: {response.status} {answer}")
        return answer

    def net(self, method, path, body=None, **more):
        return self.api(method, f"/v1/networks/main{path}", body, **more)

    def kith(self, *args, check=True, text=None, cwd=None):
        """The CLI as a person types it: (exit status, output)."""
        done = subprocess.run([os.path.join(BUILD, "kith"), "--data", self.folder, *args],
                              stdin=subprocess.DEVNULL if text is None else None,
                              input=text, capture_output=True, text=True, timeout=120, cwd=cwd)
        if check and done.returncode != 0:
            raise Failure(f"kith {' '.join(args)}: {done.returncode}\n{done.stdout}{done.stderr}")
        return done.returncode, done.stdout + done.stderr

    # -- the steps that every story needs --

    def init(self):
        self.words = self.api("POST", "/v1/init", {"school": self.name, "device": "office PC"})["words"]
        return self

    def found(self, title="A network"):
        self.net("POST", "/found", {"title": title, "phrase": self.words})
        return self

    def admit(self, joiner):
        code = self.net("POST", "/invites", {"note": joiner.name, "days": 7})["code"]
        joiner.net("POST", "/join", {"code": code, "phrase": joiner.words})
        request = until(f"the request of {joiner.name}",
                        lambda: self.net("GET", "/requests")["items"])[0]
        self.net("POST", f"/requests/{request['invite']}/approve", {})
        until(f"{joiner.name} to be a member", lambda: joiner.state() == "member")
        return joiner

    def state(self):
        return self.net("GET", "")["state"]

    def add(self, kind, sections):
        return self.net("POST", "/records", {"type": kind, "sections": sections})

    def share(self, record, audience):
        screen = self.net("GET", f"/records/{record}/share?with={audience}")
        return self.net("POST", f"/records/{record}/share",
                        {"with": audience, "token": screen["token"]})

    def titles(self, **query):
        asked = "&".join(f"{k}={v}" for k, v in {"limit": 500, **query}.items())
        return [r.get("title") for r in self.net("GET", f"/records?{asked}")["items"]]

    def has(self, title):
        return lambda: title in self.titles()


class Lab:
    def __init__(self, folder=None):
        self.kept = folder is not None
        self.folder = folder or tempfile.mkdtemp(prefix="kith-e2e-")
        self.schools = []

    def school(self, name, **more):
        school = School(self, name, **more)
        self.schools.append(school)
        return school

    def network(self, *names):
        """A hub and schools, all members, all running."""
        hub = self.school("Hub").start().init().found()
        return [hub] + [hub.admit(self.school(name).start().init()) for name in names]

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        ran = [school for school in self.schools if school.process is not None]
        for school in self.schools:  # first, for a closed standard output ends the telling
            school.kill()
        for school in ran if error is not None else []:
            print(f"--- {school.name}:\n{school.log_tail(20)}")
        if not self.kept:
            shutil.rmtree(self.folder, ignore_errors=True)
