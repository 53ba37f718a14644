-- What a plan version asks for, by month and SKU (family where the plan is by family). $version.
SELECT strftime(p.month, '%Y-%m') AS month, p.sku, coalesce(p.family, d.family) AS family,
       sum(p.quantity)::DOUBLE AS quantity, sum(p.revenue)::DOUBLE AS revenue
FROM plans p LEFT JOIN products d ON d.sku = p.sku
JOIN grains g ON g.grain = p.grain
WHERE p.version = $version AND g.period = 'month'
GROUP BY ALL ORDER BY ALL
