-- What a unit of a SKU is worth where the plan does not say.
SELECT sku, family, coalesce(unit_price, unit_cost)::DOUBLE AS unit_value FROM products ORDER BY sku
