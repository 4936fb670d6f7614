"""What carries out an agent's commands, in a folder of its own inside the sandbox. Standard library only: it runs by itself.

A command a line on standard input. For each comes back a line of JSON: what the tool says, and the file of the folder that was
really opened or edited, however the agent spelled the way there.
"""

import json
import os
import sys

SHOWN = 500  # characters of a file


def solve(step):
    """Paper to work on: it says nothing back."""
    return "", None


def open_(name):
    with open(name, encoding="utf-8") as file:
        return f"{name}: {file.read(SHOWN).strip()}", which(file)


def edit(name):
    """The agent names a file and writes nothing into it: it is empty then."""
    with open(name, "w", encoding="utf-8") as file:
        return f"{name}: saved", which(file)


def submit(answer):
    with open("submission.txt", "w", encoding="utf-8") as file:
        file.write(answer)
    return "submitted", None


def which(file):
    """Its name in the folder; None for a file that lies elsewhere."""
    inside = (name for name in os.listdir(".") if os.path.samestat(os.stat(name), os.fstat(file.fileno())))
    return next(inside, None)


TOOLS = {"solve": solve, "open": open_, "edit": edit, "submit": submit}


def carry_out(command):
    tool, _, rest = command.strip().partition(" ")
    if tool not in TOOLS:
        return f"{tool}: no such tool", None
    try:
        return TOOLS[tool](rest.strip())
    except (OSError, ValueError) as error:  # a name that can't be one, or a file that is no text
        return f"{tool} {rest}: {getattr(error, 'strerror', None) or 'not a file of text'}", None


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(carry_out(line)), flush=True)
