"""python -m benchmarks: every benchmark in turn, as the tables of docs/benchmarks.md."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
WORKBENCH = {"__init__", "__main__", "side_by_side"}


def main() -> None:
    """Run those named, else all."""
    known = sorted(p.stem for p in HERE.glob("*.py") if p.stem not in WORKBENCH)
    for name in sys.argv[1:] or known:
        if name not in known:
            sys.exit(f"no benchmark {name!r}; there are {', '.join(known)}")
        print(f"\n## {name}\n", flush=True)
        subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], cwd=HERE.parent, check=True)


if __name__ == "__main__":
    main()
