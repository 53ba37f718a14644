"""What companies call the contract's columns."""

from __future__ import annotations

import re

from siop.warehouse import codes

# What planners call the contract's columns, as headers are compared, without punctuation.
SYNONYMS: dict[str, tuple[str, ...]] = {
    "month": ("period", "date", "year month", "yearmonth", "calendar month", "posting date", "invoice date", "order date", "monat", "fiscal period", "yearperiod", "year period"),
    "sku": ("item", "product", "material", "article", "part", "product key", "item number", "item no", "item code", "product code", "material number", "material no", "part number", "part no", "article no", "sku code", "artikel", "product id"),
    "family": ("product family", "product group", "family name", "group", "segment", "subcategory", "produktgruppe", "product line"),
    "category": ("product category", "category name"),
    "customer": ("client", "account", "customer key", "customer number", "customer no", "customer code", "sold to", "ship to", "customer id", "kunde", "reseller"),
    "region": ("territory", "country", "market", "area", "sales region", "state"),
    "channel": ("sales channel", "distribution channel"),
    "site": ("plant", "warehouse", "location", "factory", "werk", "facility", "distribution center", "salesperson"),
    "quantity": ("qty", "units", "volume", "pieces", "menge", "sales qty", "order quantity", "shipped qty", "stock", "on hand", "closing stock"),
    "revenue": ("sales", "net sales", "amount", "turnover", "sales amount", "umsatz", "net revenue", "sales value"),
    "cost": ("cogs", "cost of sales", "total cost", "kosten"),
    "price": ("unit price", "net price", "asp", "selling price"),
    "version": ("scenario", "plan version", "plan name", "type", "data type"),
    "name": ("description", "product name", "customer name", "title"),
    "unit_cost": ("standard cost", "std cost"),
    "order": ("order number", "sales order", "order id", "order no"),
    "line": ("line number", "order line", "position", "pos", "line no"),
    "ordered_quantity": ("order qty", "ordered qty", "ordered"),
    "delivered_quantity": ("delivered qty", "shipped quantity", "delivered"),
    "requested_date": ("request date", "requested delivery", "due date", "required date"),
    "promised_date": ("promise date", "confirmed date"),
    "delivered_date": ("delivery date", "ship date", "shipped date"),
    "resource": ("work center", "workcenter", "line name", "machine"),
    "available_hours": ("capacity", "hours available", "capacity hours"),
    "hours_per_unit": ("run time", "hours per piece", "time per unit"),
    "kind": ("version kind", "plan kind"),
    "cycle": ("plan cycle", "meeting month"),
    "currency": ("curr", "währung", "currency code"),
    "unit": ("uom", "unit of measure", "base unit"),
}  # fmt: skip


def plain(header: str) -> str:
    """A header as synonyms are compared: camel case split, no punctuation."""
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", header.strip())
    return " ".join(re.sub(r"[\W_]+", " ", codes.header(split)).split())
