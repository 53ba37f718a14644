-- Every customer with its attributes, to tell whether one scope lies within another. No parameters.
SELECT * FROM customers
