"""cmake --install into a prefix; the daemon runs from there in an empty home, with nothing of the
sources or the build in reach."""

import os
import shutil
import subprocess
import sys
import tempfile
import time

from lab import BUILD, Failure, until


def expect(what, condition, shown=""):
    if not condition:
        raise Failure(f"{what}: {shown}")


def main():
    folder = tempfile.mkdtemp(prefix="kith-install-")
    daemon = None
    try:
        prefix, home = os.path.join(folder, "prefix"), os.path.join(folder, "home")
        os.mkdir(home)
        done = subprocess.run(["cmake", "--install", os.path.abspath(BUILD), "--prefix", prefix],
                              capture_output=True, text=True)
        expect("cmake --install works", done.returncode == 0, done.stdout + done.stderr)
        programs = os.path.join(prefix, "bin")
        expect("both programs are there", {"kith", "kithd"} <= set(os.listdir(programs)),
               os.listdir(programs))
        env = {"HOME": home, "PATH": programs}

        def kith(*args):
            done = subprocess.run(["kith", *args], env=env, cwd=home, capture_output=True, text=True,
                                  timeout=60, executable=os.path.join(programs, "kith"))
            return done.returncode, done.stdout + done.stderr

        status, text = kith("status")
        expect("without a daemon: exit 4 and how to start it", status == 4 and "kithd" in text, text)
        log = open(os.path.join(folder, "log"), "wb")
        begun = time.monotonic()
        daemon = subprocess.Popen([os.path.join(programs, "kithd"), "--listen", "none",
                                   "--page-port", "none"], env=env, cwd=home,
                                  stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        until("the daemon to answer", lambda: kith("status")[0] != 4, 20)
        took = time.monotonic() - begun
        status, text = kith("init", "Lincoln", "--yes")
        expect("init works", status == 0, text)
        status, text = kith("idea", "add", "--title", "from the prefix")
        expect("an idea is written", status == 0, text)
        expect("and read", "from the prefix" in kith("feed")[1], kith("feed")[1])
        expect("and found", "from the prefix" in kith("search", "prefix")[1])
        expect("doctor agrees", kith("doctor")[0] == 0)
        strays = [name for name in os.listdir(home) if not name.startswith(".")]
        expect("nothing lies about in the home", not strays, strays)
        daemon.terminate()
        expect("SIGTERM ends it with 0", daemon.wait(20) == 0)
        print(f"installed {sorted(os.listdir(programs))}; ready in {took * 1000:.0f} ms from an empty home")
    finally:
        if daemon is not None and daemon.poll() is None:
            daemon.kill()
            daemon.wait()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit(f"FAILED: {failure}")
