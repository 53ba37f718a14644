"""What a leadership team decides in a year: questions, options, reasons, actions. Words only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Choice:
    """An option: label, description, cost in kEUR from and to, benefit in kEUR a month from and to."""

    label: str
    description: str
    cost: tuple[int, int]
    benefit: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Theme:
    """A kind of question. Placeholders: family, part, metal, fault, resource, site, customer, region, product, month,
    later. rationale: one for each choice."""

    function: str
    question: str
    context: str
    choices: tuple[Choice, ...]
    rationale: tuple[str, ...]
    actions: tuple[str, ...]
    key: str  # the placeholder that makes it this decision and not another


THEMES: tuple[Theme, ...] = (
    Theme("Purchasing", "Qualify a second source for the {part} of {family}?",
          "One supplier delivers all {part}; it slipped twice in half a year.",
          (Choice("Qualify", "Approve tooling and first samples at a second supplier", (60, 180), (30, 70)),
           Choice("Stay", "Keep one source and hold four more weeks of {part}", (20, 45), (8, 20))),
          ("The line stood twice; stock only buys weeks.", "The supplier showed a plan; four weeks of stock cover it."),
          ("Place the orders that the {part} decision needs", "Report delivery dates of the {part} each week"), "family"),
    Theme("Operations", "Run a Saturday shift on {resource} in {month}?",
          "Load is near its hours and two customers wait for confirmed dates.",
          (Choice("Saturday shift", "Four Saturdays with volunteers, agreed with the works council", (18, 55), (40, 90)),
           Choice("No shift", "Move the smaller orders into {later}", (0, 6), (0, 10)),
           Choice("Subcontract", "Give two part numbers to a contract shop", (30, 75), (35, 80))),
          ("Cheaper than moving orders, and we keep the dates we confirmed.", "The orders can wait, both customers agreed.",
           "The contract shop knows the parts."),
          ("Confirm the dates to the two customers", "Report hours and output of the month"), "resource"),
    Theme("Finance", "Release part of the safety stock of {family}?",
          "Stock stands above its band and the forecast is steady.",
          (Choice("Release", "Lower the target by six days over two months", (0, 8), (20, 60)),
           Choice("Hold", "Keep the target until the supplier audit is done", (4, 12), (0, 5))),
          ("Service held through two quarters; the cash is needed.", "Not before the audit tells how safe the supplier is."),
          ("Enter the stock target in the planning system",), "family"),
    Theme("Sales", "Move the price list of {family} by two per cent from {month}?",
          "Material went up and two competitors have announced increases.",
          (Choice("Two per cent", "All channels, with eight weeks of notice", (0, 10), (30, 95)),
           Choice("One per cent", "Distributors only", (0, 6), (10, 35)),
           Choice("Wait", "Look again after the fair", (0, 0), (0, 0))),
          ("The market moves now; later we would be alone.", "Distributors accept it with notice, key accounts do not.",
           "The fair shows what the others do."),
          ("Tell the accounts what was decided on the list", "Check the order system against the list"), "family"),
    Theme("Marketing", "Bring the launch of {product} forward to {month}?",
          "The pilot customers are content and a tender asks for it.",
          (Choice("Forward", "Launch with the pilot tooling, limited volume", (25, 70), (20, 55)),
           Choice("As planned", "Keep the date and the full tooling", (0, 5), (0, 10))),
          ("The tender would go elsewhere, and limited volume keeps the risk small.", "A late field fault would cost more than the tender."),
          ("Freeze the launch volumes by region", "Train the service desk before launch"), "product"),
    Theme("Marketing", "End {product} at the end of {later}?",
          "Four customers are left and the successor covers their use.",
          (Choice("End", "Last orders until {month}, then spares only", (5, 20), (6, 18)),
           Choice("Keep a year", "Raise the minimum order instead", (2, 8), (2, 7))),
          ("Set-ups for it cost more than it earns.", "Two of the four have no substitute yet."),
          ("Write to the customers about what was decided",), "product"),
    Theme("Purchasing", "Fly in {part} for {family} to keep {month}?",
          "A vessel missed its slot; stock runs out in the third week.",
          (Choice("Air freight", "Half of the delivery by air", (35, 90), (60, 140)),
           Choice("Sea", "Wait, and tell customers now", (0, 4), (0, 10))),
          ("The margin of the orders at risk is three times the freight.", "The customers take a week's delay."),
          ("Confirm the new dates to the customers", "Agree a buffer with the forwarder for the next quarter"), "family"),
    Theme("Operations", "Build {family} ahead of the maintenance stop at {site}?",
          "Three weeks of maintenance in {later}, demand does not stop.",
          (Choice("Build ahead", "Two weeks of the fast movers from {month} on", (20, 60), (30, 80)),
           Choice("Do not", "Deliver from stock and accept longer dates", (0, 5), (0, 15))),
          ("Last time we lost a week of deliveries.", "Stock on hand covers the three weeks."),
          ("Fix the list by product for the weeks of the stop", "Tell the sales offices the dates of the stop"), "family"),
    Theme("Operations", "Rent outside storage at {site} for six months?",
          "The racks are full and goods stand in the aisles.",
          (Choice("Rent", "Four hundred pallet places nearby", (40, 85), (10, 30)),
           Choice("Clear out", "Scrap and sell what did not move in two years", (10, 30), (12, 28))),
          ("Aisles must be free before the audit.", "We clear out first; it frees enough."),
          ("List the stock without movement for two years",), "site"),
    Theme("Sales", "Offer {customer} a yearly frame contract on {family}?",
          "They ask for fixed prices against a volume.",
          (Choice("Frame contract", "Price fixed for a year, volume in a corridor of 15 per cent", (0, 15), (25, 70)),
           Choice("Spot", "Go on order by order", (0, 0), (0, 5))),
          ("The corridor protects both sides and fills the slow months.", "They order steadily without it."),
          ("Tell the customer what was decided", "Show the account in the forecast as a line of its own"), "customer"),
    Theme("Finance", "Set a minimum order value for {family} through distributors?",
          "A third of the lines are under 200 EUR and lose money.",
          (Choice("Minimum 250 EUR", "From the next price list on", (2, 10), (8, 25)),
           Choice("Handling fee", "12 EUR per small line", (2, 6), (6, 18))),
          ("Small lines block the picking.", "A fee is simpler to explain than a refusal."),
          ("Tell the distributors and adapt the order form",), "family"),
    Theme("Operations", "Hire six temporary workers for {resource}?",
          "The ramp needs two more teams until the new line is accepted.",
          (Choice("Hire", "Six people for five months", (70, 130), (60, 120)),
           Choice("Borrow", "Move people from the neighbouring line", (10, 25), (25, 50))),
          ("Borrowing only moves the gap.", "The neighbouring line is quiet until spring."),
          ("Train the new people on the work instructions", "Report output per shift each week"), "resource"),
    Theme("Sales", "Put consignment stock of {family} at {customer}?",
          "They promise a higher share of their need in return.",
          (Choice("Consignment", "Four weeks of the ten fastest products", (25, 60), (20, 45)),
           Choice("Shorter lead time", "Two reserved slots a week instead", (5, 15), (10, 30))),
          ("The share is in writing.", "A reserved slot gives the same and binds no cash."),
          ("Agree the details with the customer",), "customer"),
    Theme("Quality", "Stop shipments of {product} until the {fault} question is answered?",
          "Three returns from one batch in {region}.",
          (Choice("Stop", "Hold the batch, test twenty pieces", (15, 45), (20, 60)),
           Choice("Deliver", "Deliver, and inspect on return", (0, 10), (0, 5))),
          ("A field failure costs far more than a week.", "The returns came from one plant that runs outside the limits."),
          ("Test twenty pieces of the batch", "Report the finding to the customers concerned"), "product"),
    Theme("Service", "Keep repair stock for {family} in {region}?",
          "Repairs wait nine days for parts, competitors take four.",
          (Choice("Local stock", "Forty part numbers at the partner's depot", (20, 50), (15, 40)),
           Choice("Express", "Send from the works by express", (6, 18), (8, 20))),
          ("Local stock pays back in ten months.", "Express covers most of it; we look again in half a year."),
          ("Agree the details with the partner",), "family"),
    Theme("Purchasing", "Fix the price of {metal} for {family} for two quarters?",
          "The price is at the lower end of the year.",
          (Choice("Fix half", "Half of the need of six months", (0, 12), (10, 40)),
           Choice("Stay open", "Buy at the daily price", (0, 0), (0, 0))),
          ("Half is insurance, all would be a bet.", "We are not paid to guess prices."),
          ("Report the average price paid each month",), "family"),
    Theme("Finance", "Extend payment terms of {customer} to 60 days?",
          "They ask for it with the new volume agreement.",
          (Choice("60 days", "For new orders, with credit cover", (8, 25), (10, 35)),
           Choice("45 days", "A step, to be seen after a year", (3, 10), (6, 20)),
           Choice("No", "Terms stay", (0, 0), (0, 0))),
          ("Credit cover is in place.", "A step is enough for the volume offered.", "Others would ask for the same."),
          ("Have the credit insurer confirm the limit",), "customer"),
    Theme("Operations", "Move {family} set-ups at {site} to weekly batches?",
          "Set-ups take eleven per cent of the hours.",
          (Choice("Weekly", "One set-up a week for the slow movers", (4, 14), (15, 45)),
           Choice("As now", "Keep the batches", (0, 0), (0, 0))),
          ("It frees hours without people.", "Stock of the slow movers would leave its band."),
          ("Check the batch rules in the planning system", "Report set-up hours after two months"), "family"),
)  # fmt: skip

PARTS: dict[str, dict[str, str]] = {
    "Pumps": {"part": "casings", "metal": "stainless steel", "fault": "seal"},
    "Valves": {"part": "bodies", "metal": "alloy steel", "fault": "seat"},
    "Drives": {"part": "stators", "metal": "copper", "fault": "firmware"},
    "Service": {"part": "bearings", "metal": "elastomers", "fault": "material"},
}
"""What things are made of, by category of the family."""

PROGRAMME = Theme(
    "Marketing", "Run a stocking programme for {family} in {region}, {month} to {later}?",
    "Partners there hold a third less than elsewhere and lose orders on lead time.",
    (Choice("Run it", "Bonus on stocked products, joint plan by partner, four months", (60, 160), (60, 220)),
     Choice("Leave it", "Go on with the usual terms", (0, 0), (0, 0))),
    ("Stock on the shelf wins the orders we lose on lead time.", "The partners would not sign for a volume."),
    ("Sign the stocking agreements", "Report sell-out of the partners each month"), "family",
)  # fmt: skip

CONDITIONS = (
    "Cost capped at the amount of the paper.", "Only after the customer has confirmed in writing.",
    "To be stopped if service falls under the target for two months.", "Finance confirms the cover first.",
)  # fmt: skip
DEFERRED = (
    "The cost side is not worked out; back next month.", "We wait for the answer of the supplier.",
    "Two functions could not judge it today.",
)  # fmt: skip
REJECTED = (
    "The money is better used elsewhere this year.", "The effect is not shown; we stay as we are.",
    "The paper answers a question nobody has.", "Not while the works council has not been heard.",
)  # fmt: skip
AGAINST = (
    "The benefit is counted twice, it is in the forecast already.", "We have not the people for it before the quarter ends.",
    "The customer will ask for the same next year.", "It shifts the cost to my budget without the volume.",
    "Nobody owns the follow-up.", "I do not see the demand the paper rests on.",
)  # fmt: skip
RESERVED = (
    "Fine, if it is reviewed after three months.", "I can live with it once the cost is confirmed.",
    "Agreed, with a stop if stock passes its band.", "I would have taken the smaller option.",
)  # fmt: skip
