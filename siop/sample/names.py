"""The names of the sample company: families, sites, resources, customers and people. No numbers that matter."""

from __future__ import annotations

from dataclasses import dataclass

COMPANY = "Halden Flow and Motion"
CURRENCY = "EUR"
REGIONS = ("North", "Central", "West", "South", "Overseas")
CHANNELS = ("Direct", "Distributor", "OEM")
FUNCTIONS = ("Sales", "Marketing", "Finance", "Operations")
"""Functions that give a number of their own; the statistical forecast is the fifth input."""


@dataclass(frozen=True, slots=True)
class FamilyName:
    """A family: where it is made, what its SKU codes begin with, and the words its product names are built of."""

    name: str
    category: str
    code: str
    site: str
    price: float  # typical list price of a unit, EUR
    share: float  # of the company's revenue
    peak: int  # month of the year (1 to 12) in which demand is highest
    swing: float  # size of the season
    lines: tuple[str, str, str]
    technologies: tuple[str, str]
    sizes: tuple[str, str, str, str, str, str]


FAMILIES = (
    FamilyName("Process pumps", "Pumps", "PP", "S1", 2400.0, 0.19, 5, 0.07,
               ("Atlas", "Borea", "Cetus"), ("Magnetic drive", "Mechanical seal"),
               ("32-125", "40-160", "50-200", "65-250", "80-315", "100-400")),
    FamilyName("Dosing pumps", "Pumps", "DP", "S1", 680.0, 0.11, 6, 0.10,
               ("Delta", "Dorado", "Dualis"), ("Diaphragm", "Piston"),
               ("2 l/h", "6 l/h", "15 l/h", "40 l/h", "90 l/h", "200 l/h")),
    FamilyName("Control valves", "Valves", "CV", "S2", 1500.0, 0.17, 10, 0.06,
               ("Electra", "Fornax", "Gemini"), ("Globe", "Rotary"),
               ("DN25", "DN40", "DN50", "DN80", "DN100", "DN150")),
    FamilyName("Safety valves", "Valves", "SV", "S2", 430.0, 0.12, 9, 0.05,
               ("Hydra", "Indus", "Juno"), ("Spring loaded", "Pilot operated"),
               ("DN15", "DN20", "DN25", "DN40", "DN65", "DN100")),
    FamilyName("Servo drives", "Drives", "SD", "S3", 1900.0, 0.17, 3, 0.05,
               ("Kepler", "Lyra", "Mensa"), ("Single axis", "Multi axis"),
               ("0.75 kW", "1.5 kW", "3 kW", "5.5 kW", "11 kW", "22 kW")),
    FamilyName("Gear drives", "Drives", "GD", "S3", 1250.0, 0.14, 4, 0.07,
               ("Norma", "Orion", "Pavo"), ("Helical", "Planetary"),
               ("63", "80", "100", "125", "160", "200")),
    FamilyName("Service parts", "Service", "SP", "S1", 120.0, 0.10, 2, 0.08,
               ("Seal kit", "Bearing kit", "Repair kit"), ("Original", "Reworked"),
               ("size 1", "size 2", "size 3", "size 4", "size 5", "size 6")),
)  # fmt: skip

SITES = (
    ("S1", "Bremen works", "Central", "plant"),
    ("S2", "Turin works", "South", "plant"),
    ("S3", "Västerås works", "North", "plant"),
)


@dataclass(frozen=True, slots=True)
class ResourceName:
    """A resource of a site, the families it works on with hours a unit, and whether its bill is by SKU."""

    code: str
    name: str
    site: str
    hours: dict[str, float]
    by_sku: bool = False


RESOURCES = (
    ResourceName("R11", "Casting cell 1", "S1", {"Process pumps": 1.9, "Dosing pumps": 0.5}),
    ResourceName("R12", "Pump assembly line", "S1", {"Process pumps": 2.6, "Dosing pumps": 0.9}, True),
    ResourceName("R13", "Kit packing", "S1", {"Service parts": 0.08}),
    ResourceName("R21", "Five-axis machining", "S2", {"Control valves": 2.2, "Safety valves": 0.7}, True),
    ResourceName("R22", "Pressure test bench", "S2", {"Control valves": 0.8, "Safety valves": 0.35}),
    ResourceName("R31", "Winding and electronics", "S3", {"Servo drives": 1.7}),
    ResourceName("R32", "Gear grinding", "S3", {"Gear drives": 1.6}, True),
    ResourceName("R33", "Drive assembly line", "S3", {"Servo drives": 1.1, "Gear drives": 1.3}),
)

