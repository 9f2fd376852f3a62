"""Every kind of page that the marketplace has, by the path of one of them."""

KINDS = {
    "home": "/",
    "search": "/search?q=orders",
    "search with filters": "/search?domain=shop&sort=trust",
    "search that finds nothing": "/search?q=zzqqxxyy&domain=shop",
    "port": "/ports/shop.orders",
    "port with a fresh description": "/ports/insight.revenue",
    "product": "/products/shop.orders",
    "compare": "/compare?port=shop.orders&port=insight.revenue",
    "choose to compare": "/compare",
    "lineage": "/ports/insight.revenue/lineage",
    "lineage of a column": "/ports/insight.revenue/lineage?column=revenue",
    "domains": "/domains",
    "map of ports": "/domains?view=ports",
    "domain": "/domains/shop",
    "glossary": "/glossary",
    "glossary that finds nothing": "/glossary?q=zzqqxxyy",
    "term": "/glossary/revenue",
    "entities": "/entities",
    "entity": "/entities/customer",
    "insights": "/insights",
    "changes": "/changes",
    "changes of nothing": "/changes?domain=clients&type=port.retired",
    "unknown port": "/ports/shop.order",
    "documentation of the API": "/docs",
}

UNKNOWN = frozenset({KINDS["unknown port"]})
"""Those that tell that there is nothing: they answer 404."""
