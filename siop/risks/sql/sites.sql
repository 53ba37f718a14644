-- Every site with its attributes, to tell whether one scope lies within another. No parameters.
SELECT * FROM sites
