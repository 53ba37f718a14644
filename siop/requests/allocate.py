"""The linear programme behind every policy: shipments, production, stock and overtime, month by month.

    maximise   worth of what is shipped - overtime - a grain for stock carried
    subject to stock + made - shipped = stock after; hours made on a resource <= hours + overtime; what is committed
               is shipped; stock is not drawn below its floor

Source: rough-cut capacity planning as a linear programme; solved by HiGHS through scipy.optimize.linprog.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_matrix, vstack

from siop.core import Refused
from siop.requests.problem import Allocation, Numbers, Problem

_GRAIN = 1e-7  # of the largest worth of a unit, a month in stock: things are made as late as they may
_EXACT = 1e-10  # the finest feasibility HiGHS takes, absolute; and the slack of what was reached, relative
_LOOSE = 1e-7  # the same where rounding makes the exact one impossible: HiGHS's own default
_TRIES = ((_EXACT, _EXACT), (_LOOSE, _EXACT), (_LOOSE, _LOOSE))  # (feasibility, slack), until one holds
_INFINITE = np.inf


class Infeasible(Refused):
    """What has to be shipped cannot be: the hours and the stock do not reach."""


@dataclass(frozen=True, slots=True)
class Goal:
    """What one solution is asked for. Arrays are over planned cells (n,) and asked cells by month shipped (m, t).

    least_planned, least_asked, most_asked: bounds; weight_planned, weight_asked: worth of a unit, None is the cells' own;
    shares: (n + m,) groups of cells; each group g has a share 0..1, and a cell ships at least share[g] x quantity.
    paid: whether overtime and stock carried are charged. reached: the least is what an earlier step came to: it is asked
    for within a slack, relative to it, so that the rounding of one step does not forbid the next.
    """

    least_planned: Numbers
    most_asked: Numbers
    least_asked: float = 0.0
    weight_planned: Numbers | None = None
    weight_asked: Numbers | None = None
    shares: Numbers | None = None
    paid: bool = True
    reached: bool = False


class Programme:
    """The matrices of one problem, made once; `solve` asks them for different goals."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem.checked()
        s = problem.supply
        self.n, self.m, self.t = len(problem.planned), len(problem.asked), len(s.months)
        self.i, self.l, self.r = len(s.items), len(s.lane_item), len(s.resources)
        sizes = (self.n, self.m * self.t, self.l * self.t, self.i * self.t, self.r * self.t)
        self.at = np.concatenate([[0], np.cumsum(sizes)]).astype(
            int
        )  # planned, asked, make, stock, extra, end
        self._flow = self._balance()
        self._flow_right = np.zeros(self.i * self.t)
        self._flow_right[np.arange(self.i) * self.t] = -s.stock
        self._hours, self._hours_right, self._limited = self._capacity()

    def solve(self, goal: Goal) -> Allocation:
        """The best allocation for a goal. Raises Infeasible where the least cannot be kept.

        Solved to 1e-10, so that a result is the optimum and not the solver's slack above it; where that fails, as sums
        of millions may by rounding alone, once more to 1e-7.
        """
        for feasibility, slack in _TRIES[:-1]:
            with suppress(Refused):
                return self._solve(goal, feasibility, slack)
        return self._solve(goal, *_TRIES[-1])

    def _solve(self, goal: Goal, feasibility: float, slack: float) -> Allocation:
        """solve, with what was reached less a relative slack."""
        kept = 1.0 - slack if goal.reached else 1.0
        problem, s = self.problem, self.problem.supply
        groups = 0 if goal.shares is None else int(goal.shares.max()) + 1
        size = self.at[5] + groups
        cost = np.zeros(size)
        planned = problem.planned.worth if goal.weight_planned is None else goal.weight_planned
        asked = (
            np.repeat(problem.asked.worth[:, None], self.t, axis=1)
            if goal.weight_asked is None
            else goal.weight_asked
        )
        cost[: self.at[1]] = -planned
        cost[self.at[1] : self.at[2]] = -asked.ravel()
        if goal.paid:
            scale = max([1.0, *np.abs(planned), *np.abs(asked.ravel())])
            cost[self.at[3] : self.at[4]] = _GRAIN * scale
            cost[self.at[4] : self.at[5]] = s.overtime_cost.ravel()
        low, high = np.zeros(size), np.full(size, _INFINITE)
        low[: self.at[1]], high[: self.at[1]] = goal.least_planned * kept, problem.planned.quantity
        high[self.at[1] : self.at[2]] = goal.most_asked.ravel()
        high[self.at[2] : self.at[3]] = s.limit.ravel()
        low[self.at[3] : self.at[4]] = s.floor.ravel()
        high[self.at[4] : self.at[5]] = s.overtime.ravel()
        low[: self.at[1]] = np.minimum(low[: self.at[1]], high[: self.at[1]])
        moved = sorted({int(n) for n in problem.moved_from if n >= 0})
        least_moved = low[moved].copy()
        low[moved] = 0.0  # what is moved may leave its month: kept together with what is moved, below
        above, right = self._inequalities(goal, groups, size, goal.least_asked * kept)
        if moved:
            pairs = self._moves(moved, size)
            above = vstack([above, pairs, -pairs], format="csr")
            right = np.concatenate([right, problem.planned.quantity[moved], -least_moved])
        if groups:
            cost[self.at[5] :] = -1.0
            high[self.at[5] :] = 1.0
        found = linprog(  # type: ignore[call-overload]  # sparse matrices are taken, the stubs say arrays
            cost, A_ub=above, b_ub=right, A_eq=_wider(self._flow, size), b_eq=self._flow_right,
            bounds=np.column_stack([low, high]), method="highs",
            options={"primal_feasibility_tolerance": feasibility, "dual_feasibility_tolerance": feasibility},
        )  # fmt: skip
        if found.status == 2:
            raise Infeasible("what is committed cannot be shipped with the hours and the stock there are")
        if found.status != 0 or found.x is None:
            raise Refused(f"the allocation could not be computed: {found.message}")
        return self._allocation(found)

    def share(self, goal: Goal) -> Numbers:
        """The largest shares of the groups that can be kept, one per group: (g,)."""
        groups = int(goal.shares.max()) + 1 if goal.shares is not None else 0
        zero = Goal(goal.least_planned, goal.most_asked, goal.least_asked, np.zeros(self.n),
                    np.zeros((self.m, self.t)), goal.shares, paid=False, reached=goal.reached)  # fmt: skip
        self._last_shares = np.zeros(groups)
        self.solve(zero)
        return self._last_shares

    def _inequalities(self, goal: Goal, groups: int, size: int, least_asked: float) -> tuple[Any, Numbers]:
        parts, right = [_wider(self._hours, size)], [self._hours_right]
        if self.m:  # of each thing asked no more than was asked, over all months
            rows = np.repeat(np.arange(self.m), self.t)
            columns = self.at[1] + np.arange(self.m * self.t)
            parts.append(csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(self.m, size)))
            right.append(self.problem.asked.quantity)
            if least_asked > 0:
                ones = -np.ones(self.m * self.t)
                where = (np.zeros(self.m * self.t, int), columns)
                parts.append(csr_matrix((ones, where), shape=(1, size)))
                right.append(np.array([-least_asked]))
        if groups and goal.shares is not None:
            parts.append(self._shares(goal.shares, groups, size))
            right.append(np.zeros(parts[-1].shape[0]))
        return vstack(parts, format="csr"), np.concatenate(right)

    def _shares(self, groups_of: Numbers, groups: int, size: int) -> Any:
        """share[g] x quantity - shipped <= 0 for every cell in a group (-1 is in none)."""
        rows, columns, values = [], [], []
        quantity = np.concatenate([self.problem.planned.quantity, self.problem.asked.quantity])
        inside = np.flatnonzero(groups_of >= 0)
        for row, cell in enumerate(inside):
            rows.append(row)
            columns.append(self.at[5] + int(groups_of[cell]))
            values.append(float(quantity[cell]))
            if cell < self.n:
                rows.append(row)
                columns.append(int(cell))
                values.append(-1.0)
            else:
                first = self.at[1] + (int(cell) - self.n) * self.t
                rows += [row] * self.t
                columns += list(range(first, first + self.t))
                values += [-1.0] * self.t
        return csr_matrix((values, (rows, columns)), shape=(len(inside), size))

    def _moves(self, moved: list[int], size: int) -> Any:
        """Units left in a month and units moved out of it, one row per planned cell that something is moved from."""
        rows, columns = list(range(len(moved))), list(moved)
        for cell, source in enumerate(self.problem.moved_from):
            if source >= 0:
                rows += [moved.index(int(source))] * self.t
                columns += list(range(self.at[1] + cell * self.t, self.at[1] + (cell + 1) * self.t))
        return csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(len(moved), size))

    def _balance(self) -> Any:
        """stock before + made - shipped - stock after = 0, the opening stock on the right."""
        p, s = self.problem, self.problem.supply
        flow = np.arange(self.i * self.t)
        months = np.arange(self.t)
        parts = [
            (p.planned.item * self.t + p.planned.month, np.arange(self.n), -1.0),
            ((p.asked.item[:, None] * self.t + months).ravel(), self.at[1] + np.arange(self.m * self.t), -1.0),
            ((s.lane_item[:, None] * self.t + months).ravel(), self.at[2] + np.arange(self.l * self.t), 1.0),
            (flow, self.at[3] + flow, -1.0),
            (flow[flow % self.t > 0], self.at[3] + flow[flow % self.t > 0] - 1, 1.0),
        ]  # fmt: skip
        rows = np.concatenate([np.asarray(a, int) for a, _, _ in parts])
        columns = np.concatenate([np.asarray(b, int) for _, b, _ in parts])
        values = np.concatenate([np.full(len(a), v) for a, _, v in parts])
        return csr_matrix((values, (rows, columns)), shape=(self.i * self.t, self.at[5]))

    def _capacity(self) -> tuple[Any, Numbers, Any]:
        """Hours made - overtime <= hours, for the resources and months whose hours are known."""
        s = self.problem.supply
        limited = np.argwhere(np.isfinite(s.available))
        rows, columns, values = [], [], []
        for row, (r, t) in enumerate(limited):
            lanes = np.flatnonzero(s.hours[:, r] > 0)
            rows += [row] * (len(lanes) + 1)
            columns += [*(self.at[2] + lanes * self.t + t), self.at[4] + r * self.t + t]
            values += [*s.hours[lanes, r], -1.0]
        matrix = csr_matrix((values, (rows, columns)), shape=(len(limited), self.at[5]))
        return matrix, np.array([s.available[r, t] for r, t in limited], float), limited

    def _allocation(self, found: Any) -> Allocation:
        x = np.clip(found.x, 0.0, None)
        part = [x[self.at[k] : self.at[k + 1]] for k in range(5)]
        if len(x) > self.at[5]:
            self._last_shares = np.clip(x[self.at[5] :], 0.0, 1.0)
        shadow = np.full((self.r, self.t), np.nan)
        for row, (r, t) in enumerate(self._limited):
            shadow[r, t] = max(0.0, -float(found.ineqlin.marginals[row]))
        return Allocation(
            part[0], part[1].reshape(self.m, self.t), part[2].reshape(self.l, self.t),
            part[3].reshape(self.i, self.t), part[4].reshape(self.r, self.t), shadow,
        )  # fmt: skip


def _wider(matrix: Any, size: int) -> Any:
    """The matrix with empty columns added up to `size`."""
    return csr_matrix((matrix.data, matrix.indices, matrix.indptr), shape=(matrix.shape[0], size))
