-- The rows of a plan version at the grain they were given in. $version.
SELECT strftime(month, '%Y-%m') AS month, sku, family, customer, region, site,
       sum(quantity)::DOUBLE AS quantity, sum(revenue)::DOUBLE AS revenue, sum(cost)::DOUBLE AS cost
FROM plans
WHERE version = $version
GROUP BY ALL
ORDER BY ALL
