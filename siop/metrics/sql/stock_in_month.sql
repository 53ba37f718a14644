-- Closing stock and its money by version and month. $versions: list; $skus, $sites: list, or NULL for all.
SELECT i.version, strftime(i.month, '%Y-%m') AS month, sum(i.quantity)::DOUBLE AS quantity,
       fsum(coalesce(i.value::DOUBLE, i.quantity::DOUBLE * d.unit_cost)) AS money
FROM inventory i LEFT JOIN products d USING (sku)
WHERE list_contains($versions, i.version) AND ($skus IS NULL OR list_contains($skus, i.sku))
  AND ($sites IS NULL OR list_contains($sites, i.site))
GROUP BY ALL ORDER BY ALL
