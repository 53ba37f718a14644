-- The products with whatever columns the company gave; prices and launch months may be among them.
SELECT * FROM products ORDER BY sku
