-- The tolerances of the company's policies, in force until the ledger says otherwise. No parameters.
SELECT family, tolerance_pct, tolerance_abs FROM policies
