-- The time fence of every family, in months.
SELECT family, fence_months FROM policies WHERE fence_months IS NOT NULL
