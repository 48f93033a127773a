"""Figures for people, and their place in BENCHMARKS.md: a table below the heading of each benchmark."""

import os
import pathlib
import platform
import re
import subprocess
import time

PAGE = pathlib.Path(__file__).resolve().parents[2] / "BENCHMARKS.md"


def show(value):
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def machine():
    """One line: processor, cores, memory, kernel, PostgreSQL, the load of others."""
    model = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    memory = int(re.search(r"MemTotal:\s+(\d+)", pathlib.Path("/proc/meminfo").read_text()).group(1)) / 1024**2
    postgres = subprocess.run(["psql", "--version"], capture_output=True, text=True, check=True).stdout.split()[2]
    return (
        f"{time.strftime('%Y-%m-%d', time.gmtime())}, {model.group(1) if model else platform.machine()}, "
        f"{os.cpu_count()} cores, {memory:.0f} GiB, Linux {platform.release()}, PostgreSQL {postgres}, "
        f"load {os.getloadavg()[1]:.1f}"
    )


def table(figures):
    keys = [key for key in figures[0] if any(figure.get(key) is not None for figure in figures)]
    for figure in figures[1:]:
        keys += [key for key in figure if key not in keys and figure[key] is not None]
    lines = ["| " + " | ".join(key.replace("_", " ") for key in keys) + " |", "|" + "---|" * len(keys)]
    for figure in figures:
        cells = [show(figure[key]) if figure.get(key) is not None else "" for key in keys]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def write(name, task, figures):
    """Puts a benchmark's figures in the place of its old ones, or at the page's end."""
    section = f"### {name}\n\n{task}\n{machine()}\n\n{table(figures)}\n"
    page = PAGE.read_text()
    old = re.compile(rf"^### {name}\n.*?(?=^##|\Z)", re.MULTILINE | re.DOTALL)
    if old.search(page):
        page = old.sub(lambda _: section + "\n", page, count=1)
    else:
        page = page.rstrip("\n") + "\n\n" + section
    PAGE.write_text(page.rstrip("\n") + "\n")
