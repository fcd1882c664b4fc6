"""The quickstart's own story, on the daemons under test; then with a daemon killed it says so."""

import os
import subprocess
import sys
import tempfile

from lab import BUILD, Failure, free_port

SOURCE = os.environ.get("KITH_SOURCE", ".")


def quickstart(env, *args):
    done = subprocess.run([os.path.join(SOURCE, "deploy/quickstart"), *args], env=env,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=400)
    return done.returncode, done.stdout + done.stderr


def killed(env, network):
    """Run again, and with a daemon killed in the middle it says so, and whose; nothing is lost."""
    process = subprocess.Popen([os.path.join(SOURCE, "deploy/quickstart")], env=env, text=True,
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT)
    shown = ""
    for line in process.stdout:
        shown += line
        if line.startswith("2  The hub founds"):
            os.kill(int(open(os.path.join(network, "roosevelt", "pid")).read()), 9)
    status = process.wait(60)
    words = " ".join(shown.split())
    if status != 1 or "Roosevelt High School does not answer" not in words:
        raise Failure(f"with a daemon killed it ends with {status}: {shown}")
    if "Four daemons keep running" in words:
        raise Failure(f"it says that they run: {shown}")
    if not os.path.exists(os.path.join(network + ".before", "lincoln", "device.key")):
        raise Failure("the network of the run before is not kept")


def main():
    with tempfile.TemporaryDirectory(prefix="kith-e2e-") as folder:
        env = {"PATH": os.environ["PATH"], "HOME": folder, "KITH_BUILD": BUILD,
               "KITH_QUICKSTART": os.path.join(folder, "network"),
               "KITH_QUICKSTART_PORT": str(free_port() // 4 * 4)}
        try:
            status, text = quickstart(env)
            print(text)
            if status != 0:
                raise Failure(f"the quickstart ended with {status}")
            for line in ["Washington High School", "the hub has it", "Four daemons keep running"]:
                if line not in text:
                    raise Failure(f"the quickstart does not say: {line}")
            # Every line is read back: without its daemon there is nothing to show.
            pid = open(os.path.join(folder, "network", "lincoln", "pid")).read().strip()
            os.kill(int(pid), 9)
            done = subprocess.run([os.path.join(BUILD, "kith"), "--data",
                                   os.path.join(folder, "network", "lincoln"), "feed"],
                                  capture_output=True, text=True)
            if done.returncode != 4 or done.stdout != "":
                raise Failure(f"a killed daemon still seems to answer: {done}")
            if "kithd" not in done.stderr:
                raise Failure(f"it does not say how to start again: {done.stderr}")
            killed(env, os.path.join(folder, "network"))
        finally:
            status, text = quickstart(env, "--stop")
        if status != 0:
            raise Failure(f"--stop ended with {status}: {text}")


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit(f"FAILED: {failure}")
