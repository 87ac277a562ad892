#!/usr/bin/env python3
"""Follows a tutorial in the current folder: writes its files, makes its changes, runs its commands, and looks whether they say what it shows.

  ```console          `$ COMMAND`, and lines that have to come out in this order; `…` stands for anything, and `status 1` as the last
                      line for how it ends
  ```LANGUAGE FILE    the file is written
  ```diff FILE        the change is made in the file
"""

import os
import re
import subprocess
import sys


def changed(file, block):
    """Puts the lines with `+` in the place of those with `-`."""
    lines = block.splitlines(keepends=True)
    old = "".join(line[1:] for line in lines if line[0] != "+")
    new = "".join(line[1:] for line in lines if line[0] != "-")
    text = open(file, encoding="utf-8").read()
    if text.count(old) != 1:
        sys.exit(f"{file} does not have this once:\n{old}")
    with open(file, "w", encoding="utf-8") as out:
        out.write(text.replace(old, new))


def said(command, out, shown):
    """Looks whether the lines that the page shows come out, in their order."""
    place = 0
    lines = out.splitlines()
    for line in shown:
        if line == "…":
            continue
        pattern = ".*".join(re.escape(part) for part in line.split("…"))
        found = next((at for at in range(place, len(lines)) if re.fullmatch(pattern, lines[at])), None)
        if found is None:
            sys.exit(f"$ {command}\n{out}\nthe page shows: {line}")
        place = found + 1


def console(block):
    for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
        command, *shown = part.rstrip("\n").split("\n")
        print(f"  $ {command}", flush=True)
        if command.startswith("cd "):
            os.chdir(command[3:])
            continue
        ran = subprocess.run(["bash", "-c", command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8", check=False)
        wanted = int(shown.pop().split()[1]) if shown and re.fullmatch(r"status \d", shown[-1]) else 0
        if ran.returncode != wanted:
            sys.exit(f"$ {command}\n{ran.stdout}\nit ends with status {ran.returncode}")
        said(command, ran.stdout, shown)


def main():
    page = open(sys.argv[1], encoding="utf-8").read()
    for fence, block in re.findall(r"^```([^\n]*)\n(.*?)^```$", page, flags=re.M | re.S):
        language, _, file = fence.partition(" ")
        if language == "console":
            console(block)
        elif language == "diff":
            changed(file, block)
        elif file:
            with open(file, "w", encoding="utf-8") as out:
                out.write(block)


main()
