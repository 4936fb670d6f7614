"""What carries out an agent's commands, in a folder of its own inside the sandbox. Standard library only: it runs by itself.

A command a line on standard input; what each tool says comes back, a line of JSON each.
"""

import json
import sys


def solve(step):
    """Paper to work on: it says nothing back."""
    return ""


def open_(name):
    with open(name, encoding="utf-8") as file:
        return f"{name}: {file.read().strip()}"


def edit(name):
    """The agent names a file and writes nothing into it: it is empty then."""
    with open(name, "w", encoding="utf-8"):
        return f"{name}: saved"


def submit(answer):
    with open("submission.txt", "w", encoding="utf-8") as file:
        file.write(answer)
    return "submitted"


TOOLS = {"solve": solve, "open": open_, "edit": edit, "submit": submit}


def carry_out(command):
    tool, _, rest = command.strip().partition(" ")
    if tool not in TOOLS:
        return f"{tool}: no such tool"
    try:
        return TOOLS[tool](rest.strip())
    except OSError as error:
        return f"{tool} {rest}: {error.strerror}"


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(carry_out(line)), flush=True)
