"""What the demo shop sells: its categories, articles, colours, sizes, materials and brands.

Every text stands in Dutch, English and German, in this order.
"""

from __future__ import annotations

from typing import NamedTuple

Three = tuple[str, str, str]
LANGUAGES = ("nl", "en", "de")


class Shelf(NamedTuple):
    """A category; `parent` is the key of the one above, hidden ones have `shown` False."""

    key: str
    parent: str
    title: Three
    shown: bool = True


class Adjective(NamedTuple):
    """Dutch with and without -e, English, German stem."""

    inflected: str
    bare: str
    english: str
    stem: str


class Family(NamedTuple):
    """A kind of article. Dutch nouns are `de` or `het` words; German ones m, f, n or p (plural)."""

    shelf: str
    noun: Three
    article: str
    gender: str
    euros: tuple[int, int]
    options: str
    measure: str
    grams: tuple[int, int]
    materials: str
    adjectives: str
    kind: str
    reduced_tax: bool = False


SHELVES = (
    Shelf("tassen", "", ("Fietstassen", "Bike bags", "Fahrradtaschen")),
    Shelf("achter", "tassen", ("Achtertassen", "Rear panniers", "Hinterradtaschen")),
    Shelf("enkel", "achter", ("Enkele tassen", "Single panniers", "Einzeltaschen")),
    Shelf("dubbel", "achter", ("Dubbele tassen", "Double panniers", "Doppeltaschen")),
    Shelf("stuur", "tassen", ("Stuurtassen", "Handlebar bags", "Lenkertaschen")),
    Shelf("zadeltas", "tassen", ("Zadeltassen", "Saddle bags", "Satteltaschen")),
    Shelf("licht", "", ("Verlichting", "Lights", "Beleuchtung")),
    Shelf("koplamp", "licht", ("Koplampen", "Front lights", "Scheinwerfer")),
    Shelf("achterlicht", "licht", ("Achterlichten", "Rear lights", "Rücklichter")),
    Shelf("deel", "", ("Onderdelen", "Parts", "Fahrradteile")),
    Shelf("band", "deel", ("Banden", "Tyres & tubes", "Reifen & Schläuche")),
    Shelf("buitenband", "band", ("Buitenbanden", "Tyres", "Reifen")),
    Shelf("binnenband", "band", ("Binnenbanden", "Inner tubes", "Schläuche")),
    Shelf("zadel", "deel", ("Zadels", "Saddles", "Sättel")),
    Shelf("aandrijving", "deel", ("Kettingen & pedalen", "Chains & pedals", "Ketten & Pedale")),
    Shelf("slot", "deel", ("Sloten", "Locks", "Schlösser")),
    Shelf("kleding", "", ("Kleding", "Clothing", "Bekleidung")),
    Shelf("jas", "kleding", ("Jassen", "Jackets", "Jacken")),
    Shelf("regenjas", "jas", ("Regenjassen", "Rain jackets", "Regenjacken")),
    Shelf("softshell", "jas", ("Softshells", "Softshell jackets", "Softshelljacken")),
    Shelf("broek", "kleding", ("Broeken", "Trousers", "Hosen")),
    Shelf("shirt", "kleding", ("Shirts & truien", "Shirts & jumpers", "Shirts & Pullover")),
    Shelf("hand", "kleding", ("Handschoenen & mutsen", "Gloves & hats", "Handschuhe & Mützen")),
    Shelf("sok", "kleding", ("Sokken", "Socks", "Socken")),
    Shelf("schoen", "", ("Schoenen", "Footwear", "Schuhe")),
    Shelf("wandelschoen", "schoen", ("Wandelschoenen", "Walking boots", "Wanderschuhe")),
    Shelf("fietsschoen", "schoen", ("Fietsschoenen", "Cycling shoes", "Fahrradschuhe")),
    Shelf("kamp", "", ("Kamperen", "Camping", "Camping")),
    Shelf("tent", "kamp", ("Tenten", "Tents", "Zelte")),
    Shelf("koepel", "tent", ("Koepeltenten", "Dome tents", "Kuppelzelte")),
    Shelf("tunnel", "tent", ("Tunneltenten", "Tunnel tents", "Tunnelzelte")),
    Shelf("slaap", "kamp", ("Slapen", "Sleeping", "Schlafen")),
    Shelf("slaapzak", "slaap", ("Slaapzakken", "Sleeping bags", "Schlafsäcke")),
    Shelf("mat", "slaap", ("Slaapmatten", "Sleeping mats", "Isomatten")),
    Shelf("kook", "kamp", ("Koken & eten", "Cooking & eating", "Kochen & Essen")),
    Shelf("prototype", "kamp", ("Prototypes", "Prototypes", "Prototypen"), False),
    Shelf("rugzak", "", ("Rugzakken", "Backpacks", "Rucksäcke")),
    Shelf("dag", "rugzak", ("Dagrugzakken", "Daypacks", "Tagesrucksäcke")),
    Shelf("trek", "rugzak", ("Trekkingrugzakken", "Trekking packs", "Trekkingrucksäcke")),
    Shelf("zorg", "", ("Onderhoud & gereedschap", "Care & tools", "Pflege & Werkzeug")),
    Shelf("lezen", "", ("Kaarten & gidsen", "Maps & guides", "Karten & Führer")),
    Shelf("cadeau", "", ("Cadeaubonnen", "Gift vouchers", "Gutscheine")),
    Shelf("intern", "", ("Intern", "Internal", "Intern"), False),
    Shelf("partij", "intern", ("Restpartijen", "Remainders", "Restposten")),
    Shelf("showmodel", "intern", ("Showmodellen", "Display items", "Ausstellungsstücke")),
    Shelf("wacht", "", ("Nog te fotograferen", "Awaiting photos", "Noch ohne Fotos"), False),
)

