"""Two seeds of the sample company, made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from siop.sample import make
from tests.sample.company import Company

SEEDS = (7, 8)


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    """{seed: workspace folder}."""
    root = tmp_path_factory.mktemp("halden")
    for seed in SEEDS:
        make(root / str(seed), seed)
    return {seed: root / str(seed) for seed in SEEDS}


@pytest.fixture(scope="session", params=SEEDS)
def company(request: pytest.FixtureRequest, folders: dict[int, Path]) -> Company:
    """The files of a seed, read with plain pandas."""
    return Company(folders[request.param])
