-- The name and site of every resource.
SELECT resource, coalesce(name, resource) AS name, site FROM resources ORDER BY resource