ADJECTIVES = {
    "dicht": Adjective("Waterdichte", "Waterdicht", "Waterproof", "Wasserdicht"),
    "licht": Adjective("Lichte", "Licht", "Lightweight", "Leicht"),
    "sterk": Adjective("Stevige", "Stevig", "Sturdy", "Robust"),
    "vouw": Adjective("Opvouwbare", "Opvouwbaar", "Foldable", "Faltbar"),
    "adem": Adjective("Ademende", "Ademend", "Breathable", "Atmungsaktiv"),
    "klein": Adjective("Compacte", "Compact", "Compact", "Kompakt"),
    "warm": Adjective("Warme", "Warm", "Warm", "Warm"),
    "wind": Adjective("Winddichte", "Winddicht", "Windproof", "Winddicht"),
    "sport": Adjective("Sportieve", "Sportief", "Sporty", "Sportlich"),
    "oud": Adjective("Klassieke", "Klassiek", "Classic", "Klassisch"),
    "groen": Adjective("Duurzame", "Duurzaam", "Sustainable", "Nachhaltig"),
    "reflex": Adjective("Reflecterende", "Reflecterend", "Reflective", "Reflektierend"),
    "iso": Adjective("Geïsoleerde", "Geïsoleerd", "Insulated", "Isoliert"),
    "laad": Adjective("Oplaadbare", "Oplaadbaar", "Rechargeable", "Wiederaufladbar"),
    "stel": Adjective("Verstelbare", "Verstelbaar", "Adjustable", "Verstellbar"),
    "nieuw": Adjective("Vernieuwde", "Vernieuwd", "Updated", "Überarbeitet"),
}

MATERIALS: dict[str, Three] = {
    "zeil": ("gecoat zeildoek", "coated tarpaulin", "beschichtetes Planenmaterial"),
    "katoen": ("biologisch katoen", "organic cotton", "Bio-Baumwolle"),
    "wol": ("merinowol", "merino wool", "Merinowolle"),
    "nylon": ("ripstop-nylon", "ripstop nylon", "Ripstop-Nylon"),
    "poly": ("gerecycled polyester", "recycled polyester", "recyceltes Polyester"),
    "alu": ("aluminium", "aluminium", "Aluminium"),
    "staal": ("roestvrij staal", "stainless steel", "Edelstahl"),
    "rubber": ("natuurrubber", "natural rubber", "Naturkautschuk"),
    "leer": ("plantaardig gelooid leer", "vegetable-tanned leather", "pflanzlich gegerbtes Leder"),
    "dons": ("eendendons", "duck down", "Entendaunen"),
    "papier": ("scheurvast papier", "tear-resistant paper", "reißfestes Papier"),
    "stof": ("kunststof", "plastic", "Kunststoff"),
}


def _family(shelf: str, noun: str, forms: str, euros: tuple[int, int], rest: str) -> Family:
    article, gender, options, measure = forms.split()
    dutch, english, german = noun.split(" | ")
    grams, materials, adjectives, kind = rest.split(" | ")
    light, heavy = grams.split("-")
    return Family(
        shelf,
        (dutch, english, german),
        article,
        gender,
        euros,
        options,
        measure,
        (int(light), int(heavy)),
        materials,
        adjectives,
        kind,
        reduced_tax=kind == "lezen",
    )


