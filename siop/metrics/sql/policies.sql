-- Tolerances of the policies table, in per cent of plan and in units.
SELECT family, tolerance_pct, tolerance_abs FROM policies
