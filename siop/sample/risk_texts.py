"""Risks and opportunities in the words of those who own them: (title, driver group) by function."""

from __future__ import annotations

RISKS: dict[str, tuple[tuple[str, str], ...]] = {
    "Sales": (
        ("Frame contract on {family} not renewed", "contracts"),
        ("Competitor undercuts {family} in {region}", "competition"),
        ("Project with {family} slips a quarter", "projects"),
        ("{customer} dual-sources {family}", "contracts"),
        ("Distributors cut stock of {family}", "channel stock"),
    ),
    "Marketing": (
        ("Launch curve of {family} flatter than planned", "launches"),
        ("Fair brings fewer leads for {family}", "market"),
        ("Promotion of {family} pulls volume forward", "channel stock"),
        ("New efficiency rule makes part of {family} obsolete", "regulation"),
    ),
    "Finance": (
        ("Price increase of {family} not fully accepted", "price"),
        ("Bad debt at {customer}", "credit"),
        ("Energy surcharge cannot be passed on for {family}", "material cost"),
        ("Rebate tiers of {family} reached early", "price"),
    ),
    "Operations": (
        ("Machine breakdown stops {family}", "equipment"),
        ("Sick leave above plan at the {family} line", "staff"),
        ("Scrap after tool change in {family}", "equipment"),
        ("Acceptance of the new line for {family} slips", "equipment"),
        ("Overtime agreement for {family} not extended", "staff"),
    ),
    "Purchasing": (
        ("Foundry for {family} delivers late", "suppliers"),
        ("Electronic parts for {family} on allocation", "suppliers"),
        ("Copper and steel for {family} above plan", "material cost"),
        ("Bearing supplier of {family} insolvent", "suppliers"),
        ("Freight to {region} delayed, {family} short", "logistics"),
    ),
    "Service": (
        ("Warranty campaign on {family}", "quality"),
        ("Repair depot in {region} closes, repairs of {family} lost", "service"),
        ("Third-party spares take share from {family}", "competition"),
        ("Recall of one batch of {family}", "quality"),
    ),
}  # fmt: skip

OPPORTUNITIES: dict[str, tuple[tuple[str, str], ...]] = {
    "Sales": (
        ("Tender for {family} in {region}", "projects"),
        ("{customer} moves its {family} need to us", "contracts"),
        ("Competitor out of stock in {family}", "competition"),
        ("Repeat order of {family} for the second plant", "projects"),
    ),
    "Marketing": (
        ("Launch of {family} in {region} ahead of plan", "launches"),
        ("Subsidy programme lifts {family}", "regulation"),
        ("Partner campaign for {family}", "market"),
    ),
    "Finance": (
        ("Second price step of {family} accepted", "price"),
        ("Supplier bonus on {family} material", "material cost"),
        ("Currency stays favourable for {family} exports", "currency"),
    ),
    "Operations": (
        ("Cycle time of {family} cut by new fixture", "equipment"),
        ("Free hours allow extra {family}", "staff"),
        ("Fewer rejects in {family} after the new test", "equipment"),
    ),
    "Purchasing": (
        ("Second foundry cheaper for {family}", "suppliers"),
        ("Material price of {family} falls", "material cost"),
        ("Sea freight rates fall, {family} landed cost lower", "logistics"),
    ),
    "Service": (
        ("Service contracts with {family} sold with new plants", "service"),
        ("Retrofit wave for {family} in {region}", "service"),
        ("Spare part kits for {family} listed by distributors", "channel stock"),
    ),
}  # fmt: skip

CONTINGENCIES: dict[str, tuple[str, ...]] = {
    "Sales": (
        "Counter-offer prepared",
        "Offer the successor product",
        "Move the volume to two other accounts",
    ),
    "Marketing": (
        "Second wave of samples",
        "Shift the budget to the partner campaign",
        "Extend the old series",
    ),
    "Finance": (
        "Credit insurance raised",
        "Second price step in the next quarter",
        "Stop on the rebate tier",
    ),
    "Operations": (
        "Move people from the neighbouring line",
        "Spare part on the shelf",
        "Contract shop on call",
    ),
    "Purchasing": ("Two weeks of extra stock", "Second supplier on call", "Part of the need by air"),
    "Service": ("Repair kits at the partners", "Test before shipment", "Loan units for key accounts"),
}