# forms: Dutch article, German gender, options, measure; rest: grams, materials, adjectives, type.
FAMILIES = tuple(
    _family(*row)
    for row in (
        ("enkel", "fietstas | pannier | Fahrradtasche", "de f colour litre", (35, 119),
         "700-1400 | zeil nylon poly katoen | dicht licht sterk reflex groen | tas"),
        ("enkel", "laptoptas | laptop pannier | Laptoptasche", "de f colour litre", (69, 149),
         "900-1500 | zeil katoen leer | dicht sterk oud nieuw | tas"),
        ("dubbel", "dubbele fietstas | double pannier | Doppeltasche", "de f colour double",
         (49, 159), "1200-2400 | zeil poly katoen | dicht sterk groen oud | tas"),
        ("stuur", "stuurtas | handlebar bag | Lenkertasche", "de f colour small", (29, 99),
         "300-800 | zeil nylon leer | dicht klein licht oud | tas"),
        ("zadeltas", "zadeltas | saddle bag | Satteltasche", "de f none small", (15, 79),
         "120-500 | nylon leer zeil | klein dicht oud licht | tas"),
        ("koplamp", "koplamp | front light | Scheinwerfer", "de m none lux", (19, 129),
         "80-240 | alu stof | laad klein sterk nieuw | licht"),
        ("achterlicht", "achterlicht | rear light | Rücklicht", "het n none lux", (9, 49),
         "40-120 | alu stof | laad klein sterk | licht"),
        ("licht", "lichtset | light set | Lichtset", "de n none lux", (24, 89),
         "120-320 | alu stof | laad klein nieuw | licht"),
        ("licht", "helmlamp | helmet light | Helmlampe", "de f none lux", (19, 69),
         "60-150 | alu stof | laad licht dicht | licht"),
        ("buitenband", "buitenband | tyre | Reifen", "de m wheel none", (19, 59),
         "450-950 | rubber | sterk licht reflex groen | band"),
        ("binnenband", "binnenband | inner tube | Schlauch", "de m wheel none", (5, 15),
         "90-220 | rubber | licht sterk | band"),
        ("zadel", "zadel | saddle | Sattel", "het m colour none", (25, 139),
         "260-900 | leer stof katoen | sport oud licht stel | deel"),
        ("aandrijving", "ketting | chain | Kette", "de f none none", (12, 49),
         "240-380 | staal | sterk licht | deel"),
        ("aandrijving", "pedalenset | pedal set | Pedalset", "de n none none", (15, 89),
         "260-620 | alu staal stof | licht sterk reflex | deel"),
        ("slot", "kettingslot | chain lock | Kettenschloss", "het n colour length", (29, 99),
         "1200-3200 | staal | sterk vouw nieuw | deel"),
        ("slot", "vouwslot | folding lock | Faltschloss", "het n none length", (39, 119),
         "900-1700 | staal | klein sterk nieuw | deel"),
        ("regenjas", "regenjas | rain jacket | Regenjacke", "de f both none", (59, 199),
         "320-640 | nylon poly | dicht licht adem reflex groen | kleding"),
        ("regenjas", "poncho | poncho | Regenponcho", "de m colour none", (29, 79),
         "300-520 | nylon poly | dicht klein reflex | kleding"),
        ("softshell", "softshell | softshell jacket | Softshelljacke", "de f both none", (69, 179),
         "420-700 | poly | wind adem warm sport | kleding"),
        ("jas", "donsjas | down jacket | Daunenjacke", "de f both none", (119, 289),
         "350-620 | dons nylon | warm licht klein | kleding"),
        ("broek", "regenbroek | rain trousers | Regenhose", "de f size none", (39, 119),
         "220-420 | nylon poly | dicht adem klein | kleding"),
        ("broek", "wandelbroek | walking trousers | Wanderhose", "de f both none", (49, 139),
         "300-480 | poly katoen | licht adem sterk | kleding"),
        ("shirt", "wielershirt | cycling jersey | Radtrikot", "het n both none", (39, 99),
         "140-260 | wol poly | adem sport groen | kleding"),
        ("shirt", "fleecetrui | fleece jumper | Fleecepullover", "de m both none", (39, 109),
         "280-460 | poly wol | warm licht groen | kleding"),
        ("hand", "fietshandschoenen | cycling gloves | Fahrradhandschuhe", "de p size none",
         (19, 69), "60-180 | poly leer wol | wind warm dicht adem | kleding"),
        ("hand", "muts | beanie | Mütze", "de f colour none", (15, 39),
         "50-110 | wol katoen | warm reflex groen | kleding"),
        ("sok", "wandelsokken | hiking socks | Wandersocken", "de p size none", (9, 29),
         "60-140 | wol katoen | warm adem sterk | kleding"),
        ("wandelschoen", "wandelschoen | walking boot | Wanderschuh", "de m shoe none", (89, 229),
         "700-1400 | leer nylon | dicht licht sterk adem | schoen"),
        ("fietsschoen", "fietsschoen | cycling shoe | Fahrradschuh", "de m shoe none", (69, 199),
         "480-760 | leer poly | sport licht adem | schoen"),
        ("koepel", "koepeltent | dome tent | Kuppelzelt", "de n colour persons", (99, 399),
         "1900-4200 | nylon poly | dicht licht sterk nieuw | kamp"),
        ("tunnel", "tunneltent | tunnel tent | Tunnelzelt", "de n colour persons", (199, 799),
         "3200-9800 | katoen poly | sterk dicht groen | kamp"),
        ("slaapzak", "slaapzak | sleeping bag | Schlafsack", "de m colour degrees", (49, 349),
         "600-1900 | dons poly katoen | warm licht iso groen | kamp"),
        ("mat", "slaapmat | sleeping mat | Isomatte", "de f none length", (29, 189),
         "380-1400 | nylon poly | iso licht klein vouw | kamp"),
        ("kook", "brander | camping stove | Campingkocher", "de m none none", (25, 129),
         "85-520 | alu staal | klein licht sterk | kamp"),
        ("kook", "pannenset | cook set | Topfset", "de n none small", (29, 99),
         "350-900 | alu staal | klein licht sterk | kamp"),
        ("kook", "thermosfles | vacuum flask | Thermosflasche", "de f colour flask", (19, 59),
         "280-620 | staal | iso sterk groen | kamp"),
        ("dag", "dagrugzak | daypack | Tagesrucksack", "de m colour litre", (39, 139),
         "480-1200 | nylon poly katoen | licht sterk dicht groen | tas"),
        ("trek", "trekkingrugzak | trekking pack | Trekkingrucksack", "de m colour trek",
         (119, 319), "1300-2600 | nylon poly | stel licht sterk adem | tas"),
        ("zorg", "kettingolie | chain oil | Kettenöl", "de n none none", (6, 19),
         "100-250 | stof | groen nieuw | zorg"),
        ("zorg", "multitool | multi-tool | Multitool", "de n none none", (15, 59),
         "110-260 | staal alu | klein sterk vouw | zorg"),
        ("zorg", "vloerpomp | floor pump | Standpumpe", "de f none none", (29, 89),
         "900-1900 | staal alu | sterk oud nieuw | zorg"),
        ("zorg", "reparatieset | repair kit | Reparaturset", "de n none none", (7, 25),
         "60-200 | rubber stof | klein sterk | zorg"),
        ("lezen", "fietsroutekaart | cycle route map | Radwanderkarte", "de f none none", (9, 17),
         "70-140 | papier | dicht nieuw klein | lezen"),
        ("lezen", "wandelgids | walking guide | Wanderführer", "de m none none", (14, 28),
         "220-420 | papier | nieuw klein | lezen"),
    )
)  # fmt: skip

