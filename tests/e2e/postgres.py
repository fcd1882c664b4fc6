"""postgres.py: a private PostgreSQL for a story: Debian's, in a folder of its own, on a unix
socket alone. PostgreSQL refuses root, so root becomes `postgres` or `nobody` for it."""

import glob
import os
import pwd
import shutil
import signal
import subprocess
import tempfile

from lab import Failure, until


def programs():
    """Where initdb and postgres are; None when it is not installed."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/postgres"))
    return os.path.dirname(found[-1]) if found else None


class Postgres:
    def __init__(self):
        self.bin = programs()
        if self.bin is None:
            raise Failure("PostgreSQL is not installed; deploy/setup --dev installs it")
        self.who = {}
        # Not below the lab's folder, which is its owner's alone.
        self.folder = tempfile.mkdtemp(prefix="kith-pg-", dir="/tmp")
        if os.getuid() == 0:
            name = next(n for n in ("postgres", "nobody") if self._has(n))
            entry = pwd.getpwnam(name)
            self.who = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
            os.chown(self.folder, entry.pw_uid, entry.pw_gid)
        os.chmod(self.folder, 0o755)
        self.data = os.path.join(self.folder, "data")
        self.process = None
        self.url = f"postgres://kith@/postgres?host={self.folder}"
        self._do("initdb", "-D", self.data, "-U", "kith", "-A", "trust", "-E", "UTF8", "--locale=C",
                 "--no-sync")

    @staticmethod
    def _has(name):
        try:
            pwd.getpwnam(name)
            return True
        except KeyError:
            return False

    def _do(self, program, *args):
        done = subprocess.run([os.path.join(self.bin, program), *args], capture_output=True, text=True,
                              cwd=self.folder, timeout=120, **self.who)
        if done.returncode != 0:
            raise Failure(f"{program}: {done.stdout}{done.stderr}")
        return done.stdout

    def start(self):
        self.log = open(os.path.join(self.folder, "log"), "ab")
        self.process = subprocess.Popen(
            [os.path.join(self.bin, "postgres"), "-D", self.data, "-k", self.folder, "-h", "",
             "-c", "max_connections=20", "-c", "shared_buffers=16MB"],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, cwd=self.folder,
            start_new_session=True, **self.who)
        until("PostgreSQL to answer", self.answers, 30)
        return self

    def answers(self):
        if self.process.poll() is not None:
            with open(self.log.name, errors="replace") as f:
                raise Failure(f"PostgreSQL ended: {f.read()[-500:]}")
        return self.ask("SELECT 1", check=False) == [["1"]]

    def kill(self):
        """kill -9 of it and of all that it started."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process = None
        # Its children were their own sessions' leaders in older versions: none may be left.
        for name in glob.glob(os.path.join(self.folder, ".s.PGSQL.*")):
            os.unlink(name)

    def stop(self):
        if self.process is not None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(30)
            self.process = None
        shutil.rmtree(self.folder, ignore_errors=True)

    def ask(self, sql, check=True):
        """Rows of text; None is null."""
        done = subprocess.run(["psql", "-X", "-q", "-A", "-t", "-F", "\x1f", "-R", "\x1e", "-P",
                               "null=\x01", "-v", "ON_ERROR_STOP=1", "-c", sql, self.url],
                              capture_output=True, text=True, timeout=60)
        if done.returncode != 0:
            if check:
                raise Failure(f"{sql}: {done.stderr}")
            return None
        text = done.stdout
        text = text[:-1] if text.endswith("\n") else text
        if text == "":
            return []
        return [[None if cell == "\x01" else cell for cell in row.split("\x1f")]
                for row in text.split("\x1e")]

    def one(self, sql):
        rows = self.ask(sql)
        return rows[0][0] if rows else None
