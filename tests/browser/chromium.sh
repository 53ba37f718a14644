#!/bin/sh
# A chromium for the browser tests: found, installed where apt and root are there, else said.
set -eu
for name in chromium chromium-browser google-chrome; do
    if command -v "$name" >/dev/null 2>&1; then exit 0; fi
done
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    apt-get update -q >/dev/null
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends chromium >/dev/null
    exit 0
fi
echo "The browser tests need Chromium. Install it, then run make test again:" >&2
echo "  Debian, Ubuntu:  sudo apt-get install chromium" >&2
echo "  Fedora:          sudo dnf install chromium" >&2
echo "  macOS:           brew install --cask chromium" >&2
exit 1
