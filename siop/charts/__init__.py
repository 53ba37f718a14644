"""How is it drawn? IBCS-style figures from plain values: outline is plan, solid is fact, hatched is outlook."""

from siop.charts.backtest import Backtest, backtest
from siop.charts.balance import Balance, balance
from siop.charts.bridge import bridge
from siop.charts.canvas import CONFIG, Figure, as_alt
from siop.charts.capacity import Load, capacity
from siop.charts.control import Control, control
from siop.charts.exceedance import exceedance
from siop.charts.influence import influence
from siop.charts.tiers import Tiers, tiers
from siop.charts.tokens import Theme
from siop.charts.tornado import tornado

__all__ = [
    "CONFIG",
    "Backtest",
    "Balance",
    "Control",
    "Figure",
    "Load",
    "Theme",
    "Tiers",
    "as_alt",
    "backtest",
    "balance",
    "bridge",
    "capacity",
    "control",
    "exceedance",
    "influence",
    "tiers",
    "tornado",
]
