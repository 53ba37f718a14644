-- How many months after its cycle a family's plan is fenced.
SELECT family, fence_months FROM policies WHERE fence_months IS NOT NULL ORDER BY family
