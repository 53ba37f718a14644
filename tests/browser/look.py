"""Every page of the real app, desk and phone, light and dark, on one contact sheet: python -m tests.browser.look."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.conftest import CHROMIUM, ROOT, settled, start

PAGES = {"agenda": "/", "scorecard": "/where-we-stand", "plan-vs-actual": "/plan-vs-actual", "balance": "/supply-balance", "deviations": "/deviation-tracking",
         "risk-and-reward": "/risk-and-reward", "requests": "/customer-requests", "decisions": "/decide-and-sign", "process-health": "/process-health",
         "data": "/data-and-loads"}  # fmt: skip
SIZES = ((1920, 1080), (1366, 768), (390, 844))


def main() -> None:
    """Pictures into build/look, and index.html that shows them side by side."""
    place = Path(os.environ.get("SIOP_WORKSPACE") or "build/look-workspace")
    if not (place / "snapshots" / "current").exists():
        subprocess.run(
            [sys.executable, "-m", "siop", "init", str(place), "--sample", "halden"], cwd=ROOT, check=True
        )
    out = Path("build/look")
    out.mkdir(parents=True, exist_ok=True)
    cockpit = start(place.resolve())
    made = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for scheme in ("light", "dark"):
            for width, height in SIZES:
                context = browser.new_context(
                    viewport={"width": width, "height": height}, color_scheme=scheme, reduced_motion="reduce"
                )  # type: ignore[arg-type]
                page = context.new_page()
                page.set_default_timeout(90_000)
                for name, path in PAGES.items():
                    page.goto(cockpit.url(path))
                    settled(page)
                    file = f"{name}-{width}-{scheme}.png"
                    page.screenshot(path=out / file)
                    made.append(file)
                context.close()
        browser.close()
    cockpit.kill()
    body = "".join(
        f'<figure><img src="{file}" loading="lazy"><figcaption>{file}</figcaption></figure>' for file in made
    )
    style = "figure{display:inline-block;margin:8px;width:480px}img{width:100%;border:1px solid #ccc}"
    (out / "index.html").write_text(
        f"<title>Contact sheet</title><style>{style}</style>{body}", encoding="utf-8"
    )
    print(f"{len(made)} pictures in {out}")


if __name__ == "__main__":
    main()
