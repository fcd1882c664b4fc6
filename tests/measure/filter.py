"""Asks kith-vectors: a list of requests, a list of answers."""

import json
import subprocess


def ask(program, requests):
    lines = "".join(json.dumps(r, separators=(",", ":")) + "\n" for r in requests)
    run = subprocess.run([program], input=lines, capture_output=True, text=True, check=False)
    answers = [json.loads(line) for line in run.stdout.splitlines()]
    if run.returncode != 0 or len(answers) != len(requests):
        raise SystemExit(f"kith-vectors: status {run.returncode}, {len(answers)} answers to "
                         f"{len(requests)} requests\n{run.stderr[-2000:]}")
    return answers
