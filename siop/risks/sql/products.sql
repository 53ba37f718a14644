-- Every product with its attributes, to tell which families a scope reaches. No parameters.
SELECT * FROM products