# Per region: five direct customers, four OEMs, four distributors.
CUSTOMERS: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "North": (
        ("Norrvik Process", "Kvarnholm Papper", "Oulanka Energia", "Skagen Vandværk", "Telavåg Marine"),
        ("Lindgren Maskin", "Vesterdal Skids", "Hammarby Robotik", "Aalto Systems"),
        ("Nordflow Trading", "Baltic Industrial Supply", "Fjordteknikk", "Sund Armatur"),
    ),
    "Central": (
        ("Ostermann Anlagenbau", "Rheinchemie Werke", "Donau Wasserverband", "Brauhaus Lindner", "Zlin Polymers"),
        ("Kessler Maschinenfabrik", "Alpen Antriebstechnik", "Moravia Packaging", "Hartwig Werkzeugmaschinen"),
        ("Pumpen Richter", "Industriebedarf Voss", "Elbe Technik Handel", "Helvetia Armaturen"),
    ),
    "West": (
        ("Delacroix Chimie", "Maasdelta Terminals", "Severn Water Services", "Brasserie du Nord", "Humber Refining"),
        ("Fontenay Machines", "Van Dijk Process Skids", "Pennine Automation", "Ateliers Rousseau"),
        ("Fluides Ouest", "Benelux Valve Supply", "Albion Industrial", "Flandria Techniek"),
    ),
    "South": (
        ("Iberagua", "Adriatica Farmaceutici", "Aceites del Sur", "Lombardia Energia", "Porto Celulose"),
        ("Macchine Ferraro", "Talleres Urrutia", "Bottega Robotica", "Emilia Confezioni"),
        ("Valvole Centro Sud", "Suministros Levante", "Iberica de Bombas", "Tecnica Adriatico"),
    ),
    "Overseas": (
        ("Great Lakes Utilities", "Pacific Specialty Chemicals", "Gulf Desalination", "Yarra Dairy"),
        ("Carolina Machine Works", "Nagoya Motion", "Busan Marine Systems", "Sakarya Makina"),
        ("Anchor Flow Supply", "Southern Cross Valves", "Lion City Engineering", "Maple Industrial"),
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PersonName:
    """Someone who takes part in the process."""

    id: str
    name: str
    function: str
    role: str
    principal: bool = False
    required_signer: bool = False


LEADERS = (
    PersonName("ingrid.halvorsen", "Ingrid Halvorsen", "General management", "chair", True, True),
    PersonName("marco.bellini", "Marco Bellini", "Sales", "executive", True, True),
    PersonName("claire.fontaine", "Claire Fontaine", "Marketing", "executive", True, True),
    PersonName("jonas.weidmann", "Jonas Weidmann", "Finance", "executive", True, True),
    PersonName("petra.novak", "Petra Novak", "Operations", "executive", True, True),
    PersonName("tomasz.zielinski", "Tomasz Zielinski", "Purchasing", "executive", True, True),
    PersonName("ruth.calder", "Ruth Calder", "Planning", "siop_lead", True),
    PersonName("samuel.okafor", "Samuel Okafor", "Service", "function_head", True),
    PersonName("elena.marin", "Elena Marin", "Quality", "function_head", True),
)
DEPUTIES = (
    PersonName("henrik.dahl", "Henrik Dahl", "General management", "executive"),
    PersonName("sofia.ricci", "Sofia Ricci", "Sales", "function_head"),
    PersonName("david.osei", "David Osei", "Marketing", "function_head"),
    PersonName("martina.vogel", "Martina Vogel", "Finance", "function_head"),
    PersonName("erik.sandberg", "Erik Sandberg", "Operations", "function_head"),
    PersonName("ilse.maartens", "Ilse Maartens", "Purchasing", "function_head"),
    PersonName("pavel.horak", "Pavel Horak", "Planning", "function_head"),
    PersonName("nadia.benali", "Nadia Benali", "Service", "function_head"),
    PersonName("george.whitlock", "George Whitlock", "Quality", "function_head"),
)
MEMBERS: dict[str, tuple[str, ...]] = {
    "Sales": ("Ana Carvalho", "Lukas Brandt", "Maeve Doyle", "Giulia Conti", "Oskar Lind", "Rafael Pinto", "Jana Kral"),
    "Marketing": ("Yusuf Demir", "Hanna Berg", "Louise Martin", "Piotr Wolski", "Carla Romero"),
    "Finance": ("Beate Kolb", "Simon Hughes", "Irina Popova", "Matteo Greco", "Lea Fischer"),
    "Operations": ("Anders Holm", "Karin Seidel", "Dario Rossi", "Milan Dvorak", "Stig Nyman", "Teresa Lopes",
                   "Uwe Brandl"),
    "Purchasing": ("Fatima Zahra", "Olaf Peters", "Bianca Sala", "Jens Moen"),
    "Planning": ("Wei Zhang", "Astrid Bakke", "Nils Ekman", "Monika Baran", "Thomas Reuter"),
    "Service": ("Colin Fraser", "Greta Lang", "Paula Nunes", "Rune Aas"),
    "Quality": ("Vera Simic", "Alan Price", "Heidi Roth"),
}  # fmt: skip