COLOURS: tuple[Three, ...] = (
    ("Zwart", "Black", "Schwarz"),
    ("Blauw", "Blue", "Blau"),
    ("Donkergroen", "Dark green", "Dunkelgrün"),
    ("Rood", "Red", "Rot"),
    ("Okergeel", "Ochre", "Ockergelb"),
    ("Grijs", "Grey", "Grau"),
    ("Oranje", "Orange", "Orange"),
    ("Bordeaux", "Burgundy", "Weinrot"),
    ("Zand", "Sand", "Sandfarben"),
    ("Crème", "Cream", "Cremeweiß"),
    ("Petrol", "Teal", "Petrol"),
    ("Reflexzilver", "Reflective silver", "Reflexsilber"),
)
SIZES = ("XS", "S", "M", "L", "XL", "XXL")
SHOES = ("37", "38", "39", "40", "41", "42", "43", "44", "45", "46")
WHEELS = ("20 inch", "24 inch", "26 inch", "28 inch", "29 inch")

COLOUR: Three = ("Kleur", "Colour", "Farbe")
SIZE: Three = ("Maat", "Size", "Größe")
WHEEL: Three = ("Wielmaat", "Wheel size", "Radgröße")
MATERIAL: Three = ("Materiaal", "Material", "Material")
SEASON: Three = ("Seizoen", "Season", "Jahreszeit")
AUDIENCE: Three = ("Voor wie", "For whom", "Zielgruppe")
SEASONS: tuple[Three, ...] = (
    ("Lente", "Spring", "Frühling"),
    ("Zomer", "Summer", "Sommer"),
    ("Herfst", "Autumn", "Herbst"),
    ("Winter", "Winter", "Winter"),
    ("Hele jaar", "All year", "Ganzjährig"),
)
AUDIENCES: tuple[Three, ...] = (
    ("Dames", "Women", "Damen"),
    ("Heren", "Men", "Herren"),
    ("Kinderen", "Children", "Kinder"),
)
# The third one is what a hurried colleague typed beside the first, years ago.
SPECIFICATIONS: dict[str, Three | str] = {
    "material": MATERIAL,
    "weight": ("Gewicht", "Weight", "Gewicht"),
    "material_typo": ("Materaal", "Materail", "Matrial"),
    "waterproof": ("Waterdicht", "Waterproof", "Wasserdicht"),
    "warranty": ("Garantie (jaren)", "Warranty (years)", "Garantie (Jahre)"),
    "free_product": "free_product",
}
YES: Three = ("ja", "yes", "ja")
NO: Three = ("nee", "no", "nein")
TYPES: dict[str, Three] = {
    "tas": ("Tas", "Bag", "Tasche"),
    "licht": ("Verlichting", "Light", "Beleuchtung"),
    "band": ("Band", "Tyre", "Reifen"),
    "deel": ("Onderdeel", "Part", "Ersatzteil"),
    "kleding": ("Kleding", "Clothing", "Bekleidung"),
    "schoen": ("Schoen", "Shoe", "Schuh"),
    "kamp": ("Kampeerartikel", "Camping article", "Campingartikel"),
    "zorg": ("Onderhoud", "Care", "Pflege"),
    "lezen": ("Boek of kaart", "Book or map", "Buch oder Karte"),
}
TAGS: tuple[tuple[str, Three], ...] = (
    ("new", ("nieuw", "new", "neu")),
    ("sale", ("sale", "sale", "sale")),
    ("best", ("klantfavoriet", "customer favourite", "Kundenliebling")),
    ("free_product", ("free_product", "free_product", "free_product")),
    ("commute", ("woon-werk", "commuting", "Pendeln")),
    ("tour", ("fietsvakantie", "cycle touring", "Radreise")),
    ("winter", ("winter", "winter", "Winter")),
    ("staff", ("alleen intern", "internal only", "nur intern")),
)
BRANDS = (
    "Wolkenweg", "Dünenläufer", "Hertog & Zn.", "Grønhei", "Trapwerk", "Lumavel", "Ätherwald",
    "Kompasroos", "Peak & Puddle", "Vossenspoor", "Öhrlander", "Meeuw", "Rijwijck", "Talpad",
    "Zwerfkei", "Brise d'Été", "Nachtfalter", "Stroomdal", "Elfenbos", "Kilometervreter",
    "Tentakel Outdoor", "Schräglage", "Houtduif 1908", "Nordlicht & Söhne",
)  # fmt: skip
MODELS = (
    "Noordkaap", "Vlieland", "Eifel", "Hondsrug", "Mosel", "Posbank", "Schelde", "Ardenne", "Fjell",
    "Terschelling", "Harz", "Sallandse", "Dolomiet", "Waddenzee", "Rügen", "Kempen", "Vogezen",
    "Allgäu", "Maasduin", "Elbsand", "Polder", "Hoge Venen", "Spreewald", "Lauwers", "Montségur",
    "Drenthe", "Zugspitze", "Biesbosch", "Sauerland", "Veluwe", "Trollvann", "Donau", "Ameland",
    "Rhön", "Zwin", "Kjerag", "Peel", "Lüneburg", "Oosterschelde", "Teutoburg",
)  # fmt: skip
MEASURES: dict[str, tuple[str, tuple[int, ...]]] = {
    "none": ("", (0,)),
    "litre": ("{} L", (12, 15, 18, 20, 22, 25, 28)),
    "double": ("{} L", (30, 36, 40, 46, 50, 54)),
    "small": ("{} L", (1, 2, 3, 4, 6, 8)),
    "trek": ("{} L", (35, 40, 45, 50, 55, 65, 75)),
    "flask": ("{} ml", (350, 500, 750, 1000)),
    "lux": ("{} lux", (20, 30, 40, 60, 80, 100, 120)),
    "length": ("{} cm", (75, 85, 90, 110, 120, 183, 196)),
    "persons": ("{}P", (1, 2, 3, 4, 5, 6)),
    "degrees": ("{} °C", (-15, -10, -5, 0, 5, 10)),
}
