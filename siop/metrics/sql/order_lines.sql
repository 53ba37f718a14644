-- Order lines whose date of the basis is known. $basis: requested or promised; $skus, $customers: list, or NULL for all.
SELECT sku, customer, CASE $basis WHEN 'requested' THEN requested_date ELSE promised_date END AS due,
       ordered_quantity::DOUBLE AS ordered, delivered_quantity::DOUBLE AS delivered, delivered_date AS delivered_on
FROM orders
WHERE ($skus IS NULL OR list_contains($skus, sku)) AND ($customers IS NULL OR list_contains($customers, customer))
