"""What is invented about the demo's songs: artists, titles, albums, and who is on which label.

Names alone: pages that show them load none of the synthesis.
"""

from typing import NamedTuple

LABELS = {
    "Lantern Row": ("Ilse Vardenholm", "Vantage Motel", "Pocket Observatory"),
    "Tin Orchard": ("Kettle Weather", "Tamsin Quellby"),
    "Undertow Press": ("Nine Lamp Street", "Corvid Parade", "Marrow & Tide"),
}


class Song(NamedTuple):
    """What is invented about a track; the rest comes from its style and its seed.

    `released_day` is the day, 0 to 13, of the two weeks the demo looks back on.
    """

    artist: str
    title: str
    album: str
    style: str
    palette: int
    released_day: int = 0


SONGS = (
    Song("Kettle Weather", "Rain on the Number Nine", "Soft Appliances", "lofi", 2),
    Song("Nine Lamp Street", "Copper Ceiling", "Second Staircase", "house", 9),
    Song("Ilse Vardenholm", "Slow Glass Harbour", "Hall of Small Clocks", "ambient", 11),
    Song("Tamsin Quellby", "Hazel and Twine", "The Orchard Ledger", "folk", 3),
    Song("Vantage Motel", "Neon Causeway", "Checkout at Midnight", "synthwave", 10),
    Song("Corvid Parade", "Kestrel Engine", "Kestrel Engine", "drum and bass", 0),
    Song("Odd Tuesday Trio", "Waltz for a Borrowed Coat", "Three of Everything", "jazz waltz", 4),
    Song("Ilse Vardenholm", "Letter, Unfolded", "Hall of Small Clocks", "piano", 6),
    Song("Kettle Weather", "Biscuit Tin Radio", "Soft Appliances", "lofi", 13),
    Song("Nine Lamp Street", "The Night Bakery", "Second Staircase", "house", 5),
    Song("Tamsin Quellby", "Gate at Low Meadow", "The Orchard Ledger", "folk", 8),
    Song("Vantage Motel", "Coastline in Reverse", "Checkout at Midnight", "synthwave", 4),
    Song("Marrow & Tide", "Low Water Telegraph", "Pilot Boat", "dub", 5),
    Song("Lucia Ferrow", "Umbrella Season", "Balcony Hours", "bossa", 8),
    Song("Pocket Observatory", "Counting Sparrows", "Brass Meridian", "minimal", 7),
    Song("Corvid Parade", "Magpie Ledger", "Kestrel Engine", "drum and bass", 12),
    Song("Odd Tuesday Trio", "The Ferry Was Late", "Three of Everything", "jazz waltz", 1),
    Song("Marrow & Tide", "Salt on the Dial", "Pilot Boat", "dub", 12),
    Song("Lucia Ferrow", "Six Oranges", "Balcony Hours", "bossa", 13),
    Song("Ilse Vardenholm", "Tide Table", "Hall of Small Clocks", "ambient", 7),
    Song("Tamsin Quellby", "Bramble Clock", "The Orchard Ledger", "folk", 12),
    Song("Pocket Observatory", "Orrery for Two Hands", "Brass Meridian", "minimal", 2),
    Song("Kettle Weather", "Slippers, Thursday", "Slippers, Thursday", "lofi", 0, 2),
    Song("Nine Lamp Street", "Brass Elevator", "Brass Elevator", "house", 10, 4),
    Song("Odd Tuesday Trio", "Left-Handed Umbrella", "Left-Handed Umbrella", "jazz waltz", 3, 5),
    Song("Marrow & Tide", "Anchor Version", "Anchor Version", "dub", 0, 7),
    Song("Vantage Motel", "Last Exit Aurora", "Last Exit Aurora", "synthwave", 5, 8),
    Song("Lucia Ferrow", "Postcard to Nobody", "Postcard to Nobody", "bossa", 6, 10),
    Song("Ilse Vardenholm", "Snow at the Ferry Desk", "Snow at the Ferry Desk", "piano", 11, 12),
    Song("Corvid Parade", "Rookery 174", "Rookery 174", "drum and bass", 9, 13),
)


def label_of(artist: str) -> str:
    """The label an artist is signed to, or ""."""
    return next((label for label, roster in LABELS.items() if artist in roster), "")
