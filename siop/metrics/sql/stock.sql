-- Closing stock, and its value: as given, else quantity x unit cost. $skus, $sites: list, or NULL for all.
SELECT strftime(i.month, '%Y-%m') AS month, i.sku, sum(i.quantity)::DOUBLE AS quantity,
       fsum(coalesce(i.value::DOUBLE, i.quantity::DOUBLE * p.unit_cost)) AS value,
       count(*) FILTER (i.value IS NULL AND p.unit_cost IS NULL AND i.quantity <> 0) AS unvalued
FROM inventory i LEFT JOIN products p ON p.sku = i.sku
WHERE i.version = 'actual' AND ($skus IS NULL OR list_contains($skus, i.sku))
  AND ($sites IS NULL OR list_contains($sites, i.site))
GROUP BY ALL ORDER BY ALL
